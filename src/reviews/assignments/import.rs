//! Assignments from a CSV file: one pair a line, tried out first where asked.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::giving::{self, PAIRS_AT_MOST, may_be_reviewed};
use super::listing;
use crate::coalitions::doors;
use crate::competitions::model::Stage;
use crate::panels::actions::{Pair, Problem, problems_of, stage_of_officers};
use crate::panels::model::{ConflictKind, PanelMember};
use crate::panels::store as panels;
use crate::people::{self, Person};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, RawInput};
use crate::platform::ids::{CoalitionId, PersonId, StageId};
use crate::platform::refusal::{Failure, FieldError, Refusal, Result};
use crate::platform::sheet;
use crate::proposals;
use crate::proposals::actions::waivers::still_taking;

/// Whether the file is only tried out.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// True: say what would happen, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What became, or would become, of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// How many pairs were, or would be, assigned.
    pub assigned: usize,
    /// Every line below the header.
    pub lines: Vec<ImportLine>,
}

/// One line of the file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportLine {
    /// Its number in the file; the header is line 1.
    pub line: u64,
    /// As written.
    pub proposal: String,
    /// As written.
    pub reviewer: String,
    /// The coalition that was understood.
    pub coalition_id: Option<CoalitionId>,
    /// The person that was understood.
    pub reviewer_id: Option<PersonId>,
    /// What stands against it; nothing when it can be assigned.
    pub problem: Option<LineProblem>,
    /// Kinds of possible ties between the two that nobody has decided on yet.
    pub hints: Vec<ConflictKind>,
}

/// What stands against a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineProblem {
    /// The column it is about: `proposal` or `reviewer`.
    pub column: String,
    /// The rule, as in the problem type of a refusal; nothing when the value is not understood.
    #[schema(example = "conflicted")]
    pub rule: Option<String>,
    /// The reason.
    pub detail: String,
}

/// Assigns what a file says, all or none.
pub(super) fn import(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    query: &Asked<ImportQuery>,
    body: &RawInput,
) -> Result<ImportView> {
    let stage = stage_of_officers(w, who, stage)?;
    let dry_run = query.get()?.dry_run;
    let mut lines = read(body.0.of_type("text/csv")?)?;
    understand(w, who, &stage, &mut lines)?;
    let numbered: Vec<(usize, Pair)> = lines
        .iter()
        .enumerate()
        .filter_map(|(number, line)| Some((number, line.pair()?)))
        .collect();
    let pairs: Vec<Pair> = numbered.iter().map(|(_, pair)| *pair).collect();
    for problem in problems_of(w, who, &stage, &pairs, &may_be_reviewed)? {
        let (number, _) = numbered[problem.pair];
        lines[number].problem = Some(problem.into());
    }
    for (number, pair) in &numbered {
        lines[*number].hints = listing::hints(w, pair.coalition, pair.reviewer)?;
    }
    if !dry_run {
        refuse_if_any(&lines)?;
        giving::given_views(w, who, stage.id, &pairs)?;
    }
    Ok(ImportView {
        dry_run,
        assigned: lines.iter().filter(|line| line.problem.is_none()).count(),
        lines,
    })
}

impl ImportLine {
    fn pair(&self) -> Option<Pair> {
        Some(Pair {
            coalition: self.coalition_id?,
            reviewer: self.reviewer_id?,
        })
    }

    fn not_understood(&mut self, column: &str, detail: &str) {
        self.problem.get_or_insert_with(|| LineProblem {
            column: column.to_owned(),
            rule: None,
            detail: detail.to_owned(),
        });
    }
}

impl From<Problem> for LineProblem {
    fn from(problem: Problem) -> Self {
        let column = match problem.field {
            "coalition" => "proposal",
            field => field,
        };
        let slug = |rule| Refusal::Rule(rule, String::new()).words().0.to_owned();
        Self {
            column: column.to_owned(),
            rule: problem.rule.map(slug),
            detail: problem.detail,
        }
    }
}

fn refuse_if_any(lines: &[ImportLine]) -> Result<()> {
    let errors = lines.iter().filter_map(|line| {
        let problem = line.problem.as_ref()?;
        let at = format!("/lines/{}/{}", line.line, problem.column);
        Some(FieldError::at(at, problem.detail.clone()))
    });
    crate::platform::refusal::refuse_if_any(errors.collect())
}

/// Reads the columns `proposal` and `reviewer`, in any order.
fn read(bytes: &[u8]) -> Result<Vec<ImportLine>> {
    let wrong = |detail: String| Failure::invalid("", detail);
    let mut reader = sheet::csv_reader(bytes).ok_or_else(|| wrong(sheet::NOT_UTF8.into()))?;
    let header = reader
        .headers()
        .map_err(|error| wrong(error.to_string()))?
        .clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let (Some(proposal), Some(reviewer), 2) =
        (column("proposal"), column("reviewer"), header.len())
    else {
        return Err(Failure::invalid(
            "/lines/1",
            "The columns are “proposal” and “reviewer”.",
        ));
    };
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            let words = "A line has one proposal and one reviewer.";
            return Err(Failure::invalid(format!("/lines/{line}"), words));
        }
        lines.push(ImportLine {
            line,
            proposal: record.get(proposal).unwrap_or_default().to_owned(),
            reviewer: record.get(reviewer).unwrap_or_default().to_owned(),
            coalition_id: None,
            reviewer_id: None,
            problem: None,
            hints: Vec::new(),
        });
    }
    if !(1..=PAIRS_AT_MOST).contains(&lines.len()) {
        return Err(wrong(format!(
            "From 1 to {PAIRS_AT_MOST} lines below the header."
        )));
    }
    Ok(lines)
}

/// Finds the coalition and the person that each line means.
fn understand(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
    lines: &mut [ImportLine],
) -> Result<()> {
    let known = names_of_coalitions(r, who, stage)?;
    let reviewers = addresses_of_panel(r, stage.id)?;
    for line in lines {
        line.coalition_id = match known.get(&line.proposal.to_lowercase()) {
            Some(Some(id)) => Some(*id),
            Some(None) => {
                line.not_understood("proposal", "Several are called so; give its number.");
                None
            }
            None => {
                line.not_understood("proposal", "There is no such submission in this stage.");
                None
            }
        };
        line.reviewer_id = reviewers.get(&line.reviewer.to_lowercase()).copied();
        if line.reviewer_id.is_none() {
            line.not_understood("reviewer", "This person is not on the panel of the stage.");
        }
    }
    Ok(())
}

/// By coalition's identity, receipt number, coalition's name and title; none where two are meant.
fn names_of_coalitions(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
) -> Result<HashMap<String, Option<CoalitionId>>> {
    let mut closed = doors::closed_to(r, who.id)?;
    closed.extend(still_taking(r, stage)?);
    let mut named: HashMap<String, Option<CoalitionId>> = HashMap::new();
    let all = proposals::store::summaries_in_force(r, stage.id, stage.competition_id)?;
    for submission in all.iter() {
        let id = submission.coalition_id;
        if closed.contains(&id) {
            continue;
        }
        let words = [
            id.to_string(),
            submission.receipt_number.to_string(),
            submission.coalition_now.clone(),
            submission.title.clone(),
        ];
        for word in words {
            named
                .entry(word.trim().to_lowercase())
                .and_modify(|known| *known = known.filter(|known| *known == id))
                .or_insert(Some(id));
        }
    }
    Ok(named)
}

fn addresses_of_panel(r: &mut Reads<'_>, stage: StageId) -> Result<HashMap<String, PersonId>> {
    let panel = panels::panel_of(r, stage)?;
    let ids: Vec<PersonId> = panel
        .iter()
        .filter(|member| PanelMember::is_live(member))
        .map(|member| member.person_id)
        .collect();
    let people = people::store::persons(r, &ids)?;
    Ok(people.into_iter().map(|row| (row.email, row.id)).collect())
}
