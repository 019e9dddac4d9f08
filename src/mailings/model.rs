//! Groups of people that the office writes to, and what is written, as plain values.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coalitions::model::{MemberRole, Sector};
use crate::platform::clock::Instant;
use crate::platform::ids::{CoalitionId, CompetitionId, MailingId, MessageId, PersonId, StageId};
use crate::platform::mail::texts::{MergeField, READER, Text, field};
use crate::text_enum;

/// How many languages a letter is written in at most.
pub const LANGUAGES_AT_MOST: usize = 20;
/// How many coalitions a group is narrowed to at most.
pub const COALITIONS_AT_MOST: usize = 500;
/// How many days ahead a deadline counts as near at most.
pub const DAYS_AT_MOST: i32 = 60;

text_enum! {
    /// A group of people that the office writes to.
    MailingGroup {
        /// Members of the competition's coalitions; with a stage, of those to which it is open.
        Members = "members",
        /// Members of coalitions that have begun a proposal and have nothing submitted at a stage.
        DraftsNotSubmitted = "drafts_not_submitted",
        /// Members of coalitions to which a stage is open and that have begun no proposal.
        NotBegun = "not_begun",
        /// Members of coalitions with a submission in force at a stage.
        Submitted = "submitted",
        /// Members of coalitions with nobody at the table for a sector that the call asks for.
        SeatsUnfilled = "seats_unfilled",
        /// Members of coalitions with a claim to a place that nobody decided on.
        ClaimsWaiting = "claims_waiting",
        /// Members of coalitions whose offer of an award waits for an answer.
        AwardsUnanswered = "awards_unanswered",
        /// Reviewers of a stage with a review that is due and not in.
        ReviewersLate = "reviewers_late",
        /// Reviewers who were asked onto the panel of a stage and have not answered.
        ReviewersInvited = "reviewers_invited",
        /// Reviewers on the panel of a stage.
        Reviewers = "reviewers",
        /// The competition's officers and assistants.
        Office = "office",
    }
}

text_enum! {
    /// By what a group can be narrowed.
    MailingFilter {
        /// Only members with one of these parts in their coalition.
        Roles = "roles",
        /// Only coalitions that lack one of these sectors.
        Lacking = "lacking",
        /// Only these coalitions.
        Coalitions = "coalitions",
        /// What is due within so many days: reviews beside those that are late; of offers, those
        /// alone.
        WithinDays = "within_days",
    }
}

text_enum! {
    /// Whether a group is of a stage.
    OfStage {
        /// It is of the whole competition.
        Never = "never",
        /// It may be.
        Maybe = "maybe",
        /// It must name one.
        Always = "always",
    }
}

const COMMON: [MergeField; 3] = [
    field(READER, "The name of the person who reads the letter"),
    field("competition", "Programme and edition"),
    field(
        "time_zone",
        "The competition's time zone, which all times are in",
    ),
];
const COALITION: MergeField = field("coalition", "The name of the reader's coalition");
const STAGE: [MergeField; 2] = [
    field("stage", "The stage"),
    field("deadline", "The last moment to submit; else empty"),
];

impl MailingGroup {
    /// Whether it is of a stage.
    pub const fn of_stage(self) -> OfStage {
        match self {
            Self::Members => OfStage::Maybe,
            Self::DraftsNotSubmitted
            | Self::NotBegun
            | Self::Submitted
            | Self::ReviewersLate
            | Self::ReviewersInvited
            | Self::Reviewers => OfStage::Always,
            Self::SeatsUnfilled | Self::ClaimsWaiting | Self::AwardsUnanswered | Self::Office => {
                OfStage::Never
            }
        }
    }

    /// Whether those in it are members of coalitions.
    pub const fn is_of_coalitions(self) -> bool {
        !matches!(
            self,
            Self::ReviewersLate | Self::ReviewersInvited | Self::Reviewers | Self::Office
        )
    }

    /// Whether it tells who has submitted, which nobody may know while the stage is sealed.
    pub const fn tells_of_submitting(self) -> bool {
        matches!(self, Self::DraftsNotSubmitted | Self::Submitted)
    }

    /// By what it can be narrowed.
    pub fn filters(self) -> Vec<MailingFilter> {
        let mut filters = Vec::new();
        if self.is_of_coalitions() {
            filters.extend([MailingFilter::Roles, MailingFilter::Coalitions]);
        }
        match self {
            Self::SeatsUnfilled => filters.push(MailingFilter::Lacking),
            Self::ReviewersLate | Self::AwardsUnanswered => {
                filters.push(MailingFilter::WithinDays);
            }
            _ => {}
        }
        filters
    }

    /// What can be merged into a letter to it.
    pub fn fields(self) -> Vec<MergeField> {
        let mut fields = COMMON.to_vec();
        if self.is_of_coalitions() {
            fields.push(COALITION);
        }
        if self.of_stage() != OfStage::Never {
            fields.extend(STAGE);
        }
        match self {
            Self::SeatsUnfilled => fields.push(field(
                "lacking",
                "The sectors for which nobody sits at the reader's table",
            )),
            Self::ClaimsWaiting => fields.push(field(
                "places",
                "The places whose claims nobody decided on yet",
            )),
            Self::AwardsUnanswered => fields.extend([
                field(
                    "answer_by",
                    "Until when the offer can be answered; else empty",
                ),
                field("total", "The sum of the money offered"),
            ]),
            Self::ReviewersLate => fields.extend([
                field("open_reviews", "How many reviews are due and not in"),
                field("review_deadline", "When reviews should be in; else empty"),
            ]),
            _ => {}
        }
        fields
    }

    /// Who is in it, in words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Members => {
                "Members of the competition's coalitions; with a stage, of those to which it is open"
            }
            Self::DraftsNotSubmitted => {
                "Members of coalitions that have begun a proposal and have nothing submitted at the \
                 stage. While the stage is sealed, who they are is worked out when the letters are \
                 written, and shows only after the seal has ended"
            }
            Self::NotBegun => {
                "Members of coalitions to which the stage is open and that have begun no proposal"
            }
            Self::Submitted => {
                "Members of coalitions with a submission in force at the stage. While the stage is \
                 sealed, who they are is worked out when the letters are written, and shows only \
                 after the seal has ended"
            }
            Self::SeatsUnfilled => {
                "Members of coalitions with nobody at the table for a sector that the call asks for"
            }
            Self::ClaimsWaiting => {
                "Members of coalitions with a claim to a place that nobody decided on"
            }
            Self::AwardsUnanswered => {
                "Members of coalitions whose offer of an award waits for an answer"
            }
            Self::ReviewersLate => {
                "Reviewers of the stage with a review that is due, or due within some days, and not in"
            }
            Self::ReviewersInvited => {
                "Reviewers who were asked onto the panel of the stage and have not answered"
            }
            Self::Reviewers => "Reviewers on the panel of the stage",
            Self::Office => "The competition's officers and assistants",
        }
    }
}

/// By what a group is narrowed; empty lists narrow nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailingFilters {
    /// Only members with one of these parts in their coalition.
    pub roles: Vec<MemberRole>,
    /// Only coalitions that lack one of these sectors.
    pub lacking: Vec<Sector>,
    /// Only these coalitions.
    pub coalitions: Vec<CoalitionId>,
    /// What is due within so many days, 0 to 60: reviews beside those that are late; of offers,
    /// those alone.
    pub within_days: Option<i32>,
}

impl MailingFilters {
    /// The filters that narrow something.
    pub fn used(&self) -> Vec<MailingFilter> {
        [
            (MailingFilter::Roles, !self.roles.is_empty()),
            (MailingFilter::Lacking, !self.lacking.is_empty()),
            (MailingFilter::Coalitions, !self.coalitions.is_empty()),
            (MailingFilter::WithinDays, self.within_days.is_some()),
        ]
        .into_iter()
        .filter_map(|(filter, used)| used.then_some(filter))
        .collect()
    }
}

/// A letter in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailingText {
    /// The language of those who read it: `en`, `pt-BR`.
    #[schema(example = "en")]
    pub language: String,
    /// One line.
    #[schema(example = "{{competition}}: a week left")]
    pub subject: String,
    /// Plain text; an empty line parts paragraphs.
    #[schema(example = "Dear {{person}},\n\nthere is a week left until {{deadline}}.")]
    pub body: String,
}

impl MailingText {
    /// Subject and body.
    pub fn text(&self) -> Text {
        Text {
            subject: self.subject.clone(),
            body: self.body.clone(),
        }
    }
}

/// What is to be written to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "group": "drafts_not_submitted", "stage": 4_503_599_627_370_497_i64,
    "filters": {"roles": ["convenor", "signatory"]},
    "texts": [{
        "language": "en", "subject": "{{competition}}: a week left",
        "body": "Dear {{person}},\n\n{{coalition}} can submit until {{deadline}}.",
    }],
}))]
pub struct MailingDraft {
    /// The group.
    pub group: MailingGroup,
    /// The stage that the group is of, where it is of one.
    #[serde(default)]
    pub stage: Option<StageId>,
    /// By what the group is narrowed.
    #[serde(default)]
    pub filters: MailingFilters,
    /// The letter, in each language in which it is written; one of them is read by whoever reads
    /// none of the others: the competition's own, or English.
    pub texts: Vec<MailingText>,
}

/// A letter to a group that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// Its identity.
    pub id: MailingId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// What was written to whom.
    pub draft: MailingDraft,
    /// Names what was previewed.
    pub digest: String,
    /// Whether its recipients tell who has submitted to a stage that was sealed.
    pub sealed: bool,
    /// The officer.
    pub sent_by: PersonId,
    /// When.
    pub sent_at: Instant,
    /// When the last letter was written into the outbox.
    pub letters_at: Option<Instant>,
    /// When what had not left was called back.
    pub called_back_at: Option<Instant>,
}

/// A letter of a mailing in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailingLetter {
    /// Its place in the list.
    pub id: i64,
    /// The message.
    pub message_id: MessageId,
    /// Who gets it.
    pub person_id: PersonId,
    /// The coalitions for which, or for whose submissions, they get it.
    pub coalitions: Vec<CoalitionId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_fields_of_its_own_names_and_words() {
        for group in MailingGroup::ALL {
            let fields = group.fields();
            let mut names: Vec<&str> = fields.iter().map(|one| one.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), fields.len(), "{group}");
            assert!(!group.meaning().is_empty());
            let of_coalitions = names.contains(&"coalition");
            assert_eq!(of_coalitions, group.is_of_coalitions(), "{group}");
        }
    }

    #[test]
    fn what_tells_of_submitting_is_of_a_stage() {
        for group in MailingGroup::ALL {
            if group.tells_of_submitting() {
                assert_eq!(group.of_stage(), OfStage::Always, "{group}");
            }
        }
    }
}
