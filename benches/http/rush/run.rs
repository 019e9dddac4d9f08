//! One run of the rush: a plan of who asks when, worked off by so many clients at once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::scene::{OFFICERS, REVIEWERS, Scene, answers};
use super::{GRACE, Seen, file};
use crate::load::agent;

/// At so many requests at once.
const CLIENTS: usize = 64;
/// Of so many cities, one comes too late.
const LATE: usize = 50;
const ATTACHED: usize = 200 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Saves(usize),
    Attaches(usize),
    Submits(usize),
    Reviews(usize),
    Looks(usize),
}

/// One run: some of the cities, in so many seconds until the deadline.
pub struct Run<'r> {
    scene: &'r Scene,
    ports: Vec<u16>,
    cities: std::ops::Range<usize>,
    seconds: f64,
    begun: Instant,
    tasks: Mutex<BinaryHeap<Reverse<(u64, Task)>>>,
    seen: Mutex<Seen>,
    turn: AtomicUsize,
}

impl<'r> Run<'r> {
    /// All of it, to the end.
    pub fn of(
        scene: &'r Scene,
        ports: Vec<u16>,
        cities: std::ops::Range<usize>,
        seconds: f64,
    ) -> Seen {
        let run = Run {
            scene,
            ports,
            cities,
            seconds,
            begun: Instant::now(),
            tasks: Mutex::default(),
            seen: Mutex::default(),
            turn: AtomicUsize::new(0),
        };
        run.plan();
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| run.work());
            }
        });
        run.seen
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Cities come the more often the nearer the deadline is; reviewers and officers all the time.
    fn plan(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.cities.len() as f64;
        for (place, city) in self.cities.clone().enumerate() {
            let until = (self.seconds - 1.0) * (place as f64 / count).sqrt();
            let late = place % LATE == LATE - 1;
            let due = if late {
                self.seconds + GRACE as f64 + 1.5
            } else {
                until
            };
            let first = if late {
                Task::Submits(city)
            } else {
                Task::Saves(city)
            };
            tasks.push(Reverse((millis(due), first)));
        }
        for reviewer in 0..self.scene.reviewers.len() {
            let first = 10.0 * reviewer as f64 / REVIEWERS as f64;
            tasks.push(Reverse((millis(first), Task::Reviews(reviewer))));
        }
        for officer in 0..self.scene.officers.len() {
            let first = 5.0 * officer as f64 / OFFICERS as f64;
            tasks.push(Reverse((millis(first), Task::Looks(officer))));
        }
    }

    fn work(&self) {
        let agent = agent();
        loop {
            let next = self.tasks.lock().ok().and_then(|mut tasks| tasks.pop());
            let Some(Reverse((due, task))) = next else {
                return;
            };
            let wait = due.saturating_sub(self.begun.elapsed().as_millis() as u64);
            std::thread::sleep(Duration::from_millis(wait));
            if let Err(error) = self.does(&agent, task)
                && let Ok(mut seen) = self.seen.lock()
            {
                seen.wrong.push(format!("{task:?}: {error:#}"));
            }
        }
    }

    fn then(&self, seconds: f64, task: Task) {
        let due = millis(self.begun.elapsed().as_secs_f64() + seconds);
        if (due as f64) < (self.seconds + GRACE as f64) * 1e3
            && let Ok(mut tasks) = self.tasks.lock()
        {
            tasks.push(Reverse((due, task)));
        }
    }

    fn url(&self, path: &str) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        format!(
            "http://127.0.0.1:{}/api/v1{path}",
            self.ports[turn % self.ports.len()]
        )
    }

    fn does(&self, agent: &ureq::Agent, task: Task) -> anyhow::Result<()> {
        match task {
            Task::Saves(city) => self.saves(agent, city),
            Task::Attaches(city) => self.attaches(agent, city),
            Task::Submits(city) => self.submits(agent, city),
            Task::Reviews(reviewer) => self.reviews(agent, reviewer),
            Task::Looks(officer) => self.looks(agent, officer),
        }
    }

    fn saves(&self, agent: &ureq::Agent, number: usize) -> anyhow::Result<()> {
        let city = &self.scene.cities[number];
        let path = format!("/proposals/{}/sections/s1", city.proposal);
        let etag = self.etag(agent, &path, &city.token)?;
        let text = json!({"answers": answers(1, number + 1_000_000)}).to_string();
        let asked = Instant::now();
        let answer = agent
            .put(self.url(&path))
            .header("authorization", format!("Bearer {}", city.token))
            .header("if-match", etag)
            .content_type("application/json")
            .send(text)?;
        let taken = asked.elapsed();
        if self.is_busy(&answer, Task::Saves(number)) {
            return Ok(());
        }
        if self.came_late(&answer) {
            return self.refused(answer, number);
        }
        expect(answer, 200)?;
        self.note(|seen| seen.saves.push(taken.as_secs_f64() * 1e3));
        self.then(0.0, Task::Attaches(number));
        Ok(())
    }

    fn attaches(&self, agent: &ureq::Agent, number: usize) -> anyhow::Result<()> {
        let city = &self.scene.cities[number];
        let answer = agent
            .post(self.url(&format!(
                "/proposals/{}/attachments?question=plan",
                city.proposal
            )))
            .header("authorization", format!("Bearer {}", city.token))
            .header("content-type", "multipart/form-data; boundary=edge")
            .send(file(number, ATTACHED))?;
        if self.is_busy(&answer, Task::Attaches(number)) {
            return Ok(());
        }
        if self.came_late(&answer) {
            return self.refused(answer, number);
        }
        expect(answer, 201)?;
        self.then(0.0, Task::Submits(number));
        Ok(())
    }

    /// Drafts close at the deadline; what is there may still be submitted within the grace.
    fn came_late(&self, answer: &ureq::http::Response<ureq::Body>) -> bool {
        answer.status() == 409 && self.begun.elapsed().as_secs_f64() >= self.seconds
    }

    fn refused(
        &self,
        answer: ureq::http::Response<ureq::Body>,
        number: usize,
    ) -> anyhow::Result<()> {
        in_clear_words(answer)?;
        self.note(|seen| seen.late += 1);
        self.then(0.0, Task::Submits(number));
        Ok(())
    }

    fn submits(&self, agent: &ureq::Agent, number: usize) -> anyhow::Result<()> {
        let city = &self.scene.cities[number];
        let before_end = self.begun.elapsed().as_secs_f64() < self.seconds + GRACE as f64;
        let asked = Instant::now();
        let answer = agent
            .post(self.url(&format!("/proposals/{}/submissions", city.proposal)))
            .header("authorization", format!("Bearer {}", city.token))
            .send_json(json!({}))?;
        let taken = asked.elapsed();
        if self.is_busy(&answer, Task::Submits(number)) {
            return Ok(());
        }
        if !before_end {
            in_clear_words(answer)?;
            self.note(|seen| seen.late += 1);
            return Ok(());
        }
        let receipt = expect(answer, 201)?;
        self.note(|seen| {
            seen.submissions.push(taken.as_secs_f64() * 1e3);
            seen.receipts.push((number, receipt));
        });
        Ok(())
    }

    fn reviews(&self, agent: &ureq::Agent, number: usize) -> anyhow::Result<()> {
        let (token, assignment, submission) = &self.scene.reviewers[number];
        self.timed(|| {
            self.read(agent, &format!("/submissions/{submission}"), token)
                .map(drop)
        })?;
        let path = format!("/assignments/{assignment}/review");
        let etag = self.etag(agent, &path, token)?;
        let note = format!("Seen at {:?}", self.begun.elapsed());
        let text = json!({"scores": {}, "narratives": {}, "confidential_note": note});
        self.timed(|| {
            let answer = agent
                .put(self.url(&path))
                .header("authorization", format!("Bearer {token}"))
                .header("if-match", &etag)
                .send_json(&text)?;
            if answer.status() == 503 {
                self.note(|seen| seen.busy += 1);
                return Ok(());
            }
            expect(answer, 200).map(drop)
        })?;
        self.then(10.0, Task::Reviews(number));
        Ok(())
    }

    fn looks(&self, agent: &ureq::Agent, number: usize) -> anyhow::Result<()> {
        let token = &self.scene.officers[number];
        let reviewed = self.scene.reviewed;
        for path in [
            format!("/stages/{reviewed}/results"),
            format!("/stages/{reviewed}/submissions"),
            format!("/stages/{reviewed}/review-progress"),
        ] {
            self.timed(|| self.read(agent, &path, token).map(drop))?;
        }
        self.then(5.0, Task::Looks(number));
        Ok(())
    }

    fn timed(&self, ask: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        let asked = Instant::now();
        ask()?;
        let taken = asked.elapsed().as_secs_f64() * 1e3;
        self.note(|seen| seen.others.push(taken));
        Ok(())
    }

    fn read(
        &self,
        agent: &ureq::Agent,
        path: &str,
        token: &str,
    ) -> anyhow::Result<ureq::http::Response<ureq::Body>> {
        let answer = agent
            .get(self.url(path))
            .header("authorization", format!("Bearer {token}"))
            .call()?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        Ok(answer)
    }

    fn etag(&self, agent: &ureq::Agent, path: &str, token: &str) -> anyhow::Result<String> {
        let mut answer = self.read(agent, path, token)?;
        let tag = answer
            .headers()
            .get("etag")
            .and_then(|tag| tag.to_str().ok());
        let tag = tag.context("an ETag")?.to_owned();
        answer.body_mut().read_to_vec()?;
        Ok(tag)
    }

    /// A server that is too busy says so, and when to come again: so the same is asked again.
    fn is_busy(&self, answer: &ureq::http::Response<ureq::Body>, task: Task) -> bool {
        let busy = answer.status() == 503 && answer.headers().contains_key("retry-after");
        if busy {
            self.note(|seen| seen.busy += 1);
            self.then(2.0, task);
        }
        busy
    }

    fn note(&self, what: impl FnOnce(&mut Seen)) {
        if let Ok(mut seen) = self.seen.lock() {
            what(&mut seen);
        }
    }
}

fn millis(seconds: f64) -> u64 {
    (seconds * 1e3) as u64
}

/// Too late, and the answer says so.
fn in_clear_words(answer: ureq::http::Response<ureq::Body>) -> anyhow::Result<()> {
    let problem = expect(answer, 409)?;
    let kind = problem["type"].as_str().unwrap_or_default();
    ensure!(
        kind.ends_with("deadline-passed"),
        "refused by other words: {problem}"
    );
    Ok(())
}

pub fn expect(mut answer: ureq::http::Response<ureq::Body>, status: u16) -> anyhow::Result<Value> {
    let found = answer.status().as_u16();
    let text = answer.body_mut().read_to_string()?;
    ensure!(found == status, "{found} instead of {status}: {text}");
    Ok(serde_json::from_str(&text)?)
}
