//! Jurors rewording what an officer sent back.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::notices::officers_for;
use super::releases::{criterion_title, narrative, release_of, settle};
use crate::coalitions::doors;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Phase, Stage};
use crate::competitions::store as competitions;
use crate::decisions::feedback::{Release, ReleaseState};
use crate::decisions::rules::TEXT_AT_MOST;
use crate::decisions::shown::NamedCoalition;
use crate::decisions::store;
use crate::people::Person;
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input, Page, PageAsked};
use crate::platform::ids::{ReviewId, StageId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::reviews::model::Review;
use crate::reviews::rules::plain;

/// New words of a juror who was asked for them.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RewordingInput {
    /// The new words.
    pub text: String,
}

/// What a juror is asked to reword.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RewordingView {
    /// The review.
    pub review_id: ReviewId,
    /// The criterion's key.
    pub criterion: String,
    /// The words as they were written.
    pub narrative: String,
    /// The officer's request, until it is answered.
    pub request: Option<String>,
    /// The new words, once given.
    pub reworded: Option<String>,
}

/// Something that a juror is asked to reword, among others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenRewording {
    /// The stage.
    pub stage_id: StageId,
    /// Whose submission it is about.
    pub coalition: NamedCoalition,
    /// What the criterion is called.
    pub title: String,
    /// What is asked.
    #[serde(flatten)]
    pub rewording: RewordingView,
}

/// What officers ask the caller to reword and what still waits for new words.
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    asked: impl FnOnce() -> Result<PageAsked>,
) -> Result<Page<OpenRewording>> {
    let asked = asked()?;
    let mut open = Vec::new();
    for (id, criterion) in store::asked_to_reword(r, who.id)? {
        let (review, words, release) = match own(r, who, id, &criterion) {
            Err(Failure::Refused(_)) => continue,
            found => found?,
        };
        let stage = competitions::stage(r, review.stage_id)?.or_not_found()?;
        let coalition = coalitions::coalition(r, review.coalition_id)?.or_not_found()?;
        if stage.told_at.is_none() {
            open.push(OpenRewording {
                stage_id: stage.id,
                coalition: NamedCoalition::from(&coalition),
                title: criterion_title(&stage, &criterion),
                rewording: rewording(&criterion, words, &release),
            });
        }
    }
    let key = |item: &OpenRewording| {
        let of = &item.rewording;
        (of.review_id.0, of.criterion.clone())
    };
    open.sort_by_key(key);
    Page::of_all(open, &asked, key)
}

/// A narrative of the caller's own review that an officer asked to reword.
fn own(
    r: &mut Reads<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
) -> Result<(Review, String, Release)> {
    let (stage, coalition) = store::review(r, id)?.or_not_found()?;
    let (review, words) = narrative(r, stage, coalition, id, criterion)?;
    let shut_out = doors::is_closed(r, who.id, coalition)?;
    if review.person_id != who.id || shut_out {
        return Err(Failure::not_found());
    }
    let release = release_of(r, stage, coalition, id, criterion)?
        .filter(|release| {
            matches!(
                release.state,
                ReleaseState::ToReword | ReleaseState::Reworded
            )
        })
        .or_not_found()?;
    Ok((review, words, release))
}

fn rewording(criterion: &str, words: String, release: &Release) -> RewordingView {
    let asked = release.state == ReleaseState::ToReword;
    RewordingView {
        review_id: release.review,
        criterion: criterion.to_owned(),
        narrative: words,
        request: asked.then(|| release.body.clone()),
        reworded: (!asked).then(|| release.body.clone()),
    }
}

/// What the caller, a juror, is asked to reword.
pub fn show_rewording(
    r: &mut Reads<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
) -> Result<RewordingView> {
    let (_, words, release) = own(r, who, id, criterion)?;
    Ok(rewording(criterion, words, &release))
}

/// Gives the new words; the old ones are kept beside them. An officer releases them then.
pub fn reword(
    w: &mut Writes<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
    if_match: &IfMatch,
    input: &Input<RewordingInput>,
) -> Result<RewordingView> {
    let (review, words, release) = own(w, who, id, criterion)?;
    if_match.check(&rewording(criterion, words.clone(), &release))?;
    let now = w.now();
    let stage = competitions::stage(w, review.stage_id)?.or_not_found()?;
    if stage.phase(now) >= Phase::Told || stage.told_at.is_some() {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "The announcement is confirmed: the text can't change any more.",
        ));
    }
    let text = plain(&input.get()?.text).trim().to_owned();
    if text.is_empty() || characters(&text) > TEXT_AT_MOST {
        let detail = format!("Between 1 and {TEXT_AT_MOST} characters.");
        return Err(Failure::invalid("/text", detail));
    }
    settle(
        w,
        who,
        &review,
        criterion,
        &words,
        (ReleaseState::Reworded, text),
    )?;
    tell_officer(w, &review, &stage, &release)?;
    show_rewording(w, who, id, criterion)
}

/// Who asked learns that the new words are there; where they are no officer by now or may not look,
/// every officer who may.
fn tell_officer(w: &mut Writes<'_>, review: &Review, stage: &Stage, asked: &Release) -> Result<()> {
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    let coalition = coalitions::coalition(w, review.coalition_id)?.or_not_found()?;
    let mut officers = officers_for(w, competition.id, coalition.id)?;
    if officers.contains(&asked.decided_by) {
        officers = vec![asked.decided_by];
    }
    let now = w.now();
    for officer in officers {
        outbox::enqueue(
            w,
            Letter {
                kind: "narrative-reworded",
                to: Recipient::Person(officer),
                dedupe_key: format!(
                    "narrative-reworded:{}:{}:{now}:{officer}",
                    review.id, asked.criterion
                ),
                cause: ("review", review.id.0),
                competition: Some(competition.id),
                coalition: Some(coalition.id),
                due_at: None,
                fields: json!({
                    "competition": competition.title(),
                    "stage": stage.name,
                    "coalition": coalition.name,
                    "criterion": criterion_title(stage, &asked.criterion),
                }),
            },
        )?;
    }
    Ok(())
}
