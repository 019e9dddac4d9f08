//! Previewing an announcement: every letter as its recipient would read it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::freezing::feedback;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk};
use crate::decisions::docket;
use crate::decisions::feedback::{Frozen, Release, digest_of as digest_of_words};
use crate::decisions::letters::{self, Drafted, Letters, in_language, readers};
use crate::decisions::model::Decision;
use crate::decisions::readiness::{Blocker, readiness};
use crate::decisions::shown::{FeedbackView, NamedCoalition};
use crate::decisions::texts::TextKind;
use crate::people::Person;
use crate::people::store::PersonRow;
use crate::platform::db::Reads;
use crate::platform::digest::{canonical_json, sha256_hex};
use crate::platform::ids::{CoalitionId, DecisionId, PersonId, StageId};
use crate::platform::mail;
use crate::platform::refusal::Result;

/// Everything that an announcement would send to those who are members now. Who leaves before
/// coalitions are told gets nothing, who joins gets the same words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewView {
    /// The stage.
    pub stage_id: StageId,
    /// Names all of it: the confirmation repeats it.
    pub digest: String,
    /// Every e-mail, as its recipient would read it.
    pub messages: Vec<PreviewedMessage>,
    /// What must be done before it can be confirmed.
    pub blockers: Vec<Blocker>,
}

/// An e-mail as its recipient would read it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewedMessage {
    /// Whose submission it tells of.
    pub coalition: NamedCoalition,
    /// What it tells.
    pub outcome: TextKind,
    /// Who gets it.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub address: String,
    /// The language it is written in.
    pub language: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// An announcement as it would be now.
pub struct Draft {
    /// What it would tell.
    pub pending: Vec<Decision>,
    /// Every letter.
    pub letters: Vec<Letters>,
    /// The feedback that goes with each decision.
    pub feedback: BTreeMap<DecisionId, Frozen>,
    /// What stands against it.
    pub blockers: Vec<Blocker>,
    /// Whether anything about what is closed to the reader stands against it too.
    pub left_to_another: bool,
    /// Which of its decisions depart from the order of the results.
    pub out_of_order: BTreeSet<CoalitionId>,
    /// Names all of it.
    pub digest: String,
}

/// Draws up the announcement that there would be now.
///
/// # Errors
/// When the database fails.
pub fn draft(r: &mut Reads<'_>, desk: &Desk) -> Result<Draft> {
    let ready = readiness(r, desk)?;
    let letters = letters::draft(r, desk, &ready.pending)?;
    let feedback = feedback(r, desk, &ready.pending)?;
    let told: BTreeSet<CoalitionId> = ready.pending.iter().map(|d| d.coalition).collect();
    let mut draft = Draft {
        digest: String::new(),
        out_of_order: ready.departing.intersection(&told).copied().collect(),
        blockers: ready.blockers,
        left_to_another: ready.left_to_another,
        pending: ready.pending,
        letters,
        feedback,
    };
    draft.digest = digest_of(desk, &draft, &ready.releases);
    Ok(draft)
}

/// Names everything that coalitions would come to read. Who reads it is asked when they are told.
fn digest_of(desk: &Desk, draft: &Draft, releases: &[Release]) -> String {
    let letters: Vec<_> = draft
        .letters
        .iter()
        .flat_map(|letters| &letters.drafts)
        .map(|d| json!([d.coalition, d.language, d.text, d.fields, d.explains_order]))
        .collect();
    let releases: Vec<_> = releases
        .iter()
        .map(|r| json!([r.review, r.criterion, r.state, digest_of_words(&r.body)]))
        .collect();
    let feedback: BTreeMap<DecisionId, &FeedbackView> = draft
        .feedback
        .iter()
        .map(|(decision, frozen)| (*decision, &frozen.view))
        .collect();
    let all = json!([
        desk.stage.id,
        docket::digest_of(&draft.pending),
        letters,
        releases,
        feedback,
    ]);
    sha256_hex(canonical_json(&all))
}

/// Writes out every e-mail; sends nothing. Those on coalitions that are closed to the reader are
/// not shown, but the digest names them too.
pub fn preview(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    public_url: &str,
) -> Result<PreviewView> {
    let desk = desk(r, who, stage, Right::Announce)?;
    desk.require_changeable()?;
    let draft = draft(r, &desk)?;
    let own_language = desk.competition.language.as_str();
    let mut messages = Vec::new();
    for letters in draft.letters.iter().filter(|l| desk.sees(l.coalition)) {
        for reader in readers(r, letters.coalition)? {
            if let Some(letter) = in_language(&letters.drafts, &reader.language, own_language) {
                messages.push(written(letters, letter, reader, public_url)?);
            }
        }
    }
    Ok(PreviewView {
        stage_id: stage,
        digest: draft.digest,
        messages,
        blockers: draft.blockers,
    })
}

fn written(
    of: &Letters,
    letter: &Drafted,
    reader: PersonRow,
    public_url: &str,
) -> Result<PreviewedMessage> {
    let fields = letter.message_fields(&letter.to(&reader)?);
    let words = mail::preview(letter.message_kind(), &letter.language, &fields, public_url)?;
    Ok(PreviewedMessage {
        coalition: NamedCoalition {
            id: of.coalition,
            name: of.coalition_name.clone(),
        },
        outcome: of.kind,
        person_id: reader.id,
        name: reader.name,
        address: reader.email,
        language: letter.language.clone(),
        subject: words.subject,
        text: words.text,
        html: words.html,
    })
}
