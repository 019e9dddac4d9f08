//! Places and their facts.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::competitions::model::{Place, PlaceFact, PlaceKind};
use crate::platform::db::schema::{place_facts, places};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::PlaceId;
use crate::platform::refusal::Result;

type PlaceRow = (PlaceId, String, PlaceKind, String, String, Option<String>);

const PLACE: (
    places::id,
    places::name,
    places::kind,
    places::region,
    places::country,
    places::mail_domain,
) = (
    places::id,
    places::name,
    places::kind,
    places::region,
    places::country,
    places::mail_domain,
);

/// The places of these identities, by name; unknown ones are left out.
pub fn places(r: &mut Reads<'_>, ids: &[PlaceId]) -> Result<Vec<Place>> {
    let rows: Vec<PlaceRow> = places::table
        .filter(places::id.eq_any(ids.to_vec()))
        .order((places::name.asc(), places::id.asc()))
        .select(PLACE)
        .load(r.conn())?;
    with_facts(r, rows)
}

/// The place of an identity.
pub fn place(r: &mut Reads<'_>, id: PlaceId) -> Result<Option<Place>> {
    Ok(places(r, &[id])?.pop())
}

/// The place of a name in a region of a country.
pub fn place_named(
    r: &mut Reads<'_>,
    name: &str,
    region: &str,
    country: &str,
) -> Result<Option<Place>> {
    let rows: Vec<PlaceRow> = places::table
        .filter(places::name.eq(name))
        .filter(places::region.eq(region))
        .filter(places::country.eq(country))
        .select(PLACE)
        .load(r.conn())?;
    Ok(with_facts(r, rows)?.pop())
}

diesel::define_sql_function! {
    /// Small letters of A to Z, alike on both databases (byte collation).
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The pattern for texts that hold this one.
fn holding(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_ascii_lowercase().chars() {
        if "%_!".contains(c) {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// What a list of places looks for.
#[derive(Clone, Debug, Default)]
pub struct PlacesAsked {
    /// Only places whose name holds this text, in whatever case.
    pub name: Option<String>,
    /// Only places of this kind.
    pub kind: Option<PlaceKind>,
    /// Only places of this region.
    pub region: Option<String>,
    /// Only places of this country.
    pub country: Option<String>,
    /// After this name and identity.
    pub after: Option<(String, i64)>,
    /// At most so many.
    pub limit: i64,
}

/// Places by name.
pub fn search_places(r: &mut Reads<'_>, asked: &PlacesAsked) -> Result<Vec<Place>> {
    let mut query = places::table.select(PLACE).into_boxed();
    if let Some(name) = &asked.name {
        query = query.filter(lower(places::name).like(holding(name)).escape('!'));
    }
    if let Some(kind) = asked.kind {
        query = query.filter(places::kind.eq(kind));
    }
    if let Some(region) = &asked.region {
        query = query.filter(places::region.eq(region.clone()));
    }
    if let Some(country) = &asked.country {
        query = query.filter(places::country.eq(country.clone()));
    }
    if let Some((name, id)) = asked.after.clone() {
        query = query.filter(
            places::name
                .gt(name.clone())
                .or(places::name.eq(name).and(places::id.gt(PlaceId(id)))),
        );
    }
    let rows: Vec<PlaceRow> = query
        .order((places::name.asc(), places::id.asc()))
        .limit(asked.limit)
        .load(r.conn())?;
    with_facts(r, rows)
}

fn with_facts(r: &mut Reads<'_>, rows: Vec<PlaceRow>) -> Result<Vec<Place>> {
    let ids: Vec<PlaceId> = rows.iter().map(|row| row.0).collect();
    let known: Vec<(PlaceId, String, f64, String, String)> = place_facts::table
        .filter(place_facts::place_id.eq_any(ids))
        .order((place_facts::place_id.asc(), place_facts::fact.asc()))
        .select((
            place_facts::place_id,
            place_facts::fact,
            place_facts::value,
            place_facts::source,
            place_facts::as_of,
        ))
        .load(r.conn())?;
    let mut facts: BTreeMap<PlaceId, Vec<PlaceFact>> = BTreeMap::new();
    for (place, fact, value, source, as_of) in known {
        facts.entry(place).or_default().push(PlaceFact {
            fact,
            value,
            source,
            as_of,
        });
    }
    Ok(rows
        .into_iter()
        .map(|(id, name, kind, region, country, mail_domain)| Place {
            facts: facts.remove(&id).unwrap_or_default(),
            id,
            name,
            kind,
            region,
            country,
            mail_domain,
        })
        .collect())
}

/// Adds a place, without its facts.
pub fn insert_place(w: &mut Writes<'_>, place: &Place) -> Result<()> {
    let now = w.now();
    diesel::insert_into(places::table)
        .values((
            places::id.eq(place.id),
            places::name.eq(&place.name),
            places::kind.eq(place.kind),
            places::region.eq(&place.region),
            places::country.eq(&place.country),
            places::mail_domain.eq(place.mail_domain.as_deref()),
            places::created_at.eq(now),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Writes kind and e-mail domain of a place; its name, region and country identify it.
pub fn update_place(w: &mut Writes<'_>, place: &Place) -> Result<()> {
    diesel::update(places::table.find(place.id))
        .set((
            places::kind.eq(place.kind),
            places::mail_domain.eq(place.mail_domain.as_deref()),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Writes a fact of a place, in place of what was known before.
pub fn put_fact(w: &mut Writes<'_>, place: PlaceId, fact: &PlaceFact) -> Result<()> {
    let (id, now): (i64, _) = (w.fresh_id(), w.now());
    diesel::delete(
        place_facts::table
            .filter(place_facts::place_id.eq(place))
            .filter(place_facts::fact.eq(&fact.fact)),
    )
    .execute(w.conn())?;
    diesel::insert_into(place_facts::table)
        .values((
            place_facts::id.eq(id),
            place_facts::place_id.eq(place),
            place_facts::fact.eq(&fact.fact),
            place_facts::value.eq(fact.value),
            place_facts::source.eq(&fact.source),
            place_facts::as_of.eq(&fact.as_of),
            place_facts::loaded_at.eq(now),
        ))
        .execute(w.conn())?;
    Ok(())
}
