//! Releasing the reviewers' words to the coalitions, one by one or all at once.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::competitions::model::Stage;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk, desk_behind};
use crate::decisions::feedback::{Release, ReleaseState, digest_of};
use crate::decisions::model::Moment;
use crate::decisions::readiness::{by_narrative, narratives, unsettled};
use crate::decisions::rules::TEXT_AT_MOST;
use crate::decisions::shown::NamedCoalition;
use crate::decisions::store;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input, Page, PageAsked};
use crate::platform::ids::{CoalitionId, ReviewId, StageId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::reviews::model::Review;
use crate::reviews::rules::plain;
use crate::reviews::store as reviews;

/// A narrative, and what is decided on it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NarrativeView {
    /// The review.
    pub review_id: ReviewId,
    /// The criterion's key.
    pub criterion: String,
    /// Whose submission it is about.
    pub coalition: NamedCoalition,
    /// The juror's words.
    pub narrative: String,
    /// What was decided; null while it waits.
    pub state: Option<ReleaseState>,
    /// What the coalition reads or would read, the note to the juror, or why it is withheld.
    pub text: Option<String>,
    /// Whether the decision holds: the juror has not written anew since.
    pub settled: bool,
}

/// What an officer decides on a narrative.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "redacted", "text": "The table lacks a lender with a record."}))]
pub struct ReleaseInput {
    /// Released, redacted, withheld, or to be reworded by the juror.
    pub state: ReleaseState,
    /// The redacted words, why it is withheld, or what to reword; absent when released.
    #[serde(default)]
    pub text: Option<String>,
}

/// How many narratives were released together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Released {
    /// How many.
    pub released: usize,
}

/// Which narratives are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NarrativeFilter {
    /// Those on which a decision holds, or those that wait.
    pub settled: Option<bool>,
    /// With this decision only.
    pub state: Option<ReleaseState>,
    /// About this coalition's submission only.
    pub coalition: Option<CoalitionId>,
}

impl NarrativeFilter {
    fn takes(self, view: &NarrativeView) -> bool {
        self.settled.is_none_or(|wanted| view.settled == wanted)
            && self.state.is_none_or(|wanted| view.state == Some(wanted))
            && self
                .coalition
                .is_none_or(|wanted| view.coalition.id == wanted)
    }
}

/// Every narrative of a stage that the coalitions may come to read.
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    asked: impl FnOnce() -> Result<(PageAsked, NarrativeFilter)>,
) -> Result<Page<NarrativeView>> {
    let desk = desk(r, who, stage, Right::Decide)?;
    let (asked, filter) = asked()?;
    let mut views = Vec::new();
    if desk.moment != Moment::TooEarly {
        let releases = store::releases_of_stage(r, stage)?;
        let releases = by_narrative(&releases);
        let names = desk.coalitions(r)?;
        for review in reviews::submitted_reviews(r, stage)? {
            let Some(coalition) = names.get(&review.coalition_id) else {
                continue;
            };
            if !desk.sees(coalition.id) {
                continue;
            }
            views.extend(narratives(&review).map(|(criterion, words)| {
                let release = releases.get(&(review.id, criterion)).copied();
                view(
                    &review,
                    criterion,
                    words,
                    NamedCoalition::from(coalition),
                    release,
                )
            }));
        }
    }
    let key = |view: &NarrativeView| {
        let text = format!(
            "{} {} {}",
            view.coalition.name, view.criterion, view.review_id
        );
        (text, view.review_id.0)
    };
    views.retain(|view| filter.takes(view));
    views.sort_by_key(key);
    Page::of_all(views, &asked, key)
}

fn view(
    review: &Review,
    criterion: &str,
    words: &str,
    coalition: NamedCoalition,
    release: Option<&Release>,
) -> NarrativeView {
    NarrativeView {
        review_id: review.id,
        criterion: criterion.to_owned(),
        coalition,
        narrative: words.to_owned(),
        state: release.map(|release| release.state),
        text: release.map(|release| release.body.clone()),
        settled: release.is_some_and(|release| release.settles(words)),
    }
}

/// A narrative that counts, with its desk, for who decides there.
struct Case {
    desk: Desk,
    review: Review,
    words: String,
    release: Option<Release>,
    coalition: NamedCoalition,
}

fn case(r: &mut Reads<'_>, who: &Person, id: ReviewId, criterion: &str) -> Result<Case> {
    let (stage, coalition) = store::review(r, id)?.or_not_found()?;
    let desk = desk_behind(r, who, stage, Right::Decide)?;
    let named = NamedCoalition::from(&desk.coalition(r, coalition)?);
    let (review, words) = narrative(r, stage, coalition, id, criterion)?;
    Ok(Case {
        release: release_of(r, stage, coalition, id, criterion)?,
        coalition: named,
        desk,
        review,
        words,
    })
}

/// A narrative that counts, of a submitted review.
pub(super) fn narrative(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
    id: ReviewId,
    criterion: &str,
) -> Result<(Review, String)> {
    let review = reviews::submitted_reviews_of(r, stage, coalition)?
        .into_iter()
        .find(|review| review.id == id)
        .or_not_found()?;
    let words = narratives(&review)
        .find(|(key, _)| *key == criterion)
        .map(|(_, words)| words.to_owned())
        .or_not_found()?;
    Ok((review, words))
}

/// What is decided on a narrative.
pub(super) fn release_of(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
    id: ReviewId,
    criterion: &str,
) -> Result<Option<Release>> {
    Ok(store::releases_of_coalition(r, stage, coalition)?
        .into_iter()
        .find(|release| release.review == id && release.criterion == criterion))
}

impl Case {
    fn shown(&self, criterion: &str) -> NarrativeView {
        let coalition = self.coalition.clone();
        view(
            &self.review,
            criterion,
            &self.words,
            coalition,
            self.release.as_ref(),
        )
    }

    /// What the coalition would read of it.
    fn body(&self, input: ReleaseInput) -> Result<String> {
        let text = plain(input.text.as_deref().unwrap_or_default())
            .trim()
            .to_owned();
        if characters(&text) > TEXT_AT_MOST {
            let detail = format!("At most {TEXT_AT_MOST} characters.");
            return Err(Failure::invalid("/text", detail));
        }
        match input.state {
            ReleaseState::Released if !text.is_empty() => Err(Failure::invalid(
                "/text",
                "What is released is the juror's text; redact it to change it.",
            )),
            ReleaseState::Released => Ok(match &self.release {
                Some(release) if release.state == ReleaseState::Reworded => release.body.clone(),
                _ => self.words.clone(),
            }),
            ReleaseState::Reworded => Err(Failure::invalid(
                "/state",
                "Only the juror writes it anew; ask with to_reword.",
            )),
            _ if text.is_empty() => Err(Failure::invalid("/text", "Write it.")),
            ReleaseState::Redacted | ReleaseState::Withheld | ReleaseState::ToReword => Ok(text),
        }
    }

    fn require_changeable(&self, state: ReleaseState) -> Result<()> {
        self.desk.require_changeable()?;
        if self.desk.moment == Moment::Told && state == ReleaseState::ToReword {
            return Err(Failure::rule(
                Rule::WrongPhase,
                "Coalitions were told; release, redact or withhold what is there.",
            ));
        }
        Ok(())
    }
}

/// What is decided on one narrative.
pub fn show(
    r: &mut Reads<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
) -> Result<NarrativeView> {
    Ok(case(r, who, id, criterion)?.shown(criterion))
}

/// Decides on one narrative.
pub fn decide(
    w: &mut Writes<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
    if_match: &IfMatch,
    input: &Input<ReleaseInput>,
) -> Result<NarrativeView> {
    let case = case(w, who, id, criterion)?;
    if_match.check(&case.shown(criterion))?;
    case.desk.require_changeable()?;
    let input = input.get()?;
    let state = input.state;
    case.require_changeable(state)?;
    let body = case.body(input)?;
    let release = settle(w, who, &case.review, criterion, &case.words, (state, body))?;
    if state == ReleaseState::ToReword {
        ask_juror(w, &case, &release)?;
    }
    show(w, who, id, criterion)
}

/// Writes what is decided on a narrative, with its trace.
pub(super) fn settle(
    w: &mut Writes<'_>,
    who: &Person,
    review: &Review,
    criterion: &str,
    words: &str,
    (state, body): (ReleaseState, String),
) -> Result<Release> {
    let release = Release {
        order: w.fresh_id(),
        review: review.id,
        criterion: criterion.to_owned(),
        state,
        body,
        original_digest: digest_of(words),
        decided_by: who.id,
        decided_at: w.now(),
    };
    store::save_release(w, &release)?;
    let act = match state {
        ReleaseState::Released => "narrative.released",
        ReleaseState::Redacted => "narrative.redacted",
        ReleaseState::Withheld => "narrative.withheld",
        ReleaseState::ToReword => "narrative.sent_back",
        ReleaseState::Reworded => "narrative.reworded",
    };
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("review", review.id.0),
            competition: Some(review.competition_id),
            coalition: Some(review.coalition_id),
            detail: json!({
                "criterion": criterion,
                "original": release.original_digest,
                "text": digest_of(&release.body),
            }),
        },
    )?;
    Ok(release)
}

fn ask_juror(w: &mut Writes<'_>, case: &Case, release: &Release) -> Result<()> {
    let asked_at = w.now();
    let fields = json!({
        "competition": case.desk.competition.title(),
        "coalition": case.coalition.name,
        "criterion": criterion_title(&case.desk.stage, &release.criterion),
        "request": release.body,
        "path": "/rewordings",
    });
    outbox::enqueue(
        w,
        Letter {
            kind: "narrative-to-reword",
            to: Recipient::Person(case.review.person_id),
            dedupe_key: format!(
                "narrative-to-reword:{}:{}:{asked_at}",
                release.review, release.criterion
            ),
            cause: ("review", release.review.0),
            competition: Some(case.desk.competition.id),
            coalition: Some(case.coalition.id),
            due_at: None,
            fields,
        },
    )?;
    Ok(())
}

/// What a criterion is called.
pub(super) fn criterion_title(stage: &Stage, key: &str) -> String {
    let rubric = stage.rubric.as_ref();
    let criterion = rubric.and_then(|rubric| rubric.criterion(key));
    criterion.map_or_else(|| key.to_owned(), |criterion| criterion.title.clone())
}

/// Releases every narrative of a stage that still waits, as it was written. What a juror was asked
/// to reword goes on waiting.
pub fn release_all(w: &mut Writes<'_>, who: &Person, stage: StageId) -> Result<Released> {
    let desk = desk(w, who, stage, Right::Decide)?;
    desk.require_changeable()?;
    let releases = store::releases_of_stage(w, stage)?;
    let releases = by_narrative(&releases);
    let mut released = 0;
    for review in reviews::submitted_reviews(w, stage)? {
        if !desk.sees(review.coalition_id) {
            continue;
        }
        for (criterion, words) in unsettled(&review, &releases) {
            let asked = releases
                .get(&(review.id, criterion))
                .is_some_and(|release| {
                    matches!(
                        release.state,
                        ReleaseState::ToReword | ReleaseState::Reworded
                    )
                });
            if !asked {
                let said = (ReleaseState::Released, words.to_owned());
                settle(w, who, &review, criterion, words, said)?;
                released += 1;
            }
        }
    }
    Ok(Released { released })
}
