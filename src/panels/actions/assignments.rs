//! Assigning: by hand, in bulk, by CSV, and one day by automatic matching, all through
//! [`apply_pairs`].

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;

use super::{answers, members, stage_of_officers};
use crate::coalitions::doors;
use crate::competitions::model::{Phase, Stage};
use crate::panels::model::{Assignment, AssignmentState, Conflict, PanelMember};
use crate::panels::{letters, store};
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, PersonId, StageId};
use crate::platform::refusal::{Failure, FieldError, Refusal, Result, Rule};

/// A reviewer for a coalition's submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// Whose submission.
    pub coalition: CoalitionId,
    /// Who is to read it.
    pub reviewer: PersonId,
}

/// Whether a coalition has a submission at the stage that may be reviewed. Submissions are known
/// to modules on the right only, so whoever assigns brings the answer.
pub type MayBeReviewed<'a> = &'a dyn Fn(&mut Reads<'_>, &Stage, CoalitionId) -> Result<bool>;

/// Why a pair can't be assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which of the pairs, from 0.
    pub pair: usize,
    /// The rule that stands against it; none when coalition or reviewer is not there.
    pub rule: Option<Rule>,
    /// The member of the pair that it is about.
    pub field: &'static str,
    /// The reason, for the officer.
    pub detail: String,
}

/// Assigns pairs, all or none, and tells each reviewer once. `/pairs` is where they stand in the
/// body; one pair alone is the body itself.
///
/// # Errors
/// 404, 403 for others than officers, 409 in a phase without assigning and for a single pair
/// that a rule forbids, 422 for several, each with its reason.
pub fn apply_pairs(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    pairs: &[Pair],
    may_be_reviewed: MayBeReviewed<'_>,
) -> Result<Vec<Assignment>> {
    let stage = stage_of_officers(w, who, stage)?;
    let problems = problems_of(w, who, &stage, pairs, may_be_reviewed)?;
    refuse(pairs, problems)?;
    let mut given = Vec::new();
    for pair in pairs {
        given.push(give(w, who, &stage, *pair)?);
    }
    let mut by_reviewer: BTreeMap<PersonId, Vec<&Assignment>> = BTreeMap::new();
    for assignment in &given {
        by_reviewer
            .entry(assignment.person_id)
            .or_default()
            .push(assignment);
    }
    for assignments in by_reviewer.values() {
        letters::assignments_given(w, &stage, assignments)?;
    }
    Ok(given)
}

fn refuse(pairs: &[Pair], mut problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    if pairs.len() > 1 {
        let errors = problems.into_iter().map(|problem| {
            FieldError::at(
                format!("/pairs/{}/{}", problem.pair, problem.field),
                problem.detail,
            )
        });
        return Err(Refusal::Invalid(errors.collect()).into());
    }
    let first = problems.remove(0);
    Err(match first.rule {
        Some(rule) => Failure::rule(rule, first.detail),
        None => Failure::invalid(format!("/{}", first.field), first.detail),
    })
}

fn give(w: &mut Writes<'_>, who: &Person, stage: &Stage, pair: Pair) -> Result<Assignment> {
    let assignment = Assignment {
        id: w.fresh_id(),
        stage_id: stage.id,
        coalition_id: pair.coalition,
        person_id: pair.reviewer,
        state: AssignmentState::Invited,
        due_at: None,
        assigned_by: who.id,
        assigned_at: w.now(),
        answered_at: None,
        reason: String::new(),
        keeps_review: false,
    };
    store::insert_assignment(w, &assignment)?;
    answers::trace(w, Some(who.id), &assignment, "assignment.given")?;
    Ok(assignment)
}

/// Everything that stands against assigning the pairs together, at most one problem a pair.
///
/// # Errors
/// 409 in a phase without assigning.
pub fn problems_of(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
    pairs: &[Pair],
    may_be_reviewed: MayBeReviewed<'_>,
) -> Result<Vec<Problem>> {
    if !stage.has_review {
        return Err(Failure::rule(Rule::WrongPhase, "This stage has no review."));
    }
    stage.require_phase(r.now(), &[Phase::Screening, Phase::Reviewing])?;
    let mut ledger = Ledger::of(r, who, stage)?;
    let mut problems = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        if let Some((rule, field, detail)) = ledger.objection(r, stage, *pair, may_be_reviewed)? {
            problems.push(Problem {
                pair: number,
                rule,
                field,
                detail,
            });
        } else {
            ledger.count(*pair);
        }
    }
    Ok(problems)
}

type Objection = (Option<Rule>, &'static str, String);

/// What is assigned already, with the pairs looked at so far.
struct Ledger {
    panel: HashMap<PersonId, PanelMember>,
    pairs: HashSet<Pair>,
    loads: HashMap<PersonId, i64>,
    closed_to_officer: HashSet<CoalitionId>,
    closed_to: HashMap<PersonId, HashSet<CoalitionId>>,
    reviewable: HashMap<CoalitionId, bool>,
}

impl Ledger {
    fn of(r: &mut Reads<'_>, who: &Person, stage: &Stage) -> Result<Self> {
        let panel = store::panel_of(r, stage.id)?;
        let given = store::assignments_of_stage(r, stage.id, &store::Filter::default())?;
        Ok(Self {
            panel: panel
                .into_iter()
                .filter(PanelMember::is_live)
                .map(|member| (member.person_id, member))
                .collect(),
            pairs: given
                .into_iter()
                .filter(|one| one.is_live() || one.keeps_review)
                .map(|one| Pair {
                    coalition: one.coalition_id,
                    reviewer: one.person_id,
                })
                .collect(),
            loads: members::loads_seen(r, who, stage.id)?,
            closed_to_officer: doors::closed_to(r, who.id)?,
            closed_to: HashMap::new(),
            reviewable: HashMap::new(),
        })
    }

    fn count(&mut self, pair: Pair) {
        self.pairs.insert(pair);
        *self.loads.entry(pair.reviewer).or_default() += 1;
    }

    fn objection(
        &mut self,
        r: &mut Reads<'_>,
        stage: &Stage,
        pair: Pair,
        may_be_reviewed: MayBeReviewed<'_>,
    ) -> Result<Option<Objection>> {
        if !self.may_be_reviewed(r, stage, pair.coalition, may_be_reviewed)? {
            return Ok(Some((
                None,
                "coalition",
                "There is no submission of this coalition that may be reviewed.".into(),
            )));
        }
        let Some(max_load) = self.panel.get(&pair.reviewer).map(|member| member.max_load) else {
            return Ok(Some((
                None,
                "reviewer",
                "This person is not on the panel of the stage.".into(),
            )));
        };
        if self.is_closed(r, pair)? {
            let detail = tie_in_words(r, pair)?;
            return Ok(Some((Some(Rule::Conflicted), "reviewer", detail)));
        }
        if self.pairs.contains(&pair) {
            return Ok(Some((
                Some(Rule::AlreadyAssigned),
                "reviewer",
                "This reviewer has this submission already.".into(),
            )));
        }
        let load = self.loads.get(&pair.reviewer).copied().unwrap_or(0);
        if load >= i64::from(max_load) {
            let detail = format!("This reviewer agreed to {max_load} at most.");
            return Ok(Some((Some(Rule::LoadExceeded), "reviewer", detail)));
        }
        Ok(None)
    }

    /// Whether there is something to review; a coalition closed to the officer has nothing.
    fn may_be_reviewed(
        &mut self,
        r: &mut Reads<'_>,
        stage: &Stage,
        coalition: CoalitionId,
        may_be_reviewed: MayBeReviewed<'_>,
    ) -> Result<bool> {
        if self.closed_to_officer.contains(&coalition) {
            return Ok(false);
        }
        if let Some(known) = self.reviewable.get(&coalition) {
            return Ok(*known);
        }
        let may = may_be_reviewed(r, stage, coalition)?;
        self.reviewable.insert(coalition, may);
        Ok(may)
    }

    fn is_closed(&mut self, r: &mut Reads<'_>, pair: Pair) -> Result<bool> {
        if let Some(closed) = self.closed_to.get(&pair.reviewer) {
            return Ok(closed.contains(&pair.coalition));
        }
        let closed = doors::closed_to(r, pair.reviewer)?;
        let is_closed = closed.contains(&pair.coalition);
        self.closed_to.insert(pair.reviewer, closed);
        Ok(is_closed)
    }
}

fn tie_in_words(r: &mut Reads<'_>, pair: Pair) -> Result<String> {
    let known = store::conflicts_of_pair(r, pair.coalition, pair.reviewer)?;
    let in_force = known.into_iter().find(Conflict::is_in_force);
    Ok(match in_force {
        Some(conflict) => format!(
            "A conflict between the two is in force: {}, brought up by: {}.",
            conflict.kind, conflict.source
        ),
        None => "This person is a member of the coalition or sits at its table.".into(),
    })
}

/// What an assignment's trace tells: who was given what, by identity.
pub(super) fn detail_of(assignment: &Assignment) -> serde_json::Value {
    json!({"stage": assignment.stage_id, "person": assignment.person_id})
}
