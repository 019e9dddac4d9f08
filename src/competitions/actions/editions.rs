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
use crate::platform::db::Writes;
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
    require_create(who)?;
    let new = input.get()?;
    let competition = Competition {
        id: w.fresh_id(),
        programme: new.programme.unwrap_or(earlier.programme.clone()),
        edition: new.edition.trim().to_owned(),
        continues: Some(id),
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
    competition.published_at = Some(w.now());
    store::update_competition(w, &competition)?;
    record(w, who, "competition.published", id, json!({}))?;
    view(w, Some(who), competition)
}
