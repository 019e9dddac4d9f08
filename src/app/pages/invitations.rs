//! Answering an invitation to a coalition or to a panel. The link proves the address: to decline
//! takes nothing more. To accept, whoever has no password yet sets one here, everyone else gives
//! theirs.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::{LinkPage, words_of};
use crate::coalitions::actions as coalitions;
use crate::competitions::store as competitions;
use crate::panels::{actions as panels, store as panel_store};
use crate::people::accounts::{self, Newcomer};
use crate::people::guesses::{self, Tally};
use crate::people::keys::Keys;
use crate::people::links::{self, Link, LinkKind};
use crate::people::passwords::{self, Checked, Passwords};
use crate::people::store::{self, PersonRow};
use crate::people::{Call, Person, registration, second_factor};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Answer, Form, Input};
use crate::platform::ids::{InvitationId, PanelMemberId};
use crate::platform::refusal::{Failure, OrNotFound as _, Refusal, Result, refuse_if_any};

/// What the page needs to know of the link.
struct Invited {
    link: Link,
    row: Option<PersonRow>,
    to_panel: bool,
    /// To what, in a sentence.
    what: String,
}

impl Invited {
    fn has_password(&self) -> bool {
        self.row
            .as_ref()
            .is_some_and(|row| row.proven_password().is_some())
    }
}

fn invited(r: &mut Reads<'_>, keys: &Keys, token: &str) -> Result<Option<Invited>> {
    let Some(link) = links::find(r, keys, LinkKind::Invitation, token)? else {
        return Ok(None);
    };
    if link.used_at.is_some() || link.expires_at <= r.now() {
        return Ok(None);
    }
    let row = store::person_by_email(r, &link.address)?;
    let subject = link.subject.unwrap_or_default();
    let panel = panel_in_words(r, PanelMemberId(subject))?;
    let to_panel = panel.is_some();
    let what = match panel {
        Some(words) => Some(words),
        None => coalitions::invited::in_words(r, InvitationId(subject))?,
    };
    Ok(Some(Invited {
        link,
        row,
        to_panel,
        what: what.unwrap_or_default(),
    }))
}

/// The panel that somebody is asked onto, in a sentence.
fn panel_in_words(r: &mut Reads<'_>, id: PanelMemberId) -> Result<Option<String>> {
    let Some(member) = panel_store::member(r, id)? else {
        return Ok(None);
    };
    let stage = competitions::stage(r, member.stage_id)?.or_not_found()?;
    let competition = competitions::competition(r, stage.competition_id)?.or_not_found()?;
    Ok(Some(format!(
        "You are asked to review proposals of {}, for the stage “{}”.",
        competition.title(),
        stage.name
    )))
}

fn page(token: &str, invited: &Invited) -> LinkPage {
    let what = if invited.to_panel {
        "You are invited to a panel of reviewers"
    } else {
        "You are invited to a coalition"
    };
    let how = if invited.has_password() {
        format!(
            "Give the password of your account {} to accept. To decline you need none.",
            invited.link.address
        )
    } else {
        format!(
            "There is no account for {} yet. To accept, choose a password of at least 12 characters: the account is made with your answer. To decline you need none.",
            invited.link.address
        )
    };
    LinkPage {
        heading: what.into(),
        lines: vec![invited.what.clone(), how],
        form: true,
        action: format!("/invitations/{token}"),
        asks_name: !invited.has_password(),
        password_label: if invited.has_password() {
            "Password"
        } else {
            "New password"
        },
        shortest: if invited.has_password() { 1 } else { 12 },
        autocomplete: if invited.has_password() {
            "current-password"
        } else {
            "new-password"
        },
        asks_code: invited.has_password(),
        asks_reason: invited.to_panel,
        buttons: vec![("accept", "Accept the invitation"), ("decline", "Decline")],
        ..LinkPage::default()
    }
}

async fn load(call: &Call, token: String) -> Result<Option<Invited>> {
    let keys = call.gate().keys.clone();
    call.gate()
        .db
        .read(call.facts().arrived, move |r| invited(r, &keys, &token))
        .await
}

pub(super) async fn show(call: Call, token: Path<String>) -> Answer {
    match load(&call, token.clone()).await? {
        Some(invited) => page(&token, &invited).answer(StatusCode::OK),
        None => LinkPage::used_up().answer(StatusCode::GONE),
    }
}

/// What the form sends.
#[derive(Clone, Deserialize)]
pub(super) struct Filled {
    answer: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    code: String,
}

pub(super) async fn answer(
    call: Call,
    passwords: Data<Passwords>,
    token: Path<String>,
    form: Form<Filled>,
) -> Answer {
    let Some(invited) = load(&call, token.clone()).await? else {
        return LinkPage::used_up().answer(StatusCode::GONE);
    };
    let answered = match form.get() {
        Ok(filled) if filled.answer == "accept" => {
            proven(&call, &passwords, &token, &invited, filled).await
        }
        Ok(filled) => declined(&call, &token, filled.reason).await,
        Err(failure) => Err(failure),
    };
    match answered {
        Ok(true) => LinkPage::says(
            "You accepted the invitation",
            "Thank you. Sign in to go on.",
        )
        .answer(StatusCode::OK),
        Ok(false) => LinkPage::says("You declined the invitation", "Thank you for telling us.")
            .answer(StatusCode::OK),
        Err(failure) => {
            let (status, problem) = words_of(failure)?;
            LinkPage {
                problem,
                ..page(&token, &invited)
            }
            .answer(status)
        }
    }
}

/// Declines: whoever has the link may.
async fn declined(call: &Call, token: &str, reason: String) -> Result<bool> {
    let (keys, token) = (call.gate().keys.clone(), token.to_owned());
    let gate = call.gate().clone();
    call.gate()
        .db
        .write(call.facts().arrived, move |w| {
            let link = links::find(w, &keys, LinkKind::Invitation, &token)?.or_not_found()?;
            let invited = Newcomer {
                email: link.address.clone(),
                ..Newcomer::default()
            };
            let id = accounts::invited(w, &invited)?;
            let row = store::person(w, id)?.or_not_found()?;
            if row.disabled_at.is_some() {
                return Err(Failure::not_found());
            }
            let mut who = gate.by_link(w, id)?;
            who.verified = true;
            decline(w, &keys, &token, &link, &who, &reason)?;
            Ok(false)
        })
        .await
}

fn decline(
    w: &mut Writes<'_>,
    keys: &Keys,
    token: &str,
    link: &Link,
    who: &Person,
    reason: &str,
) -> Result<()> {
    let member = PanelMemberId(link.subject.unwrap_or_default());
    if panel_store::member(w, member)?.is_none() {
        return coalitions::answering::decline_by_link(w, who, keys, token).map(drop);
    }
    links::consume(w, keys, LinkKind::Invitation, token)?;
    let reason = match reason.trim() {
        "" => "No reason given.",
        reason => reason,
    };
    let reason = panels::ReasonRequest {
        reason: reason.to_owned(),
    };
    panels::refuse_panel(w, who, member, &Input::ready(reason)).map(drop)
}

/// Checks the password, or sets the first one, and accepts; gives whether the answer was yes.
async fn proven(
    call: &Call,
    passwords: &Passwords,
    token: &str,
    invited: &Invited,
    filled: Filled,
) -> Result<bool> {
    let tally = Tally::of_guesses(&invited.link.address, &call.facts().peer);
    let (password, new_hash) = if let Some(hash) = invited
        .row
        .as_ref()
        .and_then(|row| row.proven_password().map(str::to_owned))
    {
        let checked = check_password(call, passwords, &tally, &filled.password, hash).await?;
        (Some(checked), None)
    } else {
        let mut errors: Vec<_> =
            passwords::objection("/password", &filled.password, &invited.link.address)
                .into_iter()
                .collect();
        errors.extend(registration::check_name(&filled.name));
        refuse_if_any(errors)?;
        (
            None,
            Some(
                passwords
                    .hash(&call.facts().peer, filled.password.clone())
                    .await?,
            ),
        )
    };
    let (keys, token) = (call.gate().keys.clone(), token.to_owned());
    let gate = call.gate().clone();
    let proven = call
        .gate()
        .db
        .write(call.facts().arrived, move |w| {
            guesses::check(w, &tally)?;
            let link = links::find(w, &keys, LinkKind::Invitation, &token)?.or_not_found()?;
            let row = store::person_by_email(w, &link.address)?;
            let known = is_still_so(row.as_ref(), password.as_ref())
                && gives_second_factor(w, row.as_ref(), &filled.code)?;
            if !known {
                guesses::count(w, &tally)?;
                return Ok(false);
            }
            guesses::forget(w, &tally)?;
            let row = registration::owner_of_address(
                w,
                &link.address,
                &filled.name,
                new_hash.as_deref(),
            )?;
            let who = gate.by_link(w, row.id)?;
            accept(w, &keys, &token, &link, &who)?;
            Ok(true)
        })
        .await?;
    if proven {
        Ok(true)
    } else {
        Err(Refusal::SignInFailed.into())
    }
}

/// Whether the account has the password that was checked; or, where none was, has none still.
fn is_still_so(row: Option<&PersonRow>, checked: Option<&Checked>) -> bool {
    let hash = row.and_then(PersonRow::proven_password);
    checked.map_or(hash.is_none(), |checked| checked.is_still(hash))
}

/// Whether the code is right, where the account asks for one.
fn gives_second_factor(w: &mut Writes<'_>, row: Option<&PersonRow>, code: &str) -> Result<bool> {
    match row {
        Some(row) if row.has_second_factor() && !row.is_unproven() => {
            second_factor::accept(w, row, code)
        }
        _ => Ok(true),
    }
}

/// Checks the password of the account; the unit that answers counts a wrong one.
async fn check_password(
    call: &Call,
    passwords: &Passwords,
    tally: &Tally,
    password: &str,
    hash: String,
) -> Result<Checked> {
    let tally = tally.clone();
    call.gate()
        .db
        .read(call.facts().arrived, move |r| guesses::check(r, &tally))
        .await?;
    passwords
        .check(&call.facts().peer, password.to_owned(), Some(hash))
        .await
}

fn accept(w: &mut Writes<'_>, keys: &Keys, token: &str, link: &Link, who: &Person) -> Result<()> {
    let member = PanelMemberId(link.subject.unwrap_or_default());
    if panel_store::member(w, member)?.is_none() {
        return coalitions::answering::accept_by_link(w, who, keys, token).map(drop);
    }
    links::consume(w, keys, LinkKind::Invitation, token)?;
    let yes = Input::ready(panels::AnswerRequest::default());
    panels::accept_panel(w, who, member, &yes).map(drop)
}
