//! Verify an address, set a new password, stop reminders.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::{LinkPage, words_of};
use crate::people::links::{self, LinkKind};
use crate::people::passwords::{self, Passwords};
use crate::people::{Call, own, registration};
use crate::platform::http::{Answer, Form};
use crate::platform::refusal::Result;

/// Whether the link behind the token can still be used.
async fn is_good(call: &Call, kind: LinkKind, token: String) -> Result<bool> {
    let keys = call.gate().keys.clone();
    let db = call.gate().db.clone();
    db.read(call.facts().arrived, move |r| {
        let link = links::find(r, &keys, kind, &token)?;
        Ok(link.is_some_and(|link| link.used_at.is_none() && link.expires_at > r.now()))
    })
    .await
}

async fn offer(call: &Call, kind: LinkKind, token: &str, page: LinkPage) -> Answer {
    if is_good(call, kind, token.to_owned()).await? {
        page.answer(StatusCode::OK)
    } else {
        LinkPage::used_up().answer(StatusCode::GONE)
    }
}

pub(super) async fn show_verification(call: Call, token: Path<String>) -> Answer {
    let page = LinkPage {
        heading: "Confirm your e-mail address".into(),
        lines: vec![
            "Press the button to show that this address is yours.".into(),
            "Do so only if it was you who made the account: whoever made it knows its password."
                .into(),
        ],
        form: true,
        action: format!("/verifications/{token}"),
        buttons: vec![("yes", "Confirm this address")],
        ..LinkPage::default()
    };
    offer(&call, LinkKind::Verification, &token, page).await
}

pub(super) async fn verify(call: Call, token: Path<String>) -> Answer {
    let (keys, token) = (call.gate().keys.clone(), token.into_inner());
    let done = call
        .gate()
        .db
        .write(call.facts().arrived, move |w| {
            registration::verify(w, &keys, &token)
        })
        .await;
    match done {
        Ok(()) => LinkPage::says(
            "Your address is confirmed",
            "You can close this page and sign in.",
        )
        .answer(StatusCode::OK),
        Err(failure) => {
            let (status, _) = words_of(failure)?;
            LinkPage::used_up().answer(status)
        }
    }
}

fn reset_page(token: &str) -> LinkPage {
    LinkPage {
        heading: "Set a new password".into(),
        lines: vec![
            "At least 12 characters. A few words in a row are easy to remember and hard to guess."
                .into(),
        ],
        form: true,
        action: format!("/password-resets/{token}"),
        password_label: "New password",
        shortest: 12,
        autocomplete: "new-password",
        buttons: vec![("set", "Set this password")],
        ..LinkPage::default()
    }
}

pub(super) async fn show_reset(call: Call, token: Path<String>) -> Answer {
    offer(&call, LinkKind::Reset, &token, reset_page(&token)).await
}

/// A new password.
#[derive(Deserialize)]
pub(super) struct NewPassword {
    password: String,
}

fn good_password(form: &Form<NewPassword>) -> Result<String> {
    let NewPassword { password } = form.get()?;
    passwords::demand_good("/password", &password, "")?;
    Ok(password)
}

pub(super) async fn reset(
    call: Call,
    passwords: Data<Passwords>,
    token: Path<String>,
    form: Form<NewPassword>,
) -> Answer {
    let password = match good_password(&form) {
        Ok(password) => password,
        Err(failure) => {
            let (status, problem) = words_of(failure)?;
            return LinkPage {
                problem,
                ..reset_page(&token)
            }
            .answer(status);
        }
    };
    let hash = passwords.hash(&call.facts().peer, password).await?;
    let (keys, token) = (call.gate().keys.clone(), token.into_inner());
    let done = call
        .gate()
        .db
        .write(call.facts().arrived, move |w| {
            registration::reset(w, &keys, &token, &hash)
        })
        .await;
    match done {
        Ok(()) => LinkPage::says(
            "Your new password is set",
            "Every session of yours has ended. Sign in with the new password.",
        )
        .answer(StatusCode::OK),
        Err(failure) => {
            let (status, _) = words_of(failure)?;
            LinkPage::used_up().answer(status)
        }
    }
}

pub(super) async fn show_unsubscribe(call: Call, token: Path<String>) -> Answer {
    let page = LinkPage {
        heading: "Stop reminders".into(),
        lines: vec!["You will get no more reminders of deadlines. Decisions, receipts and invitations still reach you.".into()],
        form: true,
        action: format!("/unsubscribe/{token}"),
        buttons: vec![("stop", "Stop reminders")],
        ..LinkPage::default()
    };
    offer(&call, LinkKind::Unsubscribe, &token, page).await
}

pub(super) async fn unsubscribe(call: Call, token: Path<String>) -> Answer {
    let (keys, token) = (call.gate().keys.clone(), token.into_inner());
    let done = call
        .gate()
        .db
        .write(call.facts().arrived, move |w| {
            own::stop_reminders(w, &keys, &token)
        })
        .await;
    match done {
        Ok(()) => LinkPage::says(
            "No more reminders",
            "You can turn them on again in your account.",
        )
        .answer(StatusCode::OK),
        Err(failure) => {
            let (status, _) = words_of(failure)?;
            LinkPage::used_up().answer(status)
        }
    }
}
