//! Publishing an edition, and beginning the next one after its model.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::competitions::{add, faults, made, record, require_create, view};
use super::{mine_to_change, seen};
use crate::competitions::model::Competition;
use crate::competitions::store;
use crate::competitions::views::CompetitionView;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::CompetitionId;
use crate::platform::refusal::{Failure, Result, Rule, refuse_if_any};

/// A new edition after the model of an earlier one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCopy {
    /// The programme; the same unless given.
    #[serde(default)]
    programme: Option<String>,
    /// The new edition.
    #[schema(example = "Massachusetts, round 2")]
    edition: String,
}

/// Sets up a new edition after an earlier one that it continues: rules and stages with their
/// forms, rubrics and settings, but no dates, no money, nothing published.
pub fn copy(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<NewCopy>,
) -> Result<Created<CompetitionView>> {
    let (earlier, seen_rights) = seen(w, Some(who), id)?;
    require_create(who, w.now())?;
    let new = input.get()?;
    let competition = Competition {
        id: w.fresh_id(),
        programme: new.programme.unwrap_or(earlier.programme.clone()),
        edition: new.edition.trim().to_owned(),
        continues: Some(id),
        questions_until: None,
        published_at: None,
        created_by: who.id,
        created_at: w.now(),
        version: 1,
        ..earlier
    };
    refuse_if_any(faults(w, who, &competition)?)?;
    add(w, who, &competition, Some(id))?;
    super::stages::copy_all(w, who, id, seen_rights, competition.id)?;
    made(w, who, competition)
}

/// Makes the call visible to everyone, from now on.
pub fn publish(w: &mut Writes<'_>, who: &Person, id: CompetitionId) -> Result<CompetitionView> {
    let mut competition = mine_to_change(w, who, id)?;
    if competition.published_at.is_some() {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "The call is published already.",
        ));
    }
    let stages = store::stages_of(w, id)?;
    let lacks = match stages.first() {
        None => vec!["a stage"],
        Some(first) => first.lacks(),
    };
    if !lacks.is_empty() {
        return Err(Failure::rule(
            Rule::NotReady,
            format!("The first stage lacks {}.", lacks.join(" and ")),
        ));
    }
    let now = w.now();
    if let Some(over) = stages.iter().find(|stage| stage.is_over_at(now)) {
        return Err(Failure::rule(
            Rule::NotReady,
            format!("The deadline of “{}” has passed already.", over.name),
        ));
    }
    refuse_a_published_one(w, &competition)?;
    competition.published_at = Some(now);
    store::update_competition(w, &competition)?;
    record(w, who, "competition.published", id, json!({}))?;
    view(w, Some(who), competition)
}

/// Another office may have drafted the same edition; who publishes first has it.
fn refuse_a_published_one(r: &mut Reads<'_>, competition: &Competition) -> Result<()> {
    let there = store::editions(r, &competition.programme, &competition.edition)?;
    if there.iter().any(|other| other.published_at.is_some()) {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "A call of this programme and edition is published already. Give this one another \
             edition.",
        ));
    }
    Ok(())
}
