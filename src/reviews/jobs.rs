//! What reviewers are told behind acts that are recorded where reviews aren't known: reviews are
//! open, are open again, are due at another time. Called each minute; calling twice does nothing
//! more.

use std::collections::BTreeSet;

use serde_json::json;

use super::store;
use crate::coalitions::doors;
use crate::competitions::model::{Competition, Phase, Stage, StageActKind};
use crate::competitions::store as competitions;
use crate::panels::model::{Assignment, AssignmentState};
use crate::panels::store::{self as panels, Filter};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::PersonId;
use crate::platform::mail::times::moment;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};

/// How long after an act its letters may still be written, in days.
const LATEST: i64 = 3;

/// What is due: letters, and review deadlines that reviewers go by from now on.
#[derive(Debug, Default)]
pub struct News {
    letters: Vec<Letter>,
    deadlines: Vec<Stage>,
}

impl News {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.deadlines.is_empty()
    }
}

/// What reviewers have yet to be told.
///
/// # Errors
/// When the database fails.
pub fn news(r: &mut Reads<'_>) -> Result<News> {
    let mut news = News::default();
    for stage in competitions::published_stages(r)? {
        let phase = stage.phase(r.now());
        if !stage.has_review || !matches!(phase, Phase::Screening | Phase::Reviewing) {
            continue;
        }
        let competition = competitions::competition(r, stage.competition_id)?.or_not_found()?;
        if phase == Phase::Reviewing {
            let mut letters = opened(r, &competition, &stage)?;
            letters.extend(reopened(r, &competition, &stage)?);
            news.letters.extend(unwritten(r, letters)?);
        }
        let told = store::deadline_told(r, stage.id)?;
        if stage.review_deadline.is_some() && stage.review_deadline != told {
            if told.is_some() {
                news.letters.extend(moved(r, &competition, &stage)?);
            }
            news.deadlines.push(stage);
        }
    }
    Ok(news)
}

/// Writes it. Gives how many letters there are.
///
/// # Errors
/// When the database fails.
pub fn tell(w: &mut Writes<'_>) -> Result<usize> {
    let news = news(w)?;
    let count = news.letters.len();
    for letter in news.letters {
        outbox::enqueue(w, letter)?;
    }
    for stage in news.deadlines {
        if let Some(deadline) = stage.review_deadline {
            store::keep_deadline_told(w, stage.id, deadline)?;
        }
    }
    Ok(count)
}

fn unwritten(r: &mut Reads<'_>, letters: Vec<Letter>) -> Result<Vec<Letter>> {
    let mut unwritten = Vec::new();
    for letter in letters {
        if outbox::store::id_of_key(r, &letter.dedupe_key)?.is_none() {
            unwritten.push(letter);
        }
    }
    Ok(unwritten)
}

/// The last act of a kind, unless it is too long ago to tell of.
fn lately(stage: &Stage, kind: StageActKind, now: Instant) -> Option<Instant> {
    let acts = stage.acts.iter().filter(|act| act.act == kind);
    let last = acts.map(|act| act.at).max();
    last.filter(|at| *at > now.plus_days(-LATEST))
}

/// To whoever had accepted an assignment when screening was done.
fn opened(r: &mut Reads<'_>, competition: &Competition, stage: &Stage) -> Result<Vec<Letter>> {
    let Some(at) = lately(stage, StageActKind::ScreeningDone, r.now()) else {
        return Ok(Vec::new());
    };
    let people = reviewers(r, stage, |one| {
        one.state == AssignmentState::Accepted && one.answered_at.is_some_and(|then| then <= at)
    })?;
    let letter = |person| letter("reviews-open", competition, stage, at, person);
    Ok(people.into_iter().map(letter).collect())
}

/// To whoever has accepted one, when closed reviews are open again.
fn reopened(r: &mut Reads<'_>, competition: &Competition, stage: &Stage) -> Result<Vec<Letter>> {
    let Some(at) = lately(stage, StageActKind::ReviewsReopened, r.now()) else {
        return Ok(Vec::new());
    };
    let people = reviewers(r, stage, |one| one.state == AssignmentState::Accepted)?;
    let letter = |person| letter("reviews-reopened", competition, stage, at, person);
    Ok(people.into_iter().map(letter).collect())
}

/// To whoever has one that is asked or accepted, when reviews are due at another time.
fn moved(r: &mut Reads<'_>, competition: &Competition, stage: &Stage) -> Result<Vec<Letter>> {
    let now = r.now();
    let people = reviewers(r, stage, |one| {
        one.due_at.is_none() && Assignment::is_live(one)
    })?;
    let letter = |person| letter("review-deadline-moved", competition, stage, now, person);
    Ok(people.into_iter().map(letter).collect())
}

fn letter(
    kind: &'static str,
    competition: &Competition,
    stage: &Stage,
    at: Instant,
    person: PersonId,
) -> Letter {
    let mut fields = json!({"competition": competition.title(), "stage": stage.name});
    if kind != "reviews-reopened" {
        let due = stage.review_deadline;
        fields["due"] =
            json!(due.map_or_else(|| "—".to_owned(), |due| moment(due, &competition.time_zone)));
    }
    Letter {
        kind,
        to: Recipient::Person(person),
        dedupe_key: format!("{kind}:{}:{}:{person}", stage.id, at.micros()),
        cause: ("stage", stage.id.0),
        competition: Some(stage.competition_id),
        coalition: None,
        due_at: None,
        fields,
    }
}

/// Whoever has such an assignment, and a door that is open.
fn reviewers(
    r: &mut Reads<'_>,
    stage: &Stage,
    wanted: impl Fn(&Assignment) -> bool,
) -> Result<BTreeSet<PersonId>> {
    let mut people = BTreeSet::new();
    for assignment in panels::assignments_of_stage(r, stage.id, &Filter::default())? {
        if wanted(&assignment)
            && !people.contains(&assignment.person_id)
            && !doors::is_closed(r, assignment.person_id, assignment.coalition_id)?
        {
            people.insert(assignment.person_id);
        }
    }
    Ok(people)
}
