//! What a review is, as plain values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::competitions::model::Points;
use crate::platform::clock::Instant;
use crate::platform::ids::{
    AssignmentId, CoalitionId, CompetitionId, PersonId, ReviewId, StageId, SubmissionId,
};

crate::id_types! {
    /// What a review said at one moment.
    ReviewVersionId,
    /// A contribution to the discussion of a submission.
    NoteId,
}

crate::text_enum! {
    /// How far a review has come.
    ReviewState {
        /// Only its author reads it.
        Draft = "draft",
        /// In force, and read by whoever may.
        Submitted = "submitted",
    }
}

crate::text_enum! {
    /// Which version of each review counts.
    Basis {
        /// The one in force when others' reviews first became visible to its author.
        Independent = "independent",
        /// The latest one.
        Final = "final",
    }
}

/// A criterion's mark: points on its scale, or "does not apply", which leaves the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Points on the criterion's scale.
    Points(Points),
    /// The criterion can't be applied to this proposal.
    NotApplicable,
}

/// How [`Score::NotApplicable`] is written.
const NOT_APPLICABLE: &str = "not_applicable";

impl Score {
    /// The points, unless the criterion does not apply.
    pub const fn points(self) -> Option<Points> {
        match self {
            Self::Points(points) => Some(points),
            Self::NotApplicable => None,
        }
    }
}

/// As people write it in a table of results.
impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Points(points) => points.fmt(f),
            Self::NotApplicable => f.write_str(NOT_APPLICABLE),
        }
    }
}

impl Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Points(points) => points.serialize(serializer),
            Self::NotApplicable => serializer.serialize_str(NOT_APPLICABLE),
        }
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == NOT_APPLICABLE => Ok(Self::NotApplicable),
            number @ serde_json::Value::Number(_) => Points::deserialize(number)
                .map(Self::Points)
                .map_err(D::Error::custom),
            _ => Err(D::Error::custom(
                "a score is a number on the criterion's scale, or \"not_applicable\"",
            )),
        }
    }
}

impl utoipa::PartialSchema for Score {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Number))
            .item(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some([NOT_APPLICABLE])),
            )
            .description(Some("Points on the criterion's scale, or not applicable"))
            .examples([serde_json::json!(4.2)])
            .into()
    }
}

impl ToSchema for Score {}

/// Marks by the key of their criterion; a criterion that is not scored yet is absent.
pub type Scores = BTreeMap<String, Score>;

/// Texts for the coalition by the key of their criterion.
pub type Narratives = BTreeMap<String, String>;

/// All that a reviewer writes on one assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({
    "scores": {"systems_change": 4.2, "private_capital": "not_applicable"},
    "narratives": {"systems_change": "The table has already moved its own money."},
    "confidential_note": "Ask about the lender's pipeline at the site visit."
}))]
pub struct ReviewText {
    /// Marks by the key of their criterion; absent: not scored yet.
    #[schema(value_type = BTreeMap<String, Score>)]
    pub scores: Scores,
    /// Texts for the coalition by the key of their criterion.
    pub narratives: Narratives,
    /// For the panel and the officers alone.
    pub confidential_note: String,
}

/// A contribution to the discussion, as it is sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "Does the lender's pipeline not reach beyond the downtown?"}))]
pub struct NoteText {
    /// The words, plain text with line breaks, at most 10,000 characters.
    pub body: String,
}

/// What was in force when others' reviews first became visible to the author.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Independent {
    /// Marks by criterion.
    #[schema(value_type = BTreeMap<String, Score>)]
    pub scores: Scores,
    /// Weighted mean of the marks; none when no criterion applied.
    pub total: Option<f64>,
    /// When others' reviews became visible.
    pub at: Instant,
}

/// Scores and narratives on one assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Its identity.
    pub id: ReviewId,
    /// The assignment it answers.
    pub assignment_id: AssignmentId,
    /// The stage.
    pub stage_id: StageId,
    /// The competition of the stage.
    pub competition_id: CompetitionId,
    /// Whose proposal it is about.
    pub coalition_id: CoalitionId,
    /// The snapshot that was read.
    pub submission_id: SubmissionId,
    /// Its author.
    pub person_id: PersonId,
    /// How far it has come.
    pub state: ReviewState,
    /// The draft, or, once submitted, what is in force.
    pub text: ReviewText,
    /// What the author is changing in a submitted review, not in force yet.
    pub revision: Option<ReviewText>,
    /// Weighted mean of the marks in force; none in a draft or when no criterion applied.
    pub total: Option<f64>,
    /// Kept when others' reviews first became visible to the author.
    pub independent: Option<Independent>,
    /// What other reviewers of this submission know the author by; empty in a draft.
    pub pseudonym: String,
    /// Counts every save.
    pub version: i64,
    /// When the first draft was saved.
    pub created_at: Instant,
    /// When it was saved last.
    pub updated_at: Instant,
    /// When it was first put in force.
    pub submitted_at: Option<Instant>,
    /// When an officer took it out of the results, and why.
    pub excluded: Option<(Instant, String)>,
}

impl Review {
    /// Whether it is in force.
    pub fn is_submitted(&self) -> bool {
        self.state == ReviewState::Submitted
    }

    /// The marks that count.
    pub fn scores(&self, basis: Basis) -> &Scores {
        match (&self.independent, basis) {
            (Some(independent), Basis::Independent) => &independent.scores,
            _ => &self.text.scores,
        }
    }

    /// The weighted mean of the marks that count.
    pub fn total(&self, basis: Basis) -> Option<f64> {
        match (&self.independent, basis) {
            (Some(independent), Basis::Independent) => independent.total,
            _ => self.total,
        }
    }

    /// What the author works on: the revision if there is one.
    pub fn working_text(&self) -> &ReviewText {
        self.revision.as_ref().unwrap_or(&self.text)
    }

    /// Keeps what is in force as the independent version, once.
    pub fn freeze_independent(&mut self, at: Instant) {
        if self.is_submitted() && self.independent.is_none() {
            self.independent = Some(Independent {
                scores: self.text.scores.clone(),
                total: self.total,
                at,
            });
        }
    }
}

/// What a review said from one moment on.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewVersion {
    /// Its identity.
    pub id: ReviewVersionId,
    /// The review.
    pub review_id: ReviewId,
    /// The review's count of saves by then: later versions have higher ones.
    pub number: i64,
    /// When it was put in force.
    pub at: Instant,
    /// What it said.
    pub text: ReviewText,
    /// Weighted mean of its marks.
    pub total: Option<f64>,
    /// Whether its author had been able to read others' reviews.
    pub after_seeing_others: bool,
}

/// A contribution to the discussion of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its identity.
    pub id: NoteId,
    /// The stage.
    pub stage_id: StageId,
    /// The competition of the stage.
    pub competition_id: CompetitionId,
    /// Whose proposal it is about.
    pub coalition_id: CoalitionId,
    /// Its author.
    pub person_id: PersonId,
    /// What other reviewers know the author by.
    pub pseudonym: String,
    /// The words, plain text.
    pub body: String,
    /// When it was written.
    pub created_at: Instant,
}

/// The marks of one submitted review, by which results are worked out.
#[derive(Clone, Debug, PartialEq)]
pub struct Marks {
    /// Whose submission.
    pub coalition_id: CoalitionId,
    /// As the review says now.
    pub last: Scores,
    /// As it said when its author first could read others'; none before that.
    pub independent: Option<Scores>,
}

impl Marks {
    /// Those that count.
    pub fn scores(&self, basis: Basis) -> &Scores {
        match (&self.independent, basis) {
            (Some(independent), Basis::Independent) => independent,
            _ => &self.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_number_or_two_words() {
        let text = r#"{"a":"not_applicable"}"#;
        let scores: Scores = serde_json::from_str(text).unwrap();
        assert_eq!(scores["a"], Score::NotApplicable);
        assert_eq!(serde_json::to_string(&scores).unwrap(), text);
        for wrong in [r#"{"a":"n/a"}"#, r#"{"a":null}"#, r#"{"a":[1]}"#] {
            assert!(serde_json::from_str::<Scores>(wrong).is_err(), "{wrong}");
        }
    }
}
