//! The sample as it lies in `demo/`, compiled in.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The cities and their facts, in the form that officers load.
pub const PLACES: &str = include_str!("../../../demo/places.csv");

/// All of the sample but the places.
#[derive(Debug)]
pub struct Sample {
    /// In the order in which their history is told.
    pub competitions: Vec<Competition>,
    /// Who applied for which city.
    pub coalitions: Vec<Coalition>,
    /// Who works for the competitions, and who judges.
    pub people: People,
    /// Answers by theme.
    pub answers: Answers,
    /// The jurors' scores.
    pub scores: Vec<Scores>,
    /// What jurors wrote: by criterion, then by level.
    pub narratives: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// A competition; days are counted from the day of loading.
#[derive(Debug, Deserialize)]
pub struct Competition {
    pub key: String,
    pub programme: String,
    pub edition: String,
    #[serde(default)]
    pub continues: Option<String>,
    pub summary: String,
    pub time_zone: String,
    pub currency: String,
    pub required_sectors: Vec<String>,
    pub match_required_percent: i32,
    pub published: i64,
    pub eligibility: Vec<Eligibility>,
    pub budget_lines: Vec<BudgetLine>,
    pub stages: Vec<Stage>,
    pub dates: Vec<CallDate>,
}

#[derive(Debug, Deserialize)]
pub struct Eligibility {
    pub fact: String,
    pub operator: String,
    pub value: f64,
    #[serde(default)]
    pub question: String,
    pub reason: String,
}

#[derive(Debug, Deserialize)]
pub struct BudgetLine {
    pub key: String,
    pub funder: String,
    pub instrument: String,
    /// In minor units.
    pub amount: i64,
    pub restriction: String,
}

#[derive(Debug, Deserialize)]
pub struct Stage {
    pub name: String,
    pub kind: String,
    pub opens: i64,
    pub deadline: i64,
    #[serde(default)]
    pub screened: Option<i64>,
    #[serde(default)]
    pub reviews_per_submission: Option<i32>,
    #[serde(default)]
    pub reviews_due: Option<i64>,
    #[serde(default)]
    pub reviews_closed: Option<i64>,
    #[serde(default)]
    pub docket: Option<i64>,
    #[serde(default)]
    pub told: Option<i64>,
    #[serde(default)]
    pub public: Option<i64>,
    pub sealed: bool,
    pub discussion: bool,
    #[serde(default)]
    pub signatory_confirmation: bool,
}

#[derive(Debug, Deserialize)]
pub struct CallDate {
    pub kind: String,
    pub title: String,
    pub day: i64,
    pub link: String,
}

/// Who applies; amounts in whole units of the currency.
#[derive(Clone, Debug, Deserialize)]
pub struct Coalition {
    pub competition: String,
    pub key: String,
    pub name: String,
    /// Several: with a bar between.
    pub places: String,
    pub theme: String,
    pub lead: String,
    pub fiscal_agent: String,
    pub lender: String,
    pub grant: i64,
    pub pri: i64,
    pub commercial: i64,
    pub other_match: i64,
    pub outcome: String,
    pub award: i64,
    pub state: State,
}

impl Coalition {
    /// The cities it speaks for.
    pub fn cities(&self) -> impl Iterator<Item = &str> {
        self.places.split('|')
    }

    /// The first of them, for texts and addresses.
    pub fn city(&self) -> &str {
        self.cities().next().unwrap_or_default()
    }
}

/// How far a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There is a title.
    Begun,
    /// Its first section is written.
    Draft,
    /// It is handed in.
    Submitted,
}

#[derive(Debug, Deserialize)]
pub struct People {
    pub staff: Vec<Staff>,
    pub jurors: Vec<Juror>,
    pub conflicts: Vec<Conflict>,
    pub names: Names,
}

#[derive(Debug, Deserialize)]
pub struct Staff {
    pub role: String,
    pub name: String,
    pub organisation: String,
    pub home_city: String,
    pub email: String,
    #[serde(default)]
    pub lines: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Juror {
    pub key: String,
    pub name: String,
    pub organisation: String,
    pub home_city: String,
    pub sectors: Vec<String>,
    pub expertise: String,
}

#[derive(Debug, Deserialize)]
pub struct Conflict {
    pub juror: String,
    pub competition: String,
    pub coalition: String,
    pub kind: String,
    pub years: String,
    pub note: String,
}

#[derive(Debug, Deserialize)]
pub struct Names {
    pub first: Vec<String>,
    pub last: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Answers {
    pub common: BTreeMap<String, String>,
    pub themes: BTreeMap<String, Theme>,
}

#[derive(Debug, Deserialize)]
pub struct Theme {
    pub issue_areas: Vec<String>,
    pub people_reached: i64,
    pub indicator: String,
    pub baseline: f64,
    pub target: f64,
    #[serde(flatten)]
    pub texts: BTreeMap<String, String>,
}

/// One juror's scores of one proposal; none where only assigned.
#[derive(Clone, Debug, Deserialize)]
pub struct Scores {
    pub competition: String,
    pub coalition: String,
    pub juror: String,
    pub systems_change: Option<f64>,
    pub civic_infrastructure: Option<f64>,
    pub innovation: Option<f64>,
    pub private_capital: Option<f64>,
    pub state: Reading,
}

impl Scores {
    /// By the rubric's criteria.
    pub fn by_criterion(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let scores = [
            ("systems_change", self.systems_change),
            ("civic_infrastructure", self.civic_infrastructure),
            ("innovation", self.innovation),
            ("private_capital", self.private_capital),
        ];
        scores
            .into_iter()
            .filter_map(|(key, score)| Some((key, score?)))
    }
}

/// How far a review is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// The juror has not answered yet.
    Assigned,
    /// Begun, for its author alone.
    Draft,
    /// Handed in.
    Submitted,
}

impl Sample {
    /// Reads what was compiled in.
    pub fn read() -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Competitions {
            competitions: Vec<Competition>,
        }
        let competitions: Competitions =
            toml::from_str(include_str!("../../../demo/competitions.toml"))
                .context("demo/competitions.toml")?;
        Ok(Self {
            competitions: competitions.competitions,
            coalitions: rows(include_str!("../../../demo/coalitions.csv"))
                .context("demo/coalitions.csv")?,
            people: toml::from_str(include_str!("../../../demo/people.toml"))
                .context("demo/people.toml")?,
            answers: toml::from_str(include_str!("../../../demo/answers.toml"))
                .context("demo/answers.toml")?,
            scores: rows(include_str!("../../../demo/scores.csv")).context("demo/scores.csv")?,
            narratives: toml::from_str(include_str!("../../../demo/narratives.toml"))
                .context("demo/narratives.toml")?,
        })
    }

    /// How many steps loading takes, for showing how far it is.
    pub fn steps(&self) -> u64 {
        (self.competitions.len() + self.coalitions.len() + self.scores.len()) as u64
    }

    /// Who applies in a competition.
    pub fn coalitions_of(&self, competition: &str) -> impl Iterator<Item = &Coalition> {
        self.coalitions
            .iter()
            .filter(move |coalition| coalition.competition == competition)
    }
}

fn rows<T: DeserializeOwned>(text: &str) -> csv::Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect()
}
