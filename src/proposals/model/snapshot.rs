//! What a submission freezes. It holds keys and values, not the form's wording: an officer may
//! mend a label after the opening, and no confirmation or digest changes by that.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::CapitalStack;
use crate::coalitions::model::SeatState;
use crate::competitions::model::{Answers, Sector, Visibility};
use crate::platform::digest::{canonical_json, sha256_hex};
use crate::platform::ids::AttachmentId;
use crate::platform::refusal::Result;

/// A proposal at one moment, at one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// The proposal's title.
    pub title: String,
    /// Whose it is.
    pub coalition: SnapshotCoalition,
    /// In the form's order; questions that are not asked (by their condition) are absent.
    pub sections: Vec<SnapshotSection>,
    /// The money.
    pub capital_stack: CapitalStack,
}

/// The coalition at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SnapshotCoalition {
    /// Its name.
    pub name: String,
    /// The organisation that leads it.
    pub lead_organisation: String,
    /// Who takes the money in, when another.
    pub fiscal_agent: Option<String>,
    /// Names of the places that it speaks for.
    pub places: Vec<String>,
    /// Its table, in the order of setting up; for members, the office and the panel. Absent in
    /// what was frozen before tables were a part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SnapshotSeat>,
}

/// A seat at the table at that moment. Who sits there stays out: a panel judges which sectors and
/// jurisdictions are at the table, not persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SnapshotSeat {
    /// The sector that it stands for.
    pub sector: Sector,
    /// What its holder does.
    pub role: String,
    /// Where its holder decides.
    pub jurisdiction: String,
    /// Where its holder comes from.
    pub organisation: String,
    /// Whether anyone sits there.
    pub state: SeatState,
}

/// One section's answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SnapshotSection {
    /// The section's key.
    pub key: String,
    /// In the form's order.
    pub answers: Vec<SnapshotAnswer>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SnapshotAnswer {
    /// The question's key.
    pub question: String,
    /// Who may read it.
    pub visibility: Visibility,
    /// The value; null when an optional question was left empty or files are the answer.
    pub value: Value,
    /// The files, for a question that asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SnapshotFile>,
}

/// A file that an answer shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SnapshotFile {
    /// The attachment.
    pub id: AttachmentId,
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// How many bytes.
    pub size: i64,
    /// What the bytes are.
    pub media_type: String,
}

impl Snapshot {
    /// Canonical JSON: what is stored and what the digest is of.
    ///
    /// # Errors
    /// When a value can't be written as JSON, which is a fault of ours.
    pub fn canonical(&self) -> Result<String> {
        Ok(canonical_json(&serde_json::to_value(self)?))
    }

    /// SHA-256 of the canonical JSON.
    ///
    /// # Errors
    /// As [`Snapshot::canonical`].
    pub fn digest(&self) -> Result<String> {
        Ok(sha256_hex(self.canonical()?))
    }

    /// What is left for a reader of this visibility: one who may see staff-only answers sees
    /// all, a panel's reader those for the panel and the public, the public its own. The
    /// capital stack and the table are for the panel.
    #[must_use]
    pub fn seen_by(self, reader: Visibility) -> Self {
        let mut seen = self;
        for section in &mut seen.sections {
            section
                .answers
                .retain(|answer| reader.reads(answer.visibility));
        }
        seen.sections.retain(|section| !section.answers.is_empty());
        if !reader.reads(Visibility::Panel) {
            seen.capital_stack = CapitalStack::default();
            seen.coalition.seats.clear();
        }
        seen
    }

    /// Every answer, in order.
    pub fn answers(&self) -> impl Iterator<Item = &SnapshotAnswer> {
        self.sections.iter().flat_map(|section| &section.answers)
    }

    /// Every answer that is not null, by question key.
    pub fn all_answers(&self) -> Answers {
        self.answers()
            .filter(|answer| !answer.value.is_null())
            .map(|answer| (answer.question.clone(), answer.value.clone()))
            .collect()
    }

    /// The answer to a question.
    pub fn answer(&self, question: &str) -> Option<&SnapshotAnswer> {
        self.answers().find(|answer| answer.question == question)
    }

    /// Whether an attachment is shown, to whoever reads this.
    pub fn shows(&self, attachment: AttachmentId) -> bool {
        self.answers()
            .flat_map(|answer| &answer.files)
            .any(|file| file.id == attachment)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::competitions::model::Instrument;
    use crate::platform::money::Money;
    use crate::proposals::model::{Line, LineOrigin, LineStatus};

    fn answer(question: &str, visibility: Visibility) -> SnapshotAnswer {
        SnapshotAnswer {
            question: question.into(),
            visibility,
            value: json!("text"),
            files: vec![SnapshotFile {
                id: AttachmentId(question.len().try_into().unwrap()),
                name: "budget.pdf".into(),
                digest: "00".into(),
                size: 1,
                media_type: "application/pdf".into(),
            }],
        }
    }

    fn snapshot() -> Snapshot {
        Snapshot {
            title: "One table".into(),
            coalition: SnapshotCoalition {
                name: "Lawrence".into(),
                lead_organisation: "A bank".into(),
                fiscal_agent: None,
                places: vec!["Lawrence".into()],
                seats: vec![SnapshotSeat {
                    sector: Sector::Residents,
                    role: "Tenant organiser".into(),
                    jurisdiction: "North side".into(),
                    organisation: "Tenants' union".into(),
                    state: SeatState::Filled,
                }],
            },
            sections: vec![
                SnapshotSection {
                    key: "money".into(),
                    answers: vec![answer("tax", Visibility::Staff)],
                },
                SnapshotSection {
                    key: "idea".into(),
                    answers: vec![
                        answer("plan", Visibility::Panel),
                        answer("abstract", Visibility::Public),
                    ],
                },
            ],
            capital_stack: CapitalStack {
                lines: vec![Line {
                    source: "A fund".into(),
                    sector: Some(Sector::Philanthropy),
                    instrument: Some(Instrument::Grant),
                    amount: Some(Money::new(1, "USD")),
                    status: Some(LineStatus::Idea),
                    origin: Some(LineOrigin::Asked),
                    ..Line::default()
                }],
            },
        }
    }

    #[test]
    fn each_reader_sees_what_is_meant_for_them() {
        for (reader, questions, lines) in [
            (Visibility::Staff, vec!["tax", "plan", "abstract"], 1),
            (Visibility::Panel, vec!["plan", "abstract"], 1),
            (Visibility::Public, vec!["abstract"], 0),
        ] {
            let seen = snapshot().seen_by(reader);
            let keys: Vec<&str> = seen.answers().map(|a| a.question.as_str()).collect();
            assert_eq!(keys, questions, "{reader}");
            assert_eq!(seen.capital_stack.lines.len(), lines, "{reader}");
            assert_eq!(seen.coalition.seats.len(), lines, "{reader}");
            assert_eq!(seen.shows(AttachmentId(3)), questions.contains(&"tax"));
        }
    }

    #[test]
    fn what_was_frozen_without_a_table_keeps_its_digest() {
        let mut before = snapshot();
        before.coalition.seats.clear();
        let stored = before.canonical().unwrap();
        assert!(!stored.contains("seats"));
        let after: Snapshot = serde_json::from_str(&stored).unwrap();
        assert_eq!(after.digest().unwrap(), sha256_hex(stored));
    }

    #[test]
    fn the_digest_is_of_what_is_stored_and_survives_storing() {
        let before = snapshot();
        let stored = before.canonical().unwrap();
        let after: Snapshot = serde_json::from_str(&stored).unwrap();
        assert_eq!(before, after);
        assert_eq!(after.digest().unwrap(), sha256_hex(stored));
    }
}
