//! Lists come in pages with an opaque cursor that derives only from what the reader saw.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;

use crate::platform::refusal::{FieldError, Refusal, Result};

/// One page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// At most `limit` items.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

/// What comes in pages: a list, or something with a list in it.
pub trait Paged {
    /// The cursor of the next page; none on the last.
    fn next(&self) -> Option<&str>;
}

impl<T> Paged for Page<T> {
    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// Which page of a list an address asks for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items on a page, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// The page meant.
    ///
    /// # Errors
    /// 400 when the limit is out of range or the cursor was not made by this server.
    pub fn page(&self) -> Result<PageAsked> {
        PageAsked::new(self.limit, self.cursor.as_deref())
    }
}

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageAsked {
    /// Items on the page, 1 to 200.
    pub limit: usize,
    /// What the cursor holds: the sort key of the last item of the page before.
    after: Option<Value>,
}

impl PageAsked {
    /// Reads `limit` (default 50) and `cursor` of a query.
    ///
    /// # Errors
    /// When the limit is out of range or the cursor was not made by this server.
    pub fn new(limit: Option<u32>, cursor: Option<&str>) -> Result<Self> {
        let mut errors = Vec::new();
        let limit = limit.unwrap_or(50);
        if !(1..=200).contains(&limit) {
            errors.push(FieldError::at("?limit", "from 1 to 200"));
        }
        let after = cursor.and_then(read_cursor);
        if cursor.is_some() && after.is_none() {
            errors.push(no_cursor());
        }
        if !errors.is_empty() {
            return Err(Refusal::BadQuery(errors).into());
        }
        Ok(Self {
            limit: limit as usize,
            after,
        })
    }

    /// How many rows to fetch: one more than shown, to know whether there is a next page.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(200) + 1
    }

    /// The sort key that the page begins after; none on the first page.
    ///
    /// # Errors
    /// 400 when the cursor is of another list.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(after) = &self.after else {
            return Ok(None);
        };
        match serde_json::from_value(after.clone()) {
            Ok(key) => Ok(Some(key)),
            Err(_) => Err(Refusal::BadQuery(vec![no_cursor()]).into()),
        }
    }
}

fn no_cursor() -> FieldError {
    FieldError::at("?cursor", "not a cursor of this list")
}

fn read_cursor(text: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let read: Value = serde_json::from_slice(&bytes).ok()?;
    // It goes into statements, and no text of ours holds NUL, which PostgreSQL's can't.
    (!holds_nul(&read)).then_some(read)
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(parts) => parts.iter().any(holds_nul),
        _ => false,
    }
}

fn write_cursor(key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

impl<T> Page<T> {
    /// Cuts rows that were fetched with [`PageAsked::fetch`] to the page; `key` gives what the
    /// list is sorted by, to the last tie.
    pub fn cut<K: Serialize>(mut rows: Vec<T>, asked: &PageAsked, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > asked.limit;
        rows.truncate(asked.limit);
        let next = if more {
            rows.last().map(|row| write_cursor(&key(row)))
        } else {
            None
        };
        Self { items: rows, next }
    }

    /// Cuts a page out of all rows, for lists that rights keep short. They come in the order of
    /// `key`, which is no other row's: so the page goes on behind the last one that was shown,
    /// even when that one is gone.
    ///
    /// # Errors
    /// 400 when the cursor is of another list.
    pub fn of_all<K: Ord + Serialize + DeserializeOwned>(
        rows: Vec<T>,
        asked: &PageAsked,
        key: impl Fn(&T) -> K,
    ) -> Result<Self> {
        debug_assert!(
            rows.is_sorted_by_key(&key),
            "the list is not in the order of its key"
        );
        let rest = match asked.after::<K>()? {
            None => rows,
            Some(after) => rows
                .into_iter()
                .skip_while(|row| key(row) <= after)
                .collect(),
        };
        Ok(Self::cut(rest, asked, key))
    }

    /// As [`Page::of_all`], for lists whose order can't be told from one row: `name` finds the
    /// last one that was shown, and where it is gone, the page goes on at its place.
    ///
    /// # Errors
    /// 400 when the cursor is of another list.
    pub fn of_ordered<K: PartialEq + Serialize + DeserializeOwned>(
        rows: Vec<T>,
        asked: &PageAsked,
        name: impl Fn(&T) -> K,
    ) -> Result<Self> {
        let from = match asked.after::<(usize, K)>()? {
            None => 0,
            Some((place, shown)) if rows.get(place).is_some_and(|row| name(row) == shown) => {
                place + 1
            }
            Some((place, shown)) => rows
                .iter()
                .position(|row| name(row) == shown)
                .map_or(place, |found| found + 1),
        };
        let rest = rows.into_iter().enumerate().skip(from);
        let placed: Vec<(usize, T)> = rest.take(asked.limit + 1).collect();
        let page = Page::cut(placed, asked, |(place, row)| (*place, name(row)));
        Ok(page.map(|(_, row)| row))
    }

    /// The same page with each item turned into what is shown of it.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(show).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cut = fn(Vec<i64>, &PageAsked) -> Result<Page<i64>>;

    /// By a key that sorts as the list does, and by place.
    const WAYS: [Cut; 2] = [
        |rows, asked| Page::of_all(rows, asked, |row| *row),
        |rows, asked| Page::of_ordered(rows, asked, |row| *row),
    ];

    fn walk(cut: Cut, mut rows: Vec<i64>, between: impl Fn(&mut Vec<i64>, &[i64])) -> Vec<i64> {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let asked = PageAsked::new(Some(50), cursor.as_deref()).unwrap();
            let page = cut(rows.clone(), &asked).unwrap();
            between(&mut rows, &page.items);
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn pages_cover_the_list_once_and_in_order() {
        let rows: Vec<i64> = (0..123).collect();
        for cut in WAYS {
            assert_eq!(walk(cut, rows.clone(), |_, _| {}), rows);
        }
    }

    #[test]
    fn nothing_is_lost_when_the_last_row_of_a_page_goes() {
        let rows: Vec<i64> = (0..123).collect();
        for cut in WAYS {
            let seen = walk(cut, rows.clone(), |rows, shown| {
                rows.retain(|row| Some(row) != shown.last());
            });
            assert_eq!(seen, rows);
        }
    }

    #[test]
    fn rows_before_the_cursor_move_nothing_where_the_key_sorts() {
        let rows: Vec<i64> = (0..123).collect();
        let seen = walk(WAYS[0], rows.clone(), |rows, shown| {
            rows.retain(|row| !shown.contains(row));
        });
        assert_eq!(seen, rows);
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let asked = PageAsked::new(None, Some(&write_cursor(&"a name"))).unwrap();
        for cut in WAYS {
            assert!(cut(vec![1, 2], &asked).is_err());
        }
    }

    #[test]
    fn a_cursor_that_no_list_can_have_made_is_refused() {
        for key in [serde_json::json!("\0"), serde_json::json!([["a\0b"], 1])] {
            assert!(
                PageAsked::new(None, Some(&write_cursor(&key))).is_err(),
                "{key}"
            );
        }
    }

    #[test]
    fn a_wrong_page_is_refused_with_every_reason() {
        let Err(crate::platform::refusal::Failure::Refused(Refusal::BadQuery(errors))) =
            PageAsked::new(Some(0), Some("%%"))
        else {
            panic!("not refused")
        };
        assert_eq!(errors.len(), 2);
    }
}
