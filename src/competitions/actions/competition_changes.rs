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
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::CompetitionId;
use crate::platform::refusal::{Failure, Result, Rule, refuse_if_any};

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
}

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
    refuse_if_any(faults(w, who, &new)?)?;
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
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
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
