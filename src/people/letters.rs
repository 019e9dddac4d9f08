//! What people are told about their accounts.

use serde_json::json;

use super::links::{self, LinkKind};
use super::store::PersonRow;
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
            json!({"name": row.name, "link": link.0}),
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
        letter(
            "password-reset",
            row.id,
            link.0,
            json!({"name": row.name, "link": link.0}),
        ),
    )?;
    Ok(())
}

/// Says that the account is there already.
///
/// # Errors
/// When the database fails.
pub fn known(w: &mut Writes<'_>, row: &PersonRow) -> Result<()> {
    let event = w.fresh_id();
    enqueue(
        w,
        letter("address-known", row.id, event, json!({"name": row.name})),
    )?;
    Ok(())
}

/// Says what was done with an account.
///
/// # Errors
/// When the database fails.
pub fn changed(w: &mut Writes<'_>, to: PersonId, name: &str, what: &str) -> Result<()> {
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

/// Tells the holder of a new role, and every other administrator.
///
/// # Errors
/// When the database fails.
pub fn role_given(
    w: &mut Writes<'_>,
    holder: &PersonRow,
    role: &str,
    competition: &str,
    by: &str,
) -> Result<()> {
    let event = w.fresh_id();
    let fields = json!({"name": holder.name, "role": role, "competition": competition});
    enqueue(w, letter("role-given", holder.id, event, fields))?;
    for administrator in super::store::administrators(w)? {
        if administrator != holder.id {
            let fields =
                json!({"person": holder.name, "role": role, "competition": competition, "by": by});
            enqueue(w, letter("role-notice", administrator, event, fields))?;
        }
    }
    Ok(())
}
