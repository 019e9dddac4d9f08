//! Previewing an announcement: every letter as its recipient would read it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk};
use crate::decisions::docket;
use crate::decisions::feedback::{Release, digest_of as digest_of_words};
use crate::decisions::letters::{Composed, compose};
use crate::decisions::model::Decision;
use crate::decisions::readiness::{Blocker, readiness};
use crate::decisions::shown::NamedCoalition;
use crate::decisions::texts::TextKind;
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::digest::{canonical_json, sha256_hex};
use crate::platform::ids::{CoalitionId, PersonId, StageId};
use crate::platform::mail;
use crate::platform::refusal::Result;

/// Everything that an announcement would send, before anything is sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewView {
    /// The stage.
    pub stage_id: StageId,
    /// Names all of it: the confirmation repeats it.
    pub digest: String,
    /// Every e-mail, as its recipient would read it.
    pub messages: Vec<MessageView>,
    /// What must be done before it can be confirmed.
    pub blockers: Vec<Blocker>,
}

/// An e-mail as its recipient would read it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageView {
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
    pub letters: Vec<Composed>,
    /// What stands against it.
    pub blockers: Vec<Blocker>,
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
    let letters = compose(r, desk, &ready.pending)?;
    let told: BTreeSet<CoalitionId> = ready.pending.iter().map(|d| d.coalition).collect();
    Ok(Draft {
        digest: digest_of(desk, &ready.pending, &letters, &ready.releases),
        out_of_order: ready.departing.intersection(&told).copied().collect(),
        blockers: ready.blockers,
        pending: ready.pending,
        letters,
    })
}

/// Names everything that coalitions would come to read.
fn digest_of(
    desk: &Desk,
    pending: &[Decision],
    letters: &[Composed],
    releases: &[Release],
) -> String {
    let letters: Vec<_> = letters
        .iter()
        .map(|letter| json!([letter.person, letter.address, letter.coalition, letter.text]))
        .collect();
    let releases: Vec<_> = releases
        .iter()
        .map(|r| json!([r.review, r.criterion, r.state, digest_of_words(&r.body)]))
        .collect();
    let all = json!([desk.stage.id, docket::digest_of(pending), letters, releases]);
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
    let messages = draft
        .letters
        .into_iter()
        .filter(|letter| desk.sees(letter.coalition))
        .map(|letter| written(letter, public_url))
        .collect::<Result<_>>()?;
    Ok(PreviewView {
        stage_id: stage,
        digest: draft.digest,
        messages,
        blockers: draft.blockers,
    })
}

fn written(letter: Composed, public_url: &str) -> Result<MessageView> {
    let fields = letter.message_fields();
    let kind = letter.message_kind();
    let words = mail::preview(kind, &letter.language, &fields, public_url)?;
    Ok(MessageView {
        coalition: NamedCoalition {
            id: letter.coalition,
            name: letter.coalition_name,
        },
        outcome: letter.kind,
        person_id: letter.person,
        name: letter.name,
        address: letter.address,
        language: letter.language,
        subject: words.subject,
        text: words.text,
        html: words.html,
    })
}
