//! A crowd: the sample's stages, with as many proposals and reviews as asked for. Each is a copy
//! of one of the sample's, so that texts have the length that people write.

use anyhow::Context as _;
use civitas::app::App;
use civitas::cli::demo;
use civitas::coalitions::model::{Coalition, Member, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::panels::model::{Assignment, AssignmentState};
use civitas::panels::store as panels;
use civitas::people::accounts::{self, Newcomer};
use civitas::people::{Role, sessions, store as people};
use civitas::platform::clock::Clock;
use civitas::platform::db::schema::{
    capital_stacks, competitions, draft_sections, reviews as review_rows, stages,
    submissions as submission_rows,
};
use civitas::platform::db::{Db, Writes};
use civitas::platform::ids::{CompetitionId, PersonId, StageId, SubmissionId};
use civitas::platform::refusal::Result;
use civitas::proposals::model::{Proposal, Submission};
use civitas::proposals::store as proposals;
use civitas::reviews::model::Review;
use civitas::reviews::store as reviews;
use diesel::prelude::*;

/// Reviewers who share the reviews: at least so many, and no more than forty reviews for each.
const REVIEWERS: usize = 100;

/// Reviews of each proposal.
pub const REVIEWS: usize = 4;

/// Coalitions with a whole draft in the open stage, each of which submits on its own.
pub const SUBMITTING: usize = 64;

/// What the load is made of.
pub struct Crowd {
    /// The stage under review.
    pub stage: i64,
    /// A submission that the reviewer reviews.
    pub submission: i64,
    /// Their token.
    pub reviewer: String,
    /// An officer's.
    pub officer: String,
    /// Proposals in the open stage, with a convenor's token each.
    pub submitting: Vec<(i64, String)>,
    db: Db,
}

impl Crowd {
    /// Changes something that the results of the stage under review hang on.
    pub fn change(&self) -> anyhow::Result<()> {
        let submission = self.submission;
        Ok(self.db.write_here(Clock::system().now(), move |w| {
            diesel::update(submission_rows::table.filter(submission_rows::id.eq(submission)))
                .set(submission_rows::in_grace.eq(false))
                .execute(w.conn())?;
            Ok(())
        })?)
    }
}

/// Loads the sample and multiplies it to so many proposals under review.
pub fn gather(app: &App, proposals: usize) -> anyhow::Result<Crowd> {
    demo::load(app, || {})?;
    let now = app.clock.now();
    let of = app.db.write_here(now, reviewed_stage)?;
    let jurors = app.db.write_here(now, move |w| {
        (0..REVIEWERS.max(proposals * REVIEWS / 40))
            .map(|number| person(w, &format!("crowd-juror{number}")))
            .collect::<Result<Vec<_>>>()
    })?;
    let mut read = (0, PersonId(0));
    for from in (0..proposals).step_by(100) {
        let (of, jurors) = (of.clone(), jurors.clone());
        let last = app.db.write_here(now, move |w| {
            let mut last = (0, PersonId(0));
            for number in from..(from + 100).min(proposals) {
                last = reviewed(w, &of, &jurors, number)?;
            }
            Ok(last)
        })?;
        read = last;
    }
    let open = app.db.write_here(now, open_draft)?;
    let drafts = app.db.write_here(now, move |w| {
        (0..SUBMITTING)
            .map(|number| drafted(w, &open, number))
            .collect::<Result<Vec<_>>>()
    })?;
    let stage = of.stage;
    let officer = app.db.write_here(now, move |w| {
        let competition = of_competition(w, stage)?;
        Ok(people::holders(w, competition, Role::Officer)?[0])
    })?;
    Ok(Crowd {
        stage: stage.0,
        submission: read.0,
        reviewer: token(app, read.1)?,
        officer: token(app, officer)?,
        db: app.db.clone(),
        submitting: drafts
            .into_iter()
            .map(|(proposal, person)| Ok((proposal, token(app, person)?)))
            .collect::<anyhow::Result<_>>()?,
    })
}

fn of_competition(w: &mut Writes<'_>, stage: StageId) -> Result<CompetitionId> {
    Ok(stages::table
        .find(stage)
        .select(stages::competition_id)
        .first(w.conn())?)
}

/// A token that lasts for the benchmark.
pub fn token(app: &App, person: PersonId) -> anyhow::Result<String> {
    let keys = app.gate.keys.clone();
    let last = sessions::Lifetimes {
        access_seconds: 24 * 3600,
        refresh_days: 30,
    };
    app.db
        .write_here(app.clock.now(), move |w| {
            let row = people::person(w, person)?;
            row.map(|row| sessions::begin(w, &keys, &row, true, last))
                .transpose()
        })?
        .map(|tokens| tokens.access_token)
        .context("a person of the crowd")
}

fn person(w: &mut Writes<'_>, name: &str) -> Result<PersonId> {
    let newcomer = Newcomer {
        email: format!("{name}@people.example"),
        name: name.to_owned(),
        ..Newcomer::default()
    };
    Ok(accounts::add(w, &newcomer, None, true)?.id)
}

/// What is copied for the stage under review.
#[derive(Clone)]
struct Reviewed {
    stage: StageId,
    submission: Submission,
    review: Review,
}

fn reviewed_stage(w: &mut Writes<'_>) -> Result<Reviewed> {
    let (stage, submission): (StageId, SubmissionId) = review_rows::table
        .inner_join(stages::table.on(stages::id.eq(review_rows::stage_id)))
        .filter(stages::review_deadline.gt(w.now()))
        .filter(review_rows::state.eq("submitted"))
        .order(review_rows::id)
        .select((review_rows::stage_id, review_rows::submission_id))
        .first(w.conn())?;
    let all = reviews::submitted_reviews(w, stage)?;
    let review = all
        .into_iter()
        .find(|review| review.submission_id == submission);
    let submission = proposals::submission(w, submission)?;
    match (submission, review) {
        (Some(submission), Some(review)) => Ok(Reviewed {
            stage,
            submission,
            review,
        }),
        _ => Err(diesel::result::Error::NotFound.into()),
    }
}

fn coalition(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    name: &str,
) -> Result<(Coalition, PersonId)> {
    let convenor = person(w, name)?;
    let coalition = Coalition {
        id: w.fresh_id(),
        competition_id: competition,
        name: name.to_owned(),
        lead_organisation: "Community Works".into(),
        fiscal_agent: None,
        founded_by: convenor,
        founded_at: w.now(),
        dissolved_at: None,
        version: 1,
    };
    coalitions::insert_coalition(w, &coalition)?;
    let member = Member {
        id: w.fresh_id(),
        coalition_id: coalition.id,
        person_id: convenor,
        role: MemberRole::Convenor,
        sections: Vec::new(),
        joined_at: w.now(),
    };
    coalitions::insert_member(w, &member, None)?;
    Ok((coalition, convenor))
}

fn proposal(w: &mut Writes<'_>, of: &Coalition) -> Result<Proposal> {
    let proposal = Proposal {
        id: w.fresh_id(),
        competition_id: of.competition_id,
        coalition_id: of.id,
        title: format!("One table for {}", of.name),
        created_at: w.now(),
    };
    proposals::insert_proposal(w, &proposal)?;
    Ok(proposal)
}

/// One more submission with its reviews; gives it, and one of those who reviewed it.
fn reviewed(
    w: &mut Writes<'_>,
    of: &Reviewed,
    jurors: &[PersonId],
    number: usize,
) -> Result<(i64, PersonId)> {
    let (coalition, convenor) = coalition(
        w,
        of.submission.competition_id,
        &format!("crowd-city{number}"),
    )?;
    let proposal = proposal(w, &coalition)?;
    let mut snapshot = of.submission.snapshot.clone();
    snapshot.title.clone_from(&proposal.title);
    let submission = Submission {
        id: w.fresh_id(),
        coalition_id: coalition.id,
        proposal_id: proposal.id,
        receipt_number: w.fresh_id(),
        title: proposal.title,
        digest: snapshot.digest()?,
        snapshot,
        submitted_by: convenor,
        ..of.submission.clone()
    };
    proposals::insert_submission(w, &submission)?;
    // It was compared with the panel long ago.
    reviews::keep_tie_check(w, of.stage, coalition.id)?;
    let mut last = jurors[0];
    for place in 0..REVIEWS {
        last = jurors[(number + place * 7) % jurors.len()];
        let assignment = Assignment {
            id: w.fresh_id(),
            stage_id: of.stage,
            coalition_id: coalition.id,
            person_id: last,
            state: AssignmentState::Accepted,
            due_at: None,
            assigned_by: convenor,
            assigned_at: w.now(),
            answered_at: None,
            reason: String::new(),
            keeps_review: false,
        };
        panels::insert_assignment(w, &assignment)?;
        let review = Review {
            id: w.fresh_id(),
            assignment_id: assignment.id,
            coalition_id: coalition.id,
            submission_id: submission.id,
            person_id: last,
            pseudonym: ["A", "B", "C", "D"][place].into(),
            ..of.review.clone()
        };
        reviews::insert(w, &review)?;
    }
    Ok((submission.id.0, last))
}

/// What is copied for the open stage: a proposal whose draft was good enough to be submitted. The
/// copies have convenors alone, so nobody else has to sit at the table or to sign.
#[derive(Clone, Copy)]
pub struct Open {
    competition: CompetitionId,
    /// The stage.
    pub stage: StageId,
    proposal: i64,
}

/// Finds it, and asks for no more than convenors can give by themselves.
pub fn open_draft(w: &mut Writes<'_>) -> Result<Open> {
    diesel::update(stages::table)
        .set(stages::signatory_confirmation.eq(false))
        .execute(w.conn())?;
    diesel::update(competitions::table)
        .set(competitions::required_sectors.eq("[]"))
        .execute(w.conn())?;
    let (competition, stage, proposal): (CompetitionId, StageId, i64) = submission_rows::table
        .inner_join(stages::table.on(stages::id.eq(submission_rows::stage_id)))
        .filter(stages::deadline.gt(w.now()))
        .filter(submission_rows::state.eq("in_force"))
        .select((
            submission_rows::competition_id,
            submission_rows::stage_id,
            submission_rows::proposal_id,
        ))
        .order(submission_rows::id)
        .first(w.conn())?;
    Ok(Open {
        competition,
        stage,
        proposal,
    })
}

/// A section's key, its answers as JSON, and its version.
pub type Section = (String, String, i64);

/// One more whole draft; gives its proposal and convenor.
fn drafted(w: &mut Writes<'_>, of: &Open, number: usize) -> Result<(i64, PersonId)> {
    let sections: Vec<Section> = draft_sections::table
        .filter(draft_sections::proposal_id.eq(of.proposal))
        .filter(draft_sections::stage_id.eq(of.stage))
        .select((
            draft_sections::section,
            draft_sections::answers,
            draft_sections::version,
        ))
        .load(w.conn())?;
    drafted_with(w, of, &format!("crowd-draft{number}"), &sections)
}

/// As [`drafted`], with sections of one's own.
pub fn drafted_with(
    w: &mut Writes<'_>,
    of: &Open,
    name: &str,
    sections: &[Section],
) -> Result<(i64, PersonId)> {
    let (coalition, convenor) = coalition(w, of.competition, name)?;
    let proposal = proposal(w, &coalition)?;
    let now = w.now();
    for (section, answers, version) in sections {
        let id: i64 = w.fresh_id();
        diesel::insert_into(draft_sections::table)
            .values((
                draft_sections::id.eq(id),
                draft_sections::proposal_id.eq(proposal.id),
                draft_sections::stage_id.eq(of.stage),
                draft_sections::section.eq(section),
                draft_sections::answers.eq(answers),
                draft_sections::version.eq(version),
                draft_sections::saved_at.eq(now),
                draft_sections::saved_by.eq(convenor.0),
            ))
            .execute(w.conn())?;
    }
    let stack: Option<(String, i64)> = capital_stacks::table
        .filter(capital_stacks::proposal_id.eq(of.proposal))
        .filter(capital_stacks::stage_id.eq(of.stage))
        .select((capital_stacks::lines, capital_stacks::version))
        .first(w.conn())
        .optional()?;
    if let Some((lines, version)) = stack {
        let id: i64 = w.fresh_id();
        diesel::insert_into(capital_stacks::table)
            .values((
                capital_stacks::id.eq(id),
                capital_stacks::proposal_id.eq(proposal.id),
                capital_stacks::stage_id.eq(of.stage),
                capital_stacks::lines.eq(lines),
                capital_stacks::version.eq(version),
                capital_stacks::saved_at.eq(now),
                capital_stacks::saved_by.eq(convenor.0),
            ))
            .execute(w.conn())?;
    }
    Ok((proposal.id.0, convenor))
}

/// Assignments of the stage under review: whose, which, and on which submission.
pub fn assignments(w: &mut Writes<'_>, stage: StageId) -> Result<Vec<(PersonId, i64, i64)>> {
    Ok(review_rows::table
        .filter(review_rows::stage_id.eq(stage))
        .order(review_rows::id)
        .select((
            review_rows::person_id,
            review_rows::assignment_id,
            review_rows::submission_id,
        ))
        .load(w.conn())?)
}

/// One more officer of a stage's competition.
pub fn officer(w: &mut Writes<'_>, stage: StageId, name: &str) -> Result<PersonId> {
    let competition = of_competition(w, stage)?;
    let officer = person(w, name)?;
    people::give_role(w, officer, competition, Role::Officer, None)?;
    Ok(officer)
}
