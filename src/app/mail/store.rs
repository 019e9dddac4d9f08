//! Rows of the outbox as officers and administrators may see them.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::coalitions::store as coalitions;
use crate::competitions;
use crate::people::links::LinkKind;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{links, mailings, messages, people, stages, submissions};
use crate::platform::db::{Conn, Reads};
use crate::platform::http::PageAsked;
use crate::platform::ids::{CoalitionId, CompetitionId, LinkId, MessageId, PersonId, StageId};
use crate::platform::outbox::MessageState;
use crate::platform::refusal::{OrNotFound as _, Result};

/// A message as those see it who look after its delivery; never its words.
#[derive(Clone, Debug, Serialize, Queryable, ToSchema)]
pub struct MessageView {
    /// Identity; it stands in the message's `Message-ID`.
    pub id: MessageId,
    /// Which of the catalogue's messages it is.
    #[schema(example = "submission-receipt")]
    pub kind: String,
    /// The recipient's address.
    pub address: String,
    /// The competition that it belongs to.
    pub competition: Option<CompetitionId>,
    /// The coalition that it is about.
    pub coalition: Option<CoalitionId>,
    /// What became of it.
    pub state: MessageState,
    /// Since when it was to be sent.
    pub due_at: Instant,
    /// How often it was tried.
    pub attempts: i32,
    /// What the mail server said last.
    pub last_error: Option<String>,
    /// When the act happened that it tells of.
    pub created_at: Instant,
    /// When it came back, if it did.
    pub bounced_at: Option<Instant>,
}

/// Whose messages someone sees.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Of these competitions only; of all, and of none, for administrators.
    pub competitions: Option<Vec<CompetitionId>>,
    /// Coalitions with which they conflict.
    pub closed: Vec<CoalitionId>,
    /// What nobody may know of yet.
    pub sealed: Sealed,
}

/// Stages that are sealed at this moment: whether a coalition has submitted there, and how far its
/// draft is, shows in no letter either.
#[derive(Clone, Debug, Default)]
pub struct Sealed {
    stages: Vec<StageId>,
    competitions: Vec<CompetitionId>,
    /// Coalitions that have more time than others.
    coming: Vec<CoalitionId>,
}

/// Letters about a draft: that it is to be confirmed, is confirmed, or is no more.
const ABOUT_DRAFTS: &str = "proposal";
/// Letters to a group, which may be those who have submitted, or have not.
const TO_A_GROUP: &str = "mailing";
/// The letter to coalitions that have submitted nothing.
const NOTHING_SUBMITTED: &str = "submission-reminder";

/// What is sealed at this moment.
///
/// # Errors
/// When the database fails.
pub fn sealed(r: &mut Reads<'_>) -> Result<Sealed> {
    let able: Vec<StageId> = stages::table
        .filter(stages::sealed.eq(true))
        .select(stages::id)
        .load(r.conn())?;
    let (now, mut sealed) = (r.now(), Sealed::default());
    sealed.coming = coalitions::with_more_time(r)?;
    for id in able {
        let stage = competitions::store::stage(r, id)?;
        if let Some(stage) = stage.filter(|stage| stage.is_sealed_at(now)) {
            sealed.stages.push(id);
            sealed.competitions.push(stage.competition_id);
        }
    }
    Ok(sealed)
}

type Columns = (
    messages::id,
    messages::kind,
    messages::address,
    messages::competition_id,
    messages::coalition_id,
    messages::state,
    messages::due_at,
    messages::attempts,
    messages::last_error,
    messages::created_at,
    messages::bounced_at,
);

const COLUMNS: Columns = (
    messages::id,
    messages::kind,
    messages::address,
    messages::competition_id,
    messages::coalition_id,
    messages::state,
    messages::due_at,
    messages::attempts,
    messages::last_error,
    messages::created_at,
    messages::bounced_at,
);

type Rows<'q> = messages::BoxedQuery<'q, <Conn as diesel::Connection>::Backend>;

/// Letters that tell of nothing sealed.
fn unsealed(sealed: &Sealed) -> Rows<'static> {
    let submitted = submissions::table
        .filter(submissions::stage_id.eq_any(sealed.stages.clone()))
        .select(submissions::id);
    let to_who_submitted = mailings::table
        .filter(mailings::sealed.eq(true))
        .filter(mailings::stage_id.eq_any(sealed.stages.clone()))
        .select(mailings::id);
    let sealed_stages: Vec<i64> = sealed.stages.iter().map(|stage| stage.0).collect();
    messages::table
        .filter(
            messages::cause_kind
                .ne("submission")
                .or(messages::cause_id.ne_all(submitted)),
        )
        .filter(
            messages::cause_kind
                .ne(TO_A_GROUP)
                .or(messages::cause_id.ne_all(to_who_submitted)),
        )
        .filter(
            messages::kind
                .ne(NOTHING_SUBMITTED)
                .or(messages::cause_id.ne_all(sealed_stages)),
        )
        .filter(
            messages::cause_kind
                .ne(ABOUT_DRAFTS)
                .or(messages::competition_id.is_null())
                .or(messages::competition_id.ne_all(sealed.competitions.clone())),
        )
        .filter(
            messages::cause_kind
                .ne_all(["submission", ABOUT_DRAFTS, TO_A_GROUP])
                .and(messages::kind.ne(NOTHING_SUBMITTED))
                .or(messages::coalition_id.is_null())
                .or(messages::coalition_id
                    .assume_not_null()
                    .ne_all(sealed.coming.clone())),
        )
        .into_boxed()
}

/// Letters within someone's sight.
fn within(sight: &Sight) -> Rows<'static> {
    let rows = unsealed(&sight.sealed).filter(
        messages::coalition_id
            .is_null()
            .or(messages::coalition_id.ne_all(sight.closed.clone())),
    );
    match &sight.competitions {
        Some(own) => rows.filter(messages::competition_id.eq_any(own.clone())),
        None => rows,
    }
}

/// Dead letters within someone's sight, newest first.
///
/// # Errors
/// When the database fails.
pub fn dead_letters(
    r: &mut Reads<'_>,
    sight: &Sight,
    competition: Option<CompetitionId>,
    page: &PageAsked,
) -> Result<Vec<MessageView>> {
    let after = page
        .after::<(String, i64)>()?
        .and_then(|(at, id)| Some((Instant::parse(&at).ok()?, MessageId(id))));
    let mut rows = within(sight).filter(messages::state.eq(MessageState::Dead));
    if let Some(one) = competition {
        rows = rows.filter(messages::competition_id.eq(Some(one)));
    }
    if let Some((at, id)) = after {
        rows = rows.filter(
            messages::created_at
                .lt(at)
                .or(messages::created_at.eq(at).and(messages::id.lt(id))),
        );
    }
    Ok(rows
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(page.fetch())
        .select(COLUMNS)
        .load(r.conn())?)
}

/// Letters of a competition that are dead since a moment, other than of this kind and those that
/// tell of something sealed: competition, coalition, and when they were given up.
///
/// # Errors
/// When the database fails.
pub fn died_since(
    r: &mut Reads<'_>,
    other_than: &str,
    since: Instant,
) -> Result<Vec<(CompetitionId, Option<CoalitionId>, Instant)>> {
    let sealed = sealed(r)?;
    let rows: Vec<(Option<CompetitionId>, Option<CoalitionId>, Option<Instant>)> =
        unsealed(&sealed)
            .filter(messages::state.eq(MessageState::Dead))
            .filter(messages::kind.ne(other_than.to_owned()))
            .filter(messages::died_at.gt(since))
            .select((
                messages::competition_id,
                messages::coalition_id,
                messages::died_at,
            ))
            .load(r.conn())?;
    Ok(rows
        .into_iter()
        .filter_map(|(competition, coalition, at)| Some((competition?, coalition, at?)))
        .collect())
}

/// One letter, dead or not, if it is within someone's sight.
///
/// # Errors
/// When the database fails.
pub fn letter(r: &mut Reads<'_>, sight: &Sight, id: MessageId) -> Result<Option<MessageView>> {
    Ok(within(sight)
        .filter(messages::id.eq(id))
        .select(COLUMNS)
        .first(r.conn())
        .optional()?)
}

/// The message, whatever became of it.
///
/// # Errors
/// When it is not there.
pub fn message(r: &mut Reads<'_>, id: MessageId) -> Result<MessageView> {
    messages::table
        .find(id)
        .select(COLUMNS)
        .first(r.conn())
        .optional()?
        .or_not_found()
}

/// The address of a person.
///
/// # Errors
/// When there is no such person.
pub fn address_of(r: &mut Reads<'_>, person: PersonId) -> Result<String> {
    people::table
        .find(person)
        .select(people::email)
        .first(r.conn())
        .optional()?
        .or_not_found()
}

/// The person's link that turns reminders off, if there is one that stays good until then.
///
/// # Errors
/// When the database fails.
pub fn unsubscribe_link(
    r: &mut Reads<'_>,
    person: PersonId,
    good_until: Instant,
) -> Result<Option<LinkId>> {
    Ok(links::table
        .filter(links::person_id.eq(person))
        .filter(links::kind.eq(LinkKind::Unsubscribe))
        .filter(links::used_at.is_null())
        .filter(links::expires_at.gt(good_until))
        .order(links::id)
        .select(links::id)
        .first(r.conn())
        .optional()?)
}
