//! Setting up and showing competitions.

use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::seen;
use crate::competitions::access::{Ties, may_create, rights};
use crate::competitions::model::{Competition, EligibilityRule, Sector};
use crate::competitions::store::{self, CompetitionsAsked};
use crate::competitions::views::CompetitionView;
use crate::people::granting::{self, Granter};
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, Input, Page, PageAsked};
use crate::platform::ids::CompetitionId;
use crate::platform::refusal::{Failure, FieldError, Refusal, Result, Rule, refuse_if_any};

/// Which competitions are listed.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompetitionsQuery {
    /// Only this programme.
    programme: Option<String>,
    /// Only published (true) or only unpublished ones (false).
    published: Option<bool>,
    /// Items on a page, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A competition to set up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCompetition {
    /// The programme.
    #[schema(example = "Working Cities Challenge")]
    programme: String,
    /// The edition; with the programme it names one competition.
    #[schema(example = "Massachusetts, round 1")]
    edition: String,
    /// What the call is about, in plain text.
    #[serde(default)]
    summary: String,
    /// IANA name of the time zone that deadlines are shown in.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// ISO 4217 code of every amount.
    #[schema(example = "USD")]
    currency: String,
    /// The language of its letters, two letters; English unless given.
    #[serde(default = "english")]
    language: String,
    /// Sectors without which a coalition's table is not complete.
    #[serde(default)]
    required_sectors: Vec<Sector>,
    /// Which places may apply; all, unless given.
    #[serde(default)]
    eligibility: Vec<EligibilityRule>,
    /// Match in percent of the grant that is asked.
    #[serde(default)]
    match_required_percent: i32,
    /// The earlier edition it continues.
    #[serde(default)]
    continues: Option<CompetitionId>,
    /// Whether the names of jurors are published.
    #[serde(default)]
    roster_public: bool,
    /// The last moment at which questions to the office are taken; unless given, they are taken as
    /// long as a stage is open or to come.
    #[serde(default)]
    questions_until: Option<Instant>,
}

fn english() -> String {
    "en".to_owned()
}

/// The competitions that the caller may see, in the order of their creation.
pub fn list(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    asked: &Asked<CompetitionsQuery>,
) -> Result<Page<CompetitionView>> {
    let query = asked.get()?;
    let page = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let after = page.after()?.map(created_after).transpose()?;
    let found = store::competitions(
        r,
        &CompetitionsAsked {
            drafts_of: drafts_seen_by(who),
            programme: query.programme,
            published: query.published,
            after,
            limit: page.fetch(),
        },
    )?;
    let found = Page::cut(found, &page, |c| (c.created_at.to_string(), c.id.0));
    let mut items = Vec::with_capacity(found.items.len());
    for competition in found.items {
        items.push(view(r, who, competition)?);
    }
    Ok(Page {
        items,
        next: found.next,
    })
}

fn created_after((at, id): (String, i64)) -> Result<(Instant, i64)> {
    let at = Instant::parse(&at).map_err(|_| {
        Refusal::BadQuery(vec![FieldError::at("?cursor", "not a cursor of this list")])
    })?;
    Ok((at, id))
}

/// The unpublished competitions in reach: all (`None`) or those of one's roles.
fn drafts_seen_by(who: Option<&Person>) -> Option<Vec<CompetitionId>> {
    match who {
        Some(who) if who.administrator => None,
        Some(who) => Some(who.roles().iter().map(|(of, _)| *of).collect()),
        None => Some(Vec::new()),
    }
}

/// One competition.
pub fn show(r: &mut Reads<'_>, who: Option<&Person>, id: CompetitionId) -> Result<CompetitionView> {
    let (competition, _) = seen(r, who, id)?;
    view(r, who, competition)
}

pub(super) fn view(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    competition: Competition,
) -> Result<CompetitionView> {
    let continues = match competition.continues {
        Some(earlier) if may_see(r, who, earlier)? => Some(earlier),
        _ => None,
    };
    Ok(CompetitionView::of(competition, continues))
}

fn may_see(r: &mut Reads<'_>, who: Option<&Person>, id: CompetitionId) -> Result<bool> {
    let now = r.now();
    Ok(store::competition(r, id)?
        .is_some_and(|found| rights(Ties::of(who, id), found.is_published(now)).see))
}

/// Sets up a competition, unpublished; its creator becomes its officer.
pub fn create(
    w: &mut Writes<'_>,
    who: &Person,
    input: &Input<NewCompetition>,
) -> Result<Created<CompetitionView>> {
    require_create(who, w.now())?;
    let new = input.get()?;
    let competition = Competition {
        id: w.fresh_id(),
        programme: new.programme.trim().to_owned(),
        edition: new.edition.trim().to_owned(),
        summary: new.summary,
        time_zone: new.time_zone,
        currency: new.currency,
        language: new.language,
        required_sectors: new.required_sectors,
        eligibility: new.eligibility,
        match_required_percent: new.match_required_percent,
        continues: new.continues,
        roster_public: new.roster_public,
        questions_until: new.questions_until,
        published_at: None,
        created_by: who.id,
        created_at: w.now(),
        version: 1,
    };
    refuse_if_any(faults(w, who, &competition)?)?;
    add(w, who, &competition, None)?;
    made(w, who, competition)
}

/// A new competition makes its creator an officer, so it takes what granting a role takes: a fresh
/// sign-in, which no token has.
pub(super) fn require_create(who: &Person, now: Instant) -> Result<()> {
    if !may_create(who) {
        return Err(Failure::forbidden(
            "Competitions are set up by administrators and by officers of another competition.",
        ));
    }
    who.require_fresh(now)
}

pub(super) fn faults(
    r: &mut Reads<'_>,
    who: &Person,
    competition: &Competition,
) -> Result<Vec<FieldError>> {
    let mut errors = competition.errors();
    if let Some(earlier) = competition.continues
        && (earlier == competition.id || !may_see(r, Some(who), earlier)?)
    {
        errors.push(FieldError::at(
            "/continues",
            "There is no such competition to continue.",
        ));
    }
    Ok(errors)
}

/// One edition is one published call, and one draft of each office. What the caller may not see
/// does not stand in the way, and so is not told of.
pub(super) fn refuse_a_second(
    r: &mut Reads<'_>,
    who: &Person,
    competition: &Competition,
) -> Result<()> {
    let now = r.now();
    let there = store::editions(r, &competition.programme, &competition.edition)?;
    let seen = |other: &Competition| {
        other.id != competition.id
            && rights(Ties::of(Some(who), other.id), other.is_published(now)).see
    };
    if !there.iter().any(seen) {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::AlreadyThere,
        "There is a competition of this programme and edition.",
    ))
}

pub(super) fn add(
    w: &mut Writes<'_>,
    who: &Person,
    competition: &Competition,
    copy_of: Option<CompetitionId>,
) -> Result<()> {
    refuse_a_second(w, who, competition)?;
    store::insert_competition(w, competition)?;
    record(
        w,
        who,
        "competition.created",
        competition.id,
        json!({ "copy_of": copy_of, "officer": who.id }),
    )?;
    let by = Granter::Person(who);
    granting::give_role(w, by, who.id, competition.id, Role::Officer)
}

/// The creator's role is new, so the view is made as for who may see the draft.
pub(super) fn made(
    r: &mut Reads<'_>,
    who: &Person,
    competition: Competition,
) -> Result<Created<CompetitionView>> {
    let location = format!("/api/v1/competitions/{}", competition.id);
    Ok(Created::at(location, view(r, Some(who), competition)?))
}

pub(super) fn record(
    w: &mut Writes<'_>,
    who: &Person,
    act: &str,
    id: CompetitionId,
    detail: serde_json::Value,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("competition", id.0),
            competition: Some(id),
            coalition: None,
            detail,
        },
    )
}
