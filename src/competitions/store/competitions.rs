//! Competitions.

use std::sync::Arc;

use diesel::prelude::*;

use super::changes::changes_of;
use super::document;
use crate::competitions::model::Competition;
use crate::platform::clock::Instant;
use crate::platform::db::schema::competitions::dsl;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CompetitionId, PersonId};
use crate::platform::refusal::Result;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::platform::db::schema::competitions)]
struct Row {
    id: CompetitionId,
    programme: String,
    edition: String,
    summary: String,
    time_zone: String,
    currency: String,
    language: String,
    required_sectors: String,
    eligibility: String,
    match_required_percent: i32,
    continues_id: Option<CompetitionId>,
    roster_public: bool,
    published_at: Option<Instant>,
    created_by: PersonId,
    created_at: Instant,
    version: i64,
    questions_until: Option<Instant>,
}

impl Row {
    fn value(self) -> Result<Competition> {
        Ok(Competition {
            required_sectors: document(&self.required_sectors)?,
            eligibility: document(&self.eligibility)?,
            id: self.id,
            programme: self.programme,
            edition: self.edition,
            summary: self.summary,
            time_zone: self.time_zone,
            currency: self.currency,
            language: self.language,
            match_required_percent: self.match_required_percent,
            continues: self.continues_id,
            roster_public: self.roster_public,
            questions_until: self.questions_until,
            published_at: self.published_at,
            created_by: self.created_by,
            created_at: self.created_at,
            version: self.version,
        })
    }
}

/// As [`competition`], shared by all who look at it until it changes.
pub fn shared_competition(
    r: &mut Reads<'_>,
    id: CompetitionId,
) -> Result<Option<Arc<Competition>>> {
    let changes = changes_of(r, id)?;
    r.kept_if_any(id.0, (changes, 0), |r| competition(r, id))
}

/// The competition of an identity.
pub fn competition(r: &mut Reads<'_>, id: CompetitionId) -> Result<Option<Competition>> {
    let row: Option<Row> = dsl::competitions
        .find(id)
        .select(Row::as_select())
        .first(r.conn())
        .optional()?;
    row.map(Row::value).transpose()
}

/// All competitions of a programme's edition: at most one published, and drafts.
pub fn editions(r: &mut Reads<'_>, programme: &str, edition: &str) -> Result<Vec<Competition>> {
    let rows: Vec<Row> = dsl::competitions
        .filter(dsl::programme.eq(programme).and(dsl::edition.eq(edition)))
        .select(Row::as_select())
        .load(r.conn())?;
    rows.into_iter().map(Row::value).collect()
}

/// What a list of competitions looks for.
#[derive(Clone, Debug)]
pub struct CompetitionsAsked {
    /// Unpublished ones too: all of them (`None`), or only these beside the published.
    pub drafts_of: Option<Vec<CompetitionId>>,
    /// Only this programme.
    pub programme: Option<String>,
    /// Only published, or only unpublished ones.
    pub published: Option<bool>,
    /// After this sort key (when it was created, as text) and identity.
    pub after: Option<(Instant, i64)>,
    /// At most so many.
    pub limit: i64,
}

/// Competitions in the order of their creation.
pub fn competitions(r: &mut Reads<'_>, asked: &CompetitionsAsked) -> Result<Vec<Competition>> {
    let mut query = dsl::competitions.select(Row::as_select()).into_boxed();
    if let Some(drafts) = &asked.drafts_of {
        query = query.filter(
            dsl::published_at
                .is_not_null()
                .or(dsl::id.eq_any(drafts.clone())),
        );
    }
    if let Some(programme) = &asked.programme {
        query = query.filter(dsl::programme.eq(programme.clone()));
    }
    match asked.published {
        Some(true) => query = query.filter(dsl::published_at.is_not_null()),
        Some(false) => query = query.filter(dsl::published_at.is_null()),
        None => {}
    }
    if let Some((at, id)) = asked.after {
        query = query.filter(
            dsl::created_at
                .gt(at)
                .or(dsl::created_at.eq(at).and(dsl::id.gt(CompetitionId(id)))),
        );
    }
    let rows: Vec<Row> = query
        .order((dsl::created_at.asc(), dsl::id.asc()))
        .limit(asked.limit)
        .load(r.conn())?;
    rows.into_iter().map(Row::value).collect()
}

/// Adds a competition.
pub fn insert_competition(w: &mut Writes<'_>, competition: &Competition) -> Result<()> {
    diesel::insert_into(dsl::competitions)
        .values((
            dsl::id.eq(competition.id),
            dsl::programme.eq(&competition.programme),
            dsl::edition.eq(&competition.edition),
            dsl::summary.eq(&competition.summary),
            dsl::time_zone.eq(&competition.time_zone),
            dsl::currency.eq(&competition.currency),
            dsl::language.eq(&competition.language),
            dsl::required_sectors.eq(serde_json::to_string(&competition.required_sectors)?),
            dsl::eligibility.eq(serde_json::to_string(&competition.eligibility)?),
            dsl::match_required_percent.eq(competition.match_required_percent),
            dsl::continues_id.eq(competition.continues),
            dsl::roster_public.eq(competition.roster_public),
            dsl::published_at.eq(competition.published_at),
            dsl::created_by.eq(competition.created_by),
            dsl::created_at.eq(competition.created_at),
            dsl::version.eq(competition.version),
            dsl::questions_until.eq(competition.questions_until),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Writes everything that can change of a competition.
pub fn update_competition(w: &mut Writes<'_>, competition: &Competition) -> Result<()> {
    diesel::update(dsl::competitions.find(competition.id))
        .set((
            dsl::programme.eq(&competition.programme),
            dsl::edition.eq(&competition.edition),
            dsl::summary.eq(&competition.summary),
            dsl::time_zone.eq(&competition.time_zone),
            dsl::currency.eq(&competition.currency),
            dsl::language.eq(&competition.language),
            dsl::required_sectors.eq(serde_json::to_string(&competition.required_sectors)?),
            dsl::eligibility.eq(serde_json::to_string(&competition.eligibility)?),
            dsl::match_required_percent.eq(competition.match_required_percent),
            dsl::continues_id.eq(competition.continues),
            dsl::roster_public.eq(competition.roster_public),
            dsl::published_at.eq(competition.published_at),
            dsl::questions_until.eq(competition.questions_until),
            dsl::version.eq(dsl::version + 1),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Programme with edition, and summary, of published competitions, newest first; for the front page.
///
/// # Errors
/// When the database fails.
pub fn published_names(r: &mut Reads<'_>) -> Result<Vec<(String, String)>> {
    let rows: Vec<(String, String, String)> = dsl::competitions
        .filter(dsl::published_at.is_not_null())
        .order((dsl::published_at.desc(), dsl::id))
        .limit(50)
        .select((dsl::programme, dsl::edition, dsl::summary))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .map(|(programme, edition, summary)| (format!("{programme}, {edition}"), summary))
        .collect())
}
