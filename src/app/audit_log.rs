//! The audit log, for administrators and for the officers of a competition. A row that tells of a
//! coalition is hidden from whoever conflicts with it; what coalitions write is hidden while they
//! write, and what they submit while it is sealed. It lies here and not in `platform`, because
//! who may see a row depends on the competition and on conflicts.

use actix_web::get;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::coalitions::{doors, store as coalitions};
use crate::competitions;
use crate::people::{Call, Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::db::schema::{audit_log as log, mailings, messages, stages, submissions};
use crate::platform::http::{Answer, Asked, Page, PageAsked};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId};
use crate::platform::refusal::{Failure, FieldError, Refusal, Result};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// How to narrow the log.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Of one competition.
    competition: Option<i64>,
    /// By one person.
    actor: Option<i64>,
    /// One kind of act, for example `submission.created`.
    act: Option<String>,
    /// Kind of the object, for example `submission`.
    object_kind: Option<String>,
    /// Identity of the object.
    object_id: Option<i64>,
    /// Not before this moment.
    from: Option<String>,
    /// Before this moment.
    until: Option<String>,
    /// Items on the page, 1 to 200.
    limit: Option<u32>,
    /// From the page before.
    cursor: Option<String>,
}

/// One act in the log.
#[derive(Clone, Debug, Serialize, Queryable, ToSchema)]
struct Row {
    /// Identity.
    id: i64,
    /// When.
    at: Instant,
    /// Who; null for the server itself.
    actor: Option<PersonId>,
    /// What was done.
    act: String,
    /// Kind of the object.
    object_kind: String,
    /// Identity of the object.
    object_id: i64,
    /// The competition it belongs to.
    competition: Option<CompetitionId>,
    /// The coalition it tells of.
    coalition: Option<CoalitionId>,
    /// Ids and digests, as JSON.
    #[serde(serialize_with = "as_json")]
    #[schema(value_type = Object)]
    detail: String,
    /// Its place in the chain; null until it has one.
    position: Option<i64>,
    /// Its hash in the chain.
    hash: Option<String>,
}

fn as_json<S: serde::Serializer>(
    text: &str,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serde_json::from_str::<serde_json::Value>(text)
        .unwrap_or_default()
        .serialize(serializer)
}

/// The audit log, newest first. Administrators see all, officers that of their competitions.
#[utoipa::path(tag = "administration", params(Filter), responses((status = 200, body = Page<Row>)))]
#[get("/audit-log")]
async fn list(call: Call, query: Asked<Filter>) -> Answer {
    call.read_page(move |r, who| {
        let mine = who.competitions_as(Role::Officer);
        if !who.administrator && mine.is_empty() {
            return Err(Failure::not_found());
        }
        rows(r, who, &mine, &query.get()?)
    })
    .await
}

fn rows(
    r: &mut Reads<'_>,
    who: &Person,
    mine: &[CompetitionId],
    filter: &Filter,
) -> Result<Page<Row>> {
    let asked = PageAsked::new(filter.limit, filter.cursor.as_deref())?;
    let closed: Vec<CoalitionId> = doors::closed_to(r, who.id)?.into_iter().collect();
    let unread = Unread::at_this_moment(r)?;
    let sealed_submissions = submissions::table
        .filter(submissions::stage_id.eq_any(unread.sealed.clone()))
        .select(submissions::id);
    let sealed_mail = messages::table
        .filter(messages::cause_kind.eq("submission"))
        .filter(messages::cause_id.eq_any(sealed_submissions))
        .select(messages::id);
    let sealed_mailings = mailings::table
        .filter(mailings::sealed.eq(true))
        .filter(mailings::stage_id.eq_any(unread.sealed.clone()))
        .select(mailings::id);
    let mail_to_groups = messages::table
        .filter(messages::cause_kind.eq("mailing"))
        .filter(messages::cause_id.eq_any(sealed_mailings))
        .select(messages::id);
    let mut query = log::table
        .filter(
            log::coalition_id
                .is_null()
                .or(log::coalition_id.ne_all(closed)),
        )
        .filter(
            log::object_kind
                .ne_all(vec!["proposal", "attachment"])
                .or(log::stage_id.is_null())
                .or(log::stage_id.assume_not_null().ne_all(unread.written)),
        )
        .filter(
            log::object_kind
                .ne("submission")
                .or(log::stage_id.is_null())
                .or(log::stage_id.assume_not_null().ne_all(unread.sealed)),
        )
        .filter(
            log::object_kind
                .ne_all(OF_DRAFTS)
                .or(log::coalition_id.is_null())
                .or(log::coalition_id.assume_not_null().ne_all(unread.coming)),
        )
        .filter(
            log::object_kind
                .ne("message")
                .or(log::object_id.ne_all(sealed_mail)),
        )
        .filter(
            log::object_kind
                .ne("message")
                .or(log::object_id.ne_all(mail_to_groups)),
        )
        .order((log::at.desc(), log::id.desc()))
        .limit(asked.fetch())
        .select((
            log::id,
            log::at,
            log::actor,
            log::act,
            log::object_kind,
            log::object_id,
            log::competition_id,
            log::coalition_id,
            log::detail,
            log::position,
            log::hash,
        ))
        .into_boxed();
    if !who.administrator {
        query = query.filter(log::competition_id.eq_any(mine.to_vec()));
    }
    if let Some(competition) = filter.competition {
        query = query.filter(log::competition_id.eq(competition));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(log::actor.eq(actor));
    }
    if let Some(act) = &filter.act {
        query = query.filter(log::act.eq(act));
    }
    if let Some(kind) = &filter.object_kind {
        query = query.filter(log::object_kind.eq(kind));
    }
    if let Some(id) = filter.object_id {
        query = query.filter(log::object_id.eq(id));
    }
    if let Some(from) = moment("?from", filter.from.as_deref())? {
        query = query.filter(log::at.ge(from));
    }
    if let Some(until) = moment("?until", filter.until.as_deref())? {
        query = query.filter(log::at.lt(until));
    }
    if let Some((at, id)) = asked.after::<(String, i64)>()? {
        let at = moment("?cursor", Some(&at))?.unwrap_or(r.now());
        query = query.filter(log::at.lt(at).or(log::at.eq(at).and(log::id.lt(id))));
    }
    let rows: Vec<Row> = query.load(r.conn())?;
    Ok(Page::cut(rows, &asked, |row| (row.at.to_string(), row.id)))
}

/// Stages of which office may not read everything yet.
struct Unread {
    /// Drafts can still be written: of a draft, office knows no more than that there is one.
    written: Vec<i64>,
    /// Submissions are sealed: nobody knows of them.
    sealed: Vec<i64>,
    /// Coalitions that have more time than others: of what they write and hand in nobody knows.
    coming: Vec<CoalitionId>,
}

/// What a coalition does about its proposal.
const OF_DRAFTS: [&str; 4] = ["proposal", "attachment", "submission", "message"];

impl Unread {
    fn at_this_moment(r: &mut Reads<'_>) -> Result<Self> {
        let now = r.now();
        let mut unread = Self {
            written: Vec::new(),
            sealed: Vec::new(),
            coming: coalitions::with_more_time(r)?,
        };
        let able: Vec<StageId> = stages::table.select(stages::id).load(r.conn())?;
        for id in able {
            let Some(stage) = competitions::store::stage(r, id)? else {
                continue;
            };
            if stage.can_still_take(now) {
                unread.written.push(id.0);
            }
            if stage.is_sealed_at(now) {
                unread.sealed.push(id.0);
            }
        }
        Ok(unread)
    }
}

fn moment(pointer: &str, text: Option<&str>) -> Result<Option<Instant>> {
    let Some(text) = text else { return Ok(None) };
    let wrong = |_| {
        Refusal::BadQuery(vec![FieldError::at(
            pointer,
            "a time is written like 2026-04-24T21:00:00Z",
        )])
    };
    Ok(Some(Instant::parse(text).map_err(wrong)?))
}
