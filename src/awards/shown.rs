//! What is sent and served of awards.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::competitions::model::{Instrument, QuestionKind};
use crate::decisions::budget::OfferState;
use crate::decisions::shown::{AmountView, NamedCoalition};
use crate::platform::clock::Instant;
use crate::platform::http::Paged;
use crate::platform::ids::{AwardId, BudgetLineId, CompetitionId, PersonId, PlaceId, StageId};
use crate::platform::money::Money;

/// An award, for the coalition and for who works for the competition.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AwardView {
    /// Its identity.
    pub id: AwardId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// The stage that it was decided at.
    pub stage_id: StageId,
    /// To whom it is offered.
    pub coalition: NamedCoalition,
    /// Where it stands.
    pub state: OfferState,
    /// Money by budget line.
    pub amounts: Vec<AmountView>,
    /// Its sum.
    pub total: Money,
    /// What it depends on.
    pub conditions: String,
    /// When it was offered.
    pub offered_at: Instant,
    /// The last moment to answer; null when there is none.
    pub answer_by: Option<Instant>,
    /// When it was answered.
    pub answered_at: Option<Instant>,
    /// By whom.
    pub answered_by: Option<PersonId>,
    /// What they wrote.
    pub answer_note: String,
}

/// A coalition's answer.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerInput {
    /// A word to the officers.
    pub note: String,
}

/// An award, for the public.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicAward {
    /// Its identity.
    pub id: AwardId,
    /// The competition.
    pub competition: NamedCompetition,
    /// Who gets it.
    pub coalition: NamedCoalition,
    /// The places that the coalition speaks for.
    pub places: Vec<NamedPlace>,
    /// Offered, or accepted.
    pub state: OfferState,
    /// The money.
    pub amounts: Vec<PublicAmount>,
    /// Its sum.
    pub total: Money,
    /// Since when the public knows.
    pub public_at: Instant,
    /// What it is about, in words that an officer approved.
    pub summary: Option<String>,
    /// The proposal's answers to public questions.
    pub answers: Vec<PublicAnswer>,
}

/// A competition, named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedCompetition {
    /// Its identity.
    pub id: CompetitionId,
    /// The programme.
    pub programme: String,
    /// The edition.
    pub edition: String,
}

/// A place, named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedPlace {
    /// Its identity.
    pub id: PlaceId,
    /// Its name.
    pub name: String,
    /// The state, province or the like.
    pub region: String,
    /// The country: ISO 3166-1, two letters.
    pub country: String,
}

/// Money, by who gives it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicAmount {
    /// Who gives.
    pub funder: String,
    /// By what instrument.
    pub instrument: Instrument,
    /// How much.
    pub amount: Money,
}

/// An answer to a public question.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicAnswer {
    /// The question's key.
    pub question: String,
    /// The question itself.
    pub label: String,
    /// What an answer looks like.
    pub kind: Option<QuestionKind>,
    /// The answer.
    pub value: serde_json::Value,
}

/// The public awards of a competition.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CompetitionAwards {
    /// The awards, by the coalition's name.
    pub items: Vec<PublicAward>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
    /// How many public decisions depart from the order of the results, each for a written reason.
    pub out_of_order: usize,
}

impl Paged for CompetitionAwards {
    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// An award on a funder's own budget lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FundedAward {
    /// The award.
    pub id: AwardId,
    /// Who gets it.
    pub coalition: NamedCoalition,
    /// Where it stands.
    pub state: OfferState,
    /// The money on the funder's lines, and on no other.
    pub amounts: Vec<AmountView>,
    /// Its sum.
    pub total: Money,
}

/// The budget lines that a funder watches.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObserverView {
    /// The funder.
    pub person_id: PersonId,
    /// Their lines.
    pub lines: Vec<BudgetLineId>,
}

/// The budget lines that a funder is to watch.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinesInput {
    /// All of them; those left out are no longer watched.
    pub lines: Vec<BudgetLineId>,
}

/// How many come how far. Counts under five, and those that would give such a count away, are
/// null.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunnelView {
    /// Coalitions at a table.
    pub coalitions: Option<usize>,
    /// Stage by stage.
    pub stages: Vec<FunnelStage>,
}

/// How many come how far in a stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunnelStage {
    /// The stage.
    pub stage_id: StageId,
    /// Its name.
    pub name: String,
    /// Submissions in force, once the stage is closed.
    pub submitted: Option<usize>,
    /// Those found eligible, once screening is done.
    pub eligible: Option<usize>,
    /// Those that advance or are offered an award, once that is public.
    pub selected: Option<usize>,
}
