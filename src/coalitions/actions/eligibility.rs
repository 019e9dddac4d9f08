//! May a place apply? Told at once, with the reason.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coalitions::{doors, store};
use crate::competitions::model::{
    Competition, Eligibility, EligibilityRule, EligibilityVerdict, Facts, Place, eligible,
};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::Input;
use crate::platform::ids::{CompetitionId, PlaceId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, TakenBy};

/// A place with the answers to the eligibility questions about it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceAsked {
    /// The place.
    pub place_id: PlaceId,
    /// By name of the fact, for rules with a question whose fact is not on file.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, f64>)]
    pub answers: Facts,
}

/// Whether a place may apply, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EligibilityTold {
    /// The place.
    pub place_id: PlaceId,
    /// The verdict, with one finding for each rule. What is `undecided` for want of a fact on
    /// file can still be claimed; an officer then decides.
    pub verdict: EligibilityVerdict,
    /// What stands against it, or is still to be answered, in words.
    pub reasons: Vec<String>,
    /// Questions that must be answered before a coalition can be founded, by name of the fact.
    pub questions: Vec<QuestionAsked>,
    /// The coalition that speaks for the place already: it can be asked to join. Null also where
    /// the caller may not know of it.
    pub taken_by: Option<TakenBy>,
}

/// A question about a fact that is not on file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuestionAsked {
    /// The fact, the key of the answer.
    pub fact: String,
    /// The question.
    pub question: String,
}

/// Tells whether a place may apply. Leaves nothing behind.
///
/// # Errors
/// 404 when the caller may not see the competition, 422 when there is no such place.
pub fn check(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
    input: &Input<PlaceAsked>,
) -> Result<EligibilityTold> {
    let competition = super::competition_seen(r, who, competition)?;
    let asked = input.get()?;
    let place = place_asked(r, &asked)?;
    let holder = holder_of(r, who, competition.id, place.id)?;
    let verdict = eligible(&competition.eligibility, &place.values(), &asked.answers);
    Ok(EligibilityTold {
        place_id: place.id,
        reasons: verdict.reasons().into_iter().map(str::to_owned).collect(),
        questions: unanswered(&competition.eligibility, &verdict),
        taken_by: holder.and_then(Holder::told),
        verdict,
    })
}

/// The place that is asked about.
pub(super) fn place_asked(r: &mut Reads<'_>, asked: &PlaceAsked) -> Result<Place> {
    competitions::places(r, &[asked.place_id])?
        .pop()
        .ok_or_else(|| Failure::invalid("/place_id", NO_SUCH_PLACE))
}

/// Who holds a place, as far as a person may be told.
pub(super) enum Holder {
    /// This coalition.
    Known(TakenBy),
    /// One that a conflict closes to the person: that the place is taken is all they hear.
    Hidden,
}

impl Holder {
    /// The coalition, where it may be named.
    pub(super) fn told(self) -> Option<TakenBy> {
        match self {
            Self::Known(holder) => Some(holder),
            Self::Hidden => None,
        }
    }
}

/// Who holds a place in a competition, as far as a person may be told.
pub(super) fn holder_of(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
    place: PlaceId,
) -> Result<Option<Holder>> {
    let Some(holder) = store::holder_of(r, competition, place)? else {
        return Ok(None);
    };
    if doors::in_conflict_with(r, holder)?.contains(&who.id) {
        return Ok(Some(Holder::Hidden));
    }
    let holder = store::coalition(r, holder)?.or_not_found()?;
    Ok(Some(Holder::Known(TakenBy {
        coalition_id: holder.id,
        name: holder.name,
    })))
}

pub(super) const NO_SUCH_PLACE: &str =
    "There is no such place; the officers load the places of a call.";

/// Questions whose facts are neither on file nor answered.
fn unanswered(rules: &[EligibilityRule], verdict: &EligibilityVerdict) -> Vec<QuestionAsked> {
    rules
        .iter()
        .zip(&verdict.findings)
        .filter(|(rule, finding)| {
            finding.outcome == Eligibility::Undecided && !rule.question.trim().is_empty()
        })
        .map(|(rule, _)| QuestionAsked {
            fact: rule.fact.clone(),
            question: rule.question.clone(),
        })
        .collect()
}

/// What stands against founding for a place, in words for the founder.
pub(super) fn told_against(
    competition: &Competition,
    place: &Place,
    verdict: &EligibilityVerdict,
) -> Option<String> {
    let title = place.title();
    if verdict.outcome == Eligibility::NotEligible {
        return Some(format!(
            "{title} may not apply: {}",
            verdict.reasons().join(" ")
        ));
    }
    let questions = unanswered(&competition.eligibility, verdict);
    if questions.is_empty() {
        return None;
    }
    let questions: Vec<String> = questions
        .into_iter()
        .map(|asked| format!("{} ({})", asked.question, asked.fact))
        .collect();
    Some(format!(
        "For {title}, answer first: {}",
        questions.join(" ")
    ))
}
