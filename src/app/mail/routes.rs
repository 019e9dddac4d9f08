//! Routes of outgoing mail.

use std::sync::Arc;

use actix_web::{delete, get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store::{self, MessageView, Sight};
use crate::coalitions::doors;
use crate::people::{Call, Person, Role, Scope};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Answer, Asked, Body, Page, PageAsked, PathId, RawInput};
use crate::platform::ids::{CompetitionId, MessageId};
use crate::platform::mail::{bounce, store as queue};
use crate::platform::outbox::{MessageState, store as outbox};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};

/// The routes, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(dead_letters)
        .service(resend)
        .service(mail_queue)
        .service(resume)
        .service(hand_in);
}

/// Which dead letters are asked for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeadLettersAsked {
    /// Of this competition only.
    competition: Option<CompetitionId>,
    /// Items on the page, 1 to 200; 50 unless said otherwise.
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Messages that could not be delivered, newest first.
///
/// Officers and assistants see those of their competitions, administrators all; nobody sees one
/// about a coalition with which they conflict, or that tells of
/// a submission or a draft while its stage is sealed.
#[utoipa::path(
    tag = "mail",
    params(DeadLettersAsked),
    responses((status = 200, body = Page<MessageView>))
)]
#[get("/messages")]
async fn dead_letters(call: Call, asked: Asked<DeadLettersAsked>) -> Answer {
    call.read_page(move |r, who| {
        let sight = sight(r, who)?;
        let asked = asked.get()?;
        let page = PageAsked::new(asked.limit, asked.cursor.as_deref())?;
        let rows = store::dead_letters(r, &sight, asked.competition, &page)?;
        Ok(Page::cut(rows, &page, |row| {
            (row.created_at.to_string(), row.id.0)
        }))
    })
    .await
}

/// Sends a message again that could not be delivered.
///
/// To the recipient's present address, under the same `Message-ID`. For officers of the
/// competition and administrators.
#[utoipa::path(tag = "mail", responses((status = 200, body = MessageView)))]
#[post("/messages/{id}/resend")]
async fn resend(call: Call, id: PathId<MessageId>) -> Answer {
    let id = id.get();
    call.act(move |w, who| send_again(w, who, id)).await
}

fn send_again(w: &mut Writes<'_>, who: &Person, id: MessageId) -> Result<MessageView> {
    let Ok(sight) = sight(w, who) else {
        return Err(Failure::not_found());
    };
    let message = store::letter(w, &sight, id)?.or_not_found()?;
    let officer = message
        .competition
        .is_some_and(|competition| who.is(Role::Officer, competition));
    if !officer && !who.administrator {
        return Err(Failure::forbidden("Officers send messages again."));
    }
    if message.state != MessageState::Dead {
        let words = "This message is no dead letter any more.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    outbox::send_again(w, id)?;
    let act = Act {
        actor: Some(who.id),
        act: "message.resent",
        object: ("message", id.0),
        competition: message.competition,
        coalition: message.coalition,
        detail: json!({"kind": message.kind}),
    };
    audit::record(w, act)?;
    store::message(w, id)
}

/// What someone may see of the outbox, or 403 for those who look after no mail.
fn sight(r: &mut Reads<'_>, who: &Person) -> Result<Sight> {
    let competitions: Vec<CompetitionId> = who
        .roles()
        .iter()
        .map(|(competition, _)| *competition)
        .filter(|competition| who.works_for(*competition))
        .collect();
    if competitions.is_empty() && !who.administrator {
        return Err(not_yours());
    }
    Ok(Sight {
        competitions: (!who.administrator).then_some(competitions),
        closed: doors::closed_to(r, who.id)?.into_iter().collect(),
        sealed: store::sealed(r)?,
    })
}

fn not_yours() -> Failure {
    Failure::forbidden("Officers and administrators look after outgoing mail.")
}

/// How outgoing mail is doing.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct MailQueue {
    /// Why and since when no mail goes out; null when it does.
    paused: Option<Paused>,
}

/// No mail goes out.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Paused {
    /// Since when.
    since: Instant,
    /// When it is tried again by itself.
    until: Instant,
    /// What the mail server said.
    reason: String,
}

/// Whether outgoing mail is held back, and why.
///
/// For officers and administrators. Mail is held back when the mail server refuses connection,
/// encryption, sign-in or sender; it is tried again by itself.
#[utoipa::path(tag = "mail", responses((status = 200, body = MailQueue)))]
#[get("/mail-queue")]
async fn mail_queue(call: Call) -> Answer {
    call.read(move |r, who| {
        require_in_charge(who)?;
        let paused = queue::pause(r)?.map(|pause| Paused {
            since: pause.since,
            until: pause.until,
            reason: pause.reason,
        });
        Ok(MailQueue { paused })
    })
    .await
}

/// Tries to send mail at once that is held back. For officers and administrators.
#[utoipa::path(tag = "mail", responses((status = 204, description = "It is tried at once")))]
#[delete("/mail-queue/pause")]
async fn resume(call: Call) -> Answer {
    call.remove(move |w, who| {
        require_in_charge(who)?;
        if !queue::release(w)? {
            return Err(Failure::not_found());
        }
        let act = Act {
            actor: Some(who.id),
            act: "mail-queue.resumed",
            object: ("mail-queue", 1),
            competition: None,
            coalition: None,
            detail: json!({}),
        };
        audit::record(w, act)
    })
    .await
}

fn require_in_charge(who: &Person) -> Result<()> {
    if who.administrator || who.is_officer_somewhere() {
        return Ok(());
    }
    Err(not_yours())
}

/// What was noted of a report.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct BounceView {
    /// The message that the report is about.
    message: MessageId,
    /// The status that it reports.
    #[schema(example = "5.1.1")]
    status: String,
    /// Whether delivery failed for good; the message is a dead letter then.
    permanent: bool,
}

/// Takes a delivery report (RFC 3464) as it came by mail.
///
/// For administrators; by a token, with the scope `bounces`.
#[utoipa::path(
    tag = "mail",
    request_body(content = String, content_type = "message/rfc822"),
    responses((status = 200, body = BounceView))
)]
#[post("/bounces")]
async fn hand_in(call: Call, input: RawInput) -> Answer {
    let body: Arc<Body> = input.0;
    call.needing(Scope::Bounces)
        .act(move |w, who| {
            if !who.administrator {
                return Err(Failure::forbidden(
                    "Administrators hand in delivery reports.",
                ));
            }
            note_bounce(w, who, body.of_type("message/rfc822")?)
        })
        .await
}

fn note_bounce(w: &mut Writes<'_>, who: &Person, eml: &[u8]) -> Result<BounceView> {
    let bounced = bounce::hand_in(w, eml)?;
    let report = bounced.report;
    let act = Act {
        actor: Some(who.id),
        act: "message.bounced",
        object: ("message", report.message.0),
        competition: bounced.competition,
        coalition: bounced.coalition,
        detail: json!({"status": report.status, "permanent": report.permanent}),
    };
    audit::record(w, act)?;
    Ok(BounceView {
        message: report.message,
        status: report.status,
        permanent: report.permanent,
    })
}
