//! May a place apply? Told at once, with the reason.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::competitions::model::{
    Competition, EligibilityRule, Facts, Outcome, Place, Verdict, eligible,
};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::Input;
use crate::platform::ids::{CompetitionId, PlaceId};
use crate::platform::refusal::{Failure, Result};

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
    pub verdict: Verdict,
    /// What stands against it, or is still to be answered, in words.
    pub reasons: Vec<String>,
    /// Questions that must be answered before a coalition can be founded, by name of the fact.
    pub questions: Vec<QuestionAsked>,
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
    let place = competitions::places(r, &[asked.place_id])?
        .pop()
        .ok_or_else(|| Failure::invalid("/place_id", NO_SUCH_PLACE))?;
    let verdict = eligible(&competition.eligibility, &place.values(), &asked.answers);
    Ok(EligibilityTold {
        place_id: place.id,
        reasons: verdict.reasons().into_iter().map(str::to_owned).collect(),
        questions: unanswered(&competition.eligibility, &verdict),
        verdict,
    })
}

pub(super) const NO_SUCH_PLACE: &str =
    "There is no such place; the officers load the places of a call.";

/// Questions whose facts are neither on file nor answered.
fn unanswered(rules: &[EligibilityRule], verdict: &Verdict) -> Vec<QuestionAsked> {
    rules
        .iter()
        .zip(&verdict.findings)
        .filter(|(rule, finding)| {
            finding.outcome == Outcome::Undecided && !rule.question.trim().is_empty()
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
    verdict: &Verdict,
) -> Option<String> {
    let title = place.title();
    if verdict.outcome == Outcome::NotEligible {
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
