//! Changing a competition, and what of it is fixed once its first stage has opened.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::competitions::{faults, record, refuse_a_second, view};
use super::{Given, mine_to_change, set};
use crate::competitions::model::{Competition, EligibilityRule, Sector};
use crate::competitions::store;
use crate::competitions::views::CompetitionView;
use crate::people::Person;
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::CompetitionId;
use crate::platform::refusal::{Failure, FieldError, Result, Rule, refuse_if_any};

/// What changes of a competition; what is not given stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetitionChange {
    /// The programme.
    programme: Option<String>,
    /// The edition.
    edition: Option<String>,
    /// What the call is about.
    summary: Option<String>,
    /// The time zone; fixed once a stage has opened.
    time_zone: Option<String>,
    /// The currency; fixed once a stage has opened.
    currency: Option<String>,
    /// The language of its letters.
    language: Option<String>,
    /// Required sectors; fixed once a stage has opened.
    required_sectors: Option<Vec<Sector>>,
    /// Which places may apply; fixed once a stage has opened.
    eligibility: Option<Vec<EligibilityRule>>,
    /// Match in percent; fixed once a stage has opened.
    match_required_percent: Option<i32>,
    /// The earlier edition it continues; null: none.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    continues: Given<CompetitionId>,
    /// Whether the names of jurors are published.
    roster_public: Option<bool>,
    /// The last moment at which questions to the office are taken; null: as long as a stage is open
    /// or to come. Of a published call it is moved to no earlier than a day from now, so that
    /// everybody sees it before it bites.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    questions_until: Given<Instant>,
}

/// Hours for which the end of questions can be seen before it comes.
const QUESTIONS_END_SEEN_HOURS: i64 = 24;

/// Changes a competition.
pub fn change(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    if_match: &IfMatch,
    input: &Input<CompetitionChange>,
) -> Result<CompetitionView> {
    let old = mine_to_change(w, who, id)?;
    if_match.check(&view(w, Some(who), old.clone())?)?;
    let new = changed(old.clone(), input.get()?);
    let mut errors = faults(w, who, &new)?;
    errors.extend(unseen_end_of_questions(&old, &new, w.now()));
    refuse_if_any(errors)?;
    refuse_a_second(w, who, &new)?;
    let differences = differences(&old, &new);
    refuse_late_changes(w, id, &differences)?;
    if !differences.is_empty() {
        store::update_competition(w, &new)?;
        record(
            w,
            who,
            "competition.changed",
            id,
            json!({ "changed": differences }),
        )?;
    }
    view(w, Some(who), new)
}

fn changed(mut competition: Competition, change: CompetitionChange) -> Competition {
    let trimmed = |text: String| text.trim().to_owned();
    set(&mut competition.programme, change.programme.map(trimmed));
    set(&mut competition.edition, change.edition.map(trimmed));
    set(&mut competition.summary, change.summary);
    set(&mut competition.time_zone, change.time_zone);
    set(&mut competition.currency, change.currency);
    set(&mut competition.language, change.language);
    set(&mut competition.required_sectors, change.required_sectors);
    set(&mut competition.eligibility, change.eligibility);
    set(
        &mut competition.match_required_percent,
        change.match_required_percent,
    );
    change.continues.put_into(&mut competition.continues);
    set(&mut competition.roster_public, change.roster_public);
    change
        .questions_until
        .put_into(&mut competition.questions_until);
    competition
}

fn differences(old: &Competition, new: &Competition) -> Vec<&'static str> {
    [
        ("programme", old.programme != new.programme),
        ("edition", old.edition != new.edition),
        ("summary", old.summary != new.summary),
        ("time_zone", old.time_zone != new.time_zone),
        ("currency", old.currency != new.currency),
        ("language", old.language != new.language),
        (
            "required_sectors",
            old.required_sectors != new.required_sectors,
        ),
        ("eligibility", old.eligibility != new.eligibility),
        (
            "match_required_percent",
            old.match_required_percent != new.match_required_percent,
        ),
        ("continues", old.continues != new.continues),
        ("roster_public", old.roster_public != new.roster_public),
        (
            "questions_until",
            old.questions_until != new.questions_until,
        ),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Who still wants to ask must not find that they could have until a moment ago.
fn unseen_end_of_questions(
    old: &Competition,
    new: &Competition,
    now: Instant,
) -> Option<FieldError> {
    let until = new.questions_until?;
    let is_seen = until >= now.plus_hours(QUESTIONS_END_SEEN_HOURS)
        || old
            .questions_until
            .is_some_and(|old| now <= old && old <= until);
    let bites = new.is_published(now) && old.questions_until != new.questions_until;
    (bites && !is_seen).then(|| {
        FieldError::at(
            "/questions_until",
            "At least a day from now, so that everybody sees it before it bites.",
        )
    })
}

/// Who has begun to write must not find other conditions than they began under.
const FIXED_AT_OPENING: [&str; 5] = [
    "time_zone",
    "currency",
    "required_sectors",
    "eligibility",
    "match_required_percent",
];

fn refuse_late_changes(
    r: &mut Reads<'_>,
    id: CompetitionId,
    differences: &[&'static str],
) -> Result<()> {
    let late: Vec<&str> = differences
        .iter()
        .copied()
        .filter(|field| FIXED_AT_OPENING.contains(field))
        .collect();
    if late.is_empty() || !any_stage_has_opened(r, id)? {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        format!("Fixed since the first stage opened: {}.", late.join(", ")),
    ))
}

fn any_stage_has_opened(r: &mut Reads<'_>, id: CompetitionId) -> Result<bool> {
    let now = r.now();
    Ok(store::stages_of(r, id)?
        .iter()
        .any(|stage| stage.has_opened(now)))
}
