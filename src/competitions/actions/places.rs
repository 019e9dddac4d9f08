//! Finding places, and loading them with their facts from CSV.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::competitions::access::may_load_places;
use crate::competitions::model::place_rows::{self, DomainSaid, NO_DOMAIN, PlaceRow};
use crate::competitions::model::{Place, PlaceFact, PlaceKind};
use crate::competitions::store::{self, PlacesAsked};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{Asked, Page, PageAsked, RawInput};
use crate::platform::ids::PlaceId;
use crate::platform::refusal::{Failure, OrNotFound as _, Refusal, Result};

/// Which places are listed.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlacesQuery {
    /// Only places whose name holds this text.
    name: Option<String>,
    /// Only places of this kind.
    kind: Option<PlaceKind>,
    /// Only places of this region.
    region: Option<String>,
    /// Only places of this country.
    country: Option<String>,
    /// Items on a page, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// How a file is loaded.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What loading a file changed, or would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ImportReport {
    /// Nothing was stored.
    pub dry_run: bool,
    /// Lines below the header.
    pub lines: usize,
    /// Lines that say what was known already.
    pub unchanged: usize,
    /// Each change, in the order of the lines.
    pub changes: Vec<ImportChange>,
}

/// One change that a line makes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ImportChange {
    /// The line in the file, from 1 (the header).
    pub line: u64,
    /// The place.
    #[schema(example = "Lawrence, Massachusetts")]
    pub place: String,
    /// What changes: `place`, `kind`, `mail_domain`, or the name of a fact.
    #[schema(example = "population")]
    pub field: String,
    /// What was known; null when nothing was.
    pub before: Option<String>,
    /// What is known from now on; `-` where the place has no domain any more.
    pub after: String,
}

/// Places by name.
pub fn list(r: &mut Reads<'_>, _who: &Person, asked: &Asked<PlacesQuery>) -> Result<Page<Place>> {
    let query = asked.get()?;
    let page = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let found = store::search_places(
        r,
        &PlacesAsked {
            name: query.name,
            kind: query.kind,
            region: query.region,
            country: query.country,
            after: page.after.clone(),
            limit: page.fetch(),
        },
    )?;
    Ok(Page::cut(found, &page, |place| {
        (place.name.clone(), place.id.0)
    }))
}

/// One place.
pub fn show(r: &mut Reads<'_>, _who: &Person, id: PlaceId) -> Result<Place> {
    store::place(r, id)?.or_not_found()
}

/// Loads places and facts from CSV, or says what loading would change.
pub fn import(
    w: &mut Writes<'_>,
    who: &Person,
    asked: &Asked<ImportQuery>,
    file: &RawInput,
) -> Result<ImportReport> {
    if !may_load_places(who) {
        return Err(Failure::forbidden(
            "Places are loaded by officers and administrators.",
        ));
    }
    let dry_run = asked.get()?.dry_run;
    let bytes = file.0.of_type("text/csv")?;
    let rows = place_rows::read(bytes).map_err(Refusal::Invalid)?;
    let mut loading = Loading {
        report: ImportReport {
            dry_run,
            lines: rows.len(),
            ..ImportReport::default()
        },
        places: HashMap::new(),
    };
    for row in &rows {
        loading.line(w, row)?;
    }
    if !dry_run && !loading.report.changes.is_empty() {
        let import: i64 = w.fresh_id();
        audit::record(
            w,
            Act {
                actor: Some(who.id),
                act: "places.loaded",
                object: ("import", import),
                competition: None,
                coalition: None,
                detail: json!({
                    "lines": rows.len(),
                    "changes": loading.report.changes.len(),
                    "file": sha256_hex(bytes),
                }),
            },
        )?;
    }
    Ok(loading.report)
}

/// A file being loaded: what changed so far, and the places as they would be by now.
struct Loading {
    report: ImportReport,
    places: HashMap<(String, String, String), Place>,
}

impl Loading {
    fn line(&mut self, w: &mut Writes<'_>, row: &PlaceRow) -> Result<()> {
        let before = self.report.changes.len();
        let mut place = match self.places.remove(&row.identity()) {
            Some(place) => place,
            None => self.known_or_new(w, row)?,
        };
        self.change_place(w, row, &mut place)?;
        if let Some(fact) = &row.fact {
            self.change_fact(w, row, &mut place, fact)?;
        }
        self.places.insert(row.identity(), place);
        if self.report.changes.len() == before {
            self.report.unchanged += 1;
        }
        Ok(())
    }

    fn known_or_new(&mut self, w: &mut Writes<'_>, row: &PlaceRow) -> Result<Place> {
        let (name, region, country) = row.identity();
        if let Some(known) = store::place_named(w, &name, &region, &country)? {
            return Ok(known);
        }
        let place = Place {
            id: w.fresh_id(),
            name,
            kind: row.kind,
            region,
            country,
            mail_domain: None,
            facts: Vec::new(),
        };
        self.note(row, &place, "place", None, row.kind.to_string());
        if !self.report.dry_run {
            store::insert_place(w, &place)?;
        }
        Ok(place)
    }

    fn change_place(
        &mut self,
        w: &mut Writes<'_>,
        row: &PlaceRow,
        place: &mut Place,
    ) -> Result<()> {
        let before = place.clone();
        if place.kind != row.kind {
            let was = Some(place.kind.to_string());
            self.note(row, place, "kind", was, row.kind.to_string());
            place.kind = row.kind;
        }
        let said = match &row.mail_domain {
            DomainSaid::Nothing => place.mail_domain.clone(),
            DomainSaid::None => None,
            DomainSaid::Is(domain) => Some(domain.clone()),
        };
        if place.mail_domain != said {
            let known = said.clone().unwrap_or_else(|| NO_DOMAIN.to_owned());
            let was = std::mem::replace(&mut place.mail_domain, said);
            self.note(row, place, "mail_domain", was, known);
        }
        if *place != before && !self.report.dry_run {
            store::update_place(w, place)?;
        }
        Ok(())
    }

    fn change_fact(
        &mut self,
        w: &mut Writes<'_>,
        row: &PlaceRow,
        place: &mut Place,
        fact: &PlaceFact,
    ) -> Result<()> {
        let known = place.facts.iter().position(|known| known.fact == fact.fact);
        let before = known.map(|at| place.facts[at].clone());
        if before.as_ref() == Some(fact) {
            return Ok(());
        }
        self.note(
            row,
            place,
            &fact.fact,
            before.as_ref().map(written),
            written(fact),
        );
        match known {
            Some(at) => place.facts[at] = fact.clone(),
            None => place.facts.push(fact.clone()),
        }
        if !self.report.dry_run {
            store::put_fact(w, place.id, fact)?;
        }
        Ok(())
    }

    fn note(
        &mut self,
        row: &PlaceRow,
        place: &Place,
        field: &str,
        before: Option<String>,
        after: String,
    ) {
        self.report.changes.push(ImportChange {
            line: row.line,
            place: place.title(),
            field: field.to_owned(),
            before,
            after,
        });
    }
}

fn written(fact: &PlaceFact) -> String {
    format!("{} ({}, {})", fact.value, fact.source, fact.as_of)
}
