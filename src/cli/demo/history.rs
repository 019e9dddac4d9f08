//! The sample's history, told in one transaction: all of it is there, or nothing.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::cast::{Cast, PASSWORD};
use super::data::{Competition, Sample};
use super::{applying, deciding, reviewing, setting_up};
use crate::app::App;
use crate::people::{Person, store};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::Input;
use crate::platform::ids::{BudgetLineId, CoalitionId, CompetitionId, PersonId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};

/// What is told of the loading: how many steps are done.
pub type Told = Arc<dyn Fn() + Send + Sync>;

/// A competition that was set up.
pub struct Set {
    pub id: CompetitionId,
    pub stages: Vec<StageId>,
    pub lines: HashMap<String, BudgetLineId>,
}

/// A coalition that was founded.
#[derive(Clone)]
pub struct Founded {
    pub id: CoalitionId,
    pub signatory: PersonId,
}

/// Everything that later parts of the history refer to.
pub struct History<'d> {
    pub sample: &'d Sample,
    pub cast: Cast,
    pub staff: HashMap<String, PersonId>,
    pub jurors: HashMap<String, PersonId>,
    pub sets: HashMap<String, Set>,
    pub founded: HashMap<(String, String), Founded>,
    /// Nine in the evening, UTC, of the day of loading.
    today: Instant,
    pub told: Told,
}

/// What the audit log says once the sample is there.
const LOADED: &str = "sample.loaded";

/// Loads the sample, unless it is there already; gives whether it loaded it.
///
/// # Errors
/// When the database holds something else, or fails.
pub fn load(app: &App, told: Told) -> Result<bool> {
    let now = app.clock.now();
    if app.db.read_here(now, is_loaded)? {
        return Ok(false);
    }
    let hash = app.passwords.hash_here(PASSWORD)?;
    let teller = app.clone();
    app.db.write_here(now, move |w| {
        if !is_empty(w)? {
            return Err(Failure::broken(
                "this database holds something else than the sample: name an empty one",
            ));
        }
        let sample = Sample::read()?;
        tell(w, &sample, Cast::new(&teller, &hash), Arc::clone(&told))
    })?;
    Ok(true)
}

fn is_loaded(r: &mut Reads<'_>) -> Result<bool> {
    audit::has_act(r, LOADED)
}

fn is_empty(r: &mut Reads<'_>) -> Result<bool> {
    Ok(store::count(r)? == 0)
}

fn tell(w: &mut Writes<'_>, sample: &Sample, cast: Cast, told: Told) -> Result<()> {
    let day = 24 * 3600;
    let midnight = w.now().seconds().div_euclid(day) * day;
    let mut history = History {
        sample,
        cast,
        staff: HashMap::new(),
        jurors: HashMap::new(),
        sets: HashMap::new(),
        founded: HashMap::new(),
        today: Instant::from_micros(0)
            .plus_seconds(midnight)
            .plus_hours(21),
        told,
    };
    setting_up::people(&mut history, w)?;
    for competition in &sample.competitions {
        history.competition(w, competition)?;
        (history.told)();
    }
    history.cast.leave(w)?;
    chain(w)?;
    let act = Act {
        actor: None,
        act: LOADED,
        object: ("sample", 1),
        competition: None,
        coalition: None,
        detail: json!({}),
    };
    audit::record(w, act)
}

impl<'d> History<'d> {
    fn competition(&mut self, w: &mut Writes<'_>, told: &'d Competition) -> Result<()> {
        setting_up::competition(self, w, told)?;
        applying::all(self, w, told)?;
        chain(w)?;
        reviewing::all(self, w, told)?;
        deciding::all(self, w, told)?;
        chain(w)
    }

    /// Nine in the evening, UTC, so many days from the day of loading; hours are added.
    pub fn at(&self, days: i64, hours: i64) -> Instant {
        self.today.plus_days(days).plus_hours(hours)
    }

    /// Someone of the staff, signed in.
    pub fn staff(&mut self, w: &mut Writes<'_>, role: &str) -> Result<Person> {
        let id = self.staff.get(role).copied().or_not_found()?;
        self.cast.acting(w, id)
    }

    /// A juror, signed in.
    pub fn juror(&mut self, w: &mut Writes<'_>, key: &str) -> Result<Person> {
        let id = self.jurors.get(key).copied().or_not_found()?;
        self.cast.acting(w, id)
    }

    /// A competition that was set up.
    pub fn set(&self, key: &str) -> Result<&Set> {
        self.sets.get(key).or_not_found()
    }

    /// A stage of it, from 0.
    pub fn stage(&self, competition: &str, number: usize) -> Result<StageId> {
        let stages = &self.set(competition)?.stages;
        stages.get(number).copied().or_not_found()
    }

    /// A coalition that was founded.
    pub fn founded(&self, competition: &str, coalition: &str) -> Result<Founded> {
        let key = (competition.to_owned(), coalition.to_owned());
        self.founded.get(&key).cloned().or_not_found()
    }
}

/// What the API would have parsed.
pub fn input<T: DeserializeOwned + Clone>(value: Value) -> Result<Input<T>> {
    let read = serde_json::from_value(value);
    read.map(Input::ready)
        .map_err(|error| Failure::broken(format_args!("the sample: {error}")))
}

fn chain(w: &mut Writes<'_>) -> Result<()> {
    while audit::chain_once(w)? > 0 {}
    Ok(())
}
