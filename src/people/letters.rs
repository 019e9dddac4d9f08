//! What people are told about their accounts.

use serde_json::json;

use super::granting::Granter;
use super::links::{self, LinkKind};
use super::store::{self, PersonRow};
use crate::platform::db::Writes;
use crate::platform::ids::PersonId;
use crate::platform::outbox::{Letter, Recipient, enqueue};
use crate::platform::refusal::Result;

fn letter(kind: &'static str, to: PersonId, event: i64, fields: serde_json::Value) -> Letter {
    Letter {
        kind,
        to: Recipient::Person(to),
        dedupe_key: format!("{kind}:{event}:{to}"),
        cause: ("person", to.0),
        competition: None,
        coalition: None,
        due_at: None,
        fields,
    }
}

/// Asks to prove the address; the link works for three days.
///
/// # Errors
/// When the database fails.
pub fn verification(w: &mut Writes<'_>, row: &PersonRow) -> Result<()> {
    let link = links::make(
        w,
        LinkKind::Verification,
        (Some(row.id), &row.email),
        None,
        72,
    )?;
    enqueue(
        w,
        letter(
            "address-verification",
            row.id,
            link.0,
            json!({"link": link.0}),
        ),
    )?;
    Ok(())
}

/// Sends the way to a new password, which works for an hour.
///
/// # Errors
/// When the database fails.
pub fn reset(w: &mut Writes<'_>, row: &PersonRow) -> Result<()> {
    let link = links::make(w, LinkKind::Reset, (Some(row.id), &row.email), None, 1)?;
    enqueue(
        w,
        letter("password-reset", row.id, link.0, json!({"link": link.0})),
    )?;
    Ok(())
}

/// As [`reset`], to an address without an account: takes as long, and is to be undone.
///
/// # Errors
/// When the database fails.
pub fn reset_for_nobody(w: &mut Writes<'_>, address: &str) -> Result<()> {
    let link = links::make(w, LinkKind::Reset, (None, address), None, 1)?;
    let to = Recipient::Address {
        address: address.to_owned(),
        language: String::new(),
    };
    let nobody = letter(
        "password-reset",
        PersonId(0),
        link.0,
        json!({"link": link.0}),
    );
    enqueue(w, Letter { to, ..nobody })?;
    Ok(())
}

/// Says that the account is there already.
///
/// # Errors
/// When the database fails.
pub fn known(w: &mut Writes<'_>, row: &PersonRow) -> Result<()> {
    let event = w.fresh_id();
    enqueue(w, letter("address-known", row.id, event, json!({})))?;
    Ok(())
}

/// Says what was done with an account, to an address that is known to be its owner's.
///
/// # Errors
/// When the database fails.
pub fn changed(w: &mut Writes<'_>, to: PersonId, name: &str, what: &str) -> Result<()> {
    if store::person(w, to)?.is_none_or(|row| row.verified_at.is_none()) {
        return Ok(());
    }
    let event = w.fresh_id();
    enqueue(
        w,
        letter(
            "account-changed",
            to,
            event,
            json!({"name": name, "what": what}),
        ),
    )?;
    Ok(())
}

/// Hours for which someone who has no password yet can set one by the letter of their first role.
const FIRST_PASSWORD_HOURS: i64 = 7 * 24;

/// Tells the holder of a new role, who begins by the link in it where they have no password yet,
/// and every other administrator. Nobody is told what they did for themselves.
///
/// # Errors
/// When the database fails.
pub fn role_given(
    w: &mut Writes<'_>,
    by: Granter<'_>,
    holder: &PersonRow,
    role: &str,
    competition: &str,
) -> Result<()> {
    let event = w.fresh_id();
    if holder.password_hash.is_none() {
        first_password(w, holder, role, competition)?;
    } else if by.id() != Some(holder.id) {
        let fields = json!({"name": holder.name, "role": role, "competition": competition});
        enqueue(w, letter("role-given", holder.id, event, fields))?;
    }
    notice_to_administrators(w, "role-notice", by, holder, role, competition)
}

/// Sends the letter with the link by which the holder of a role, who has none yet, sets a first
/// password.
///
/// # Errors
/// When the database fails.
pub fn first_password(
    w: &mut Writes<'_>,
    holder: &PersonRow,
    role: &str,
    competition: &str,
) -> Result<()> {
    let event = w.fresh_id();
    let to = (Some(holder.id), holder.email.as_str());
    let link = links::make(w, LinkKind::Reset, to, None, FIRST_PASSWORD_HOURS)?;
    let fields = json!({"role": role, "competition": competition, "link": link.0});
    enqueue(w, letter("role-given-newcomer", holder.id, event, fields))?;
    Ok(())
}

/// Tells who loses a role, and every other administrator.
///
/// # Errors
/// When the database fails.
pub fn role_taken(
    w: &mut Writes<'_>,
    by: Granter<'_>,
    holder: &PersonRow,
    role: &str,
    competition: &str,
) -> Result<()> {
    let event = w.fresh_id();
    if by.id() != Some(holder.id) {
        let fields = json!({"name": holder.name, "role": role, "competition": competition});
        enqueue(w, letter("role-taken", holder.id, event, fields))?;
    }
    notice_to_administrators(w, "role-taken-notice", by, holder, role, competition)
}

fn notice_to_administrators(
    w: &mut Writes<'_>,
    kind: &'static str,
    by: Granter<'_>,
    holder: &PersonRow,
    role: &str,
    competition: &str,
) -> Result<()> {
    let event = w.fresh_id();
    let person = if holder.name.is_empty() {
        &holder.email
    } else {
        &holder.name
    };
    for administrator in super::store::administrators(w)? {
        if administrator != holder.id {
            let fields = json!({
                "person": person, "role": role, "competition": competition, "by": by.name(),
            });
            enqueue(w, letter(kind, administrator, event, fields))?;
        }
    }
    Ok(())
}

/// Tells someone that their account was disabled, or let in again.
///
/// # Errors
/// When the database fails.
pub fn account_disabled(w: &mut Writes<'_>, row: &PersonRow, disabled: bool) -> Result<()> {
    let (event, kind) = (
        w.fresh_id(),
        if disabled {
            "account-disabled"
        } else {
            "account-enabled"
        },
    );
    enqueue(w, letter(kind, row.id, event, json!({"name": row.name})))?;
    Ok(())
}

/// Sends the head of the audit log out of the database, once a day.
///
/// # Errors
/// When the database fails.
pub fn audit_head(
    w: &mut Writes<'_>,
    to: PersonId,
    date: &str,
    position: i64,
    head: &str,
    signature: &str,
) -> Result<()> {
    let fields = json!({
        "date": date, "position": position.to_string(), "head": head, "signature": signature,
    });
    let letter = Letter {
        dedupe_key: format!("audit-head:{date}:{to}"),
        ..letter("audit-head", to, position, fields)
    };
    enqueue(w, letter)?;
    Ok(())
}
