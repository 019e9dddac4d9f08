//! Lists come in pages with an opaque cursor that derives only from what the reader saw.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::platform::refusal::{FieldError, Refusal, Result};

/// One page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// At most `limit` items.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageAsked {
    /// Items on the page, 1 to 200.
    pub limit: usize,
    /// Sort key and id of the last item of the page before.
    pub after: Option<(String, i64)>,
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
        let after = match cursor.map(read_cursor) {
            Some(None) => {
                errors.push(FieldError::at("?cursor", "not a cursor of this list"));
                None
            }
            Some(read) => read,
            None => None,
        };
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
}

fn read_cursor(text: &str) -> Option<(String, i64)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

impl<T> Page<T> {
    /// Cuts rows that were fetched with [`PageAsked::fetch`] to the page; `key` gives the sort key
    /// and id of a row.
    pub fn cut(mut rows: Vec<T>, asked: &PageAsked, key: impl Fn(&T) -> (String, i64)) -> Self {
        let more = rows.len() > asked.limit;
        rows.truncate(asked.limit);
        let next = if more {
            rows.last().map(|row| write_cursor(&key(row)))
        } else {
            None
        };
        Self { items: rows, next }
    }

    /// Cuts a page out of all rows, already in order; for lists that rights keep short.
    pub fn of_all(rows: Vec<T>, asked: &PageAsked, key: impl Fn(&T) -> (String, i64)) -> Self {
        let rest = match &asked.after {
            None => rows,
            Some(after) => {
                let from = rows
                    .iter()
                    .position(|row| key(row) == *after)
                    .map_or(rows.len(), |at| at + 1);
                rows.into_iter().skip(from).collect()
            }
        };
        Self::cut(rest, asked, key)
    }

    /// The same page with each item turned into what is shown of it.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(show).collect(),
            next: self.next,
        }
    }
}

fn write_cursor(key: &(String, i64)) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_list_once_and_in_order() {
        let rows: Vec<i64> = (0..123).collect();
        let key = |row: &i64| (format!("{row:05}"), *row);
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let asked = PageAsked::new(Some(50), cursor.as_deref()).unwrap();
            let page = Page::of_all(rows.clone(), &asked, key);
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, rows);
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
