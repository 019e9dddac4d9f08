//! Servers that are killed at random moments, while a deadline, reviews and an announcement are
//! under way: what was acknowledged is there, once, and every message arrives.

mod kept;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use civitas::cli::demo;
use civitas::coalitions::model::{Member, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::people::accounts::{self, Newcomer};
use civitas::people::{Role, store};
use civitas::platform::audit::chain_once;
use civitas::platform::clock::Clock;
use civitas::platform::db::schema::{
    assignments, decisions, members, messages, review_versions, reviews, stages, submissions,
};
use civitas::platform::ids::{CoalitionId, CompetitionId, PersonId};
use civitas::platform::outbox::MessageState;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::commands::run;
use crate::demo::free_port;
use crate::for_each_database;
use crate::mail::smtp::Server;
use crate::served::Client;
use crate::world::{Actor, World};

/// Kills on each database; `CIVITAS_TEST_KILLS` names another number.
const KILLS: usize = 26;

/// Members of the coalition that an announcement tells.
const TOLD: usize = 500;

/// A coalition that submits again and again.
struct City {
    convenor: Actor,
    coalition: i64,
    proposal: i64,
}

/// A receipt that somebody holds in their hands, and the title that they submitted.
struct Received {
    title: String,
    receipt: Value,
}

impl City {
    /// Retitles and submits until it is over.
    fn submits(
        &self,
        client: &Client,
        over: &AtomicBool,
        acknowledged: &AtomicUsize,
    ) -> Vec<Received> {
        let proposal = format!("/api/v1/proposals/{}", self.proposal);
        let mut received = Vec::new();
        while !over.load(Ordering::SeqCst) {
            let title = format!("Version {}", received.len());
            client.save(&proposal, &json!({"title": title}), |read| {
                read["title"] == title
            });
            let key = format!("{}-{}", self.proposal, received.len());
            let receipt = client.act(&format!("{proposal}/submissions"), &key, &json!({}));
            assert_eq!(receipt.status, 201);
            received.push(Received {
                title,
                receipt: receipt.json,
            });
            acknowledged.fetch_add(1, Ordering::SeqCst);
        }
        received
    }
}

/// A reviewer who thinks again and again.
struct Juror {
    who: Actor,
    assignment: i64,
    review: i64,
    version: i64,
}

impl Juror {
    /// Rewrites and submits until it is over; gives the versions acknowledged.
    fn reviews(&self, client: &Client, over: &AtomicBool) -> i64 {
        let path = format!("/api/v1/assignments/{}/review", self.assignment);
        let mut acknowledged = self.version;
        while !over.load(Ordering::SeqCst) {
            acknowledged += 1;
            let note = note(acknowledged);
            let read = client.read(&path).json;
            let whole = json!({
                "scores": read["scores"], "narratives": read["narratives"], "confidential_note": note,
            });
            client.save(&path, &whole, |read| read["confidential_note"] == note);
            let key = format!("{}-{acknowledged}", self.assignment);
            client.act(&format!("{path}/submission"), &key, &json!({}));
        }
        acknowledged
    }
}

fn note(version: i64) -> String {
    format!("As I see it the {version}th time.")
}

/// An award that is corrected, and hundreds who are told.
struct Correction {
    officer: Actor,
    approver: Actor,
    stage: i64,
    decision: i64,
}

impl Correction {
    /// Records, approves and announces it.
    fn announces(&self, officer: &Client, approver: &Client) {
        let of_stage = |rest: &str| format!("/api/v1/stages/{}/{rest}", self.stage);
        let correction = json!({
            "outcome": "waitlist", "rationale": "A sum was added up wrongly.",
            "reason": "A sum was added up wrongly.", "out_of_order_reason": "A sum was wrong.",
        });
        let path = format!("/api/v1/decisions/{}/corrections", self.decision);
        officer.act(&path, "correction", &correction);
        let docket = approver.read(&of_stage("docket")).json;
        let verdict = json!({
            "verdict": "approved", "digest": docket["digest"], "meeting_date": "2026-06-03",
            "resolution": "2026-14",
        });
        approver.act(&of_stage("docket-verdicts"), "verdict", &verdict);
        let preview = officer.act(&of_stage("announcement-previews"), "preview", &json!({}));
        let now = Clock::system().now();
        let announcement =
            json!({"digest": preview.json["digest"], "told_at": now, "public_at": now});
        officer.act(&of_stage("announcements"), "announcement", &announcement);
    }
}

impl World {
    fn cities(&self) -> Vec<City> {
        let rows: Vec<(i64, i64, PersonId)> = self.write(|w| {
            diesel::update(stages::table.filter(stages::signatory_confirmation.eq(true)))
                .set(stages::signatory_confirmation.eq(false))
                .execute(w.conn())?;
            Ok(submissions::table
                .inner_join(stages::table.on(stages::id.eq(submissions::stage_id)))
                .inner_join(members::table.on(members::coalition_id.eq(submissions::coalition_id)))
                .filter(stages::deadline.gt(w.now()))
                .filter(submissions::state.eq("in_force"))
                .filter(members::role.eq(MemberRole::Convenor))
                .select((
                    submissions::coalition_id,
                    submissions::proposal_id,
                    members::person_id,
                ))
                .order(submissions::id)
                .limit(6)
                .load(w.conn())?)
        });
        let city = |(coalition, proposal, person): &(i64, i64, PersonId)| City {
            convenor: self.sign_in(*person),
            coalition: *coalition,
            proposal: *proposal,
        };
        rows.iter().map(city).collect()
    }

    fn jurors(&self) -> Vec<Juror> {
        let rows: Vec<(i64, i64, PersonId)> = self.write(|w| {
            Ok(reviews::table
                .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
                .inner_join(stages::table.on(stages::id.eq(reviews::stage_id)))
                .filter(stages::review_deadline.gt(w.now()))
                .filter(reviews::state.eq("submitted"))
                .select((assignments::id, reviews::id, assignments::person_id))
                .order(reviews::id)
                .limit(4)
                .load(w.conn())?)
        });
        let juror = |(assignment, review, person): &(i64, i64, PersonId)| Juror {
            who: self.sign_in(*person),
            assignment: *assignment,
            review: *review,
            version: self.versions_of(*review),
        };
        rows.iter().map(juror).collect()
    }

    fn versions_of(&self, review: i64) -> i64 {
        self.write(move |w| {
            Ok(review_versions::table
                .filter(review_versions::review_id.eq(review))
                .count()
                .get_result(w.conn())?)
        })
    }

    /// A decision that is to be corrected, on a coalition that has won many members since.
    fn correction(&self) -> Correction {
        let (stage, decision, competition) = self.write(|w| {
            let (id, stage, competition, coalition): (i64, i64, i64, CoalitionId) =
                decisions::table
                    .filter(decisions::outcome.eq("not_selected"))
                    .filter(decisions::superseded_by.is_null())
                    .select((
                        decisions::id,
                        decisions::stage_id,
                        decisions::competition_id,
                        decisions::coalition_id,
                    ))
                    .order(decisions::id)
                    .first(w.conn())?;
            for number in 0..TOLD {
                let newcomer = Newcomer {
                    email: format!("resident{number}@people.example"),
                    name: format!("Resident {number}"),
                    ..Newcomer::default()
                };
                let member = Member {
                    id: w.fresh_id(),
                    coalition_id: coalition,
                    person_id: accounts::add(w, &newcomer, None, true)?.id,
                    role: MemberRole::Contributor,
                    sections: Vec::new(),
                    joined_at: w.now(),
                };
                coalitions::insert_member(w, &member, None)?;
            }
            Ok((stage, id, competition))
        });
        let holder = |role| {
            let id = CompetitionId(competition);
            self.sign_in(self.write(move |w| Ok(store::holders(w, id, role)?[0])))
        };
        Correction {
            officer: holder(Role::Officer),
            approver: holder(Role::Approver),
            stage,
            decision,
        }
    }

    /// Messages that are not sent yet.
    fn unsent(&self) -> Vec<(MessageState, String, Option<String>)> {
        self.write(|w| {
            Ok(messages::table
                .filter(messages::state.ne_all([MessageState::Sent, MessageState::Cancelled]))
                .select((messages::state, messages::kind, messages::last_error))
                .load(w.conn())?)
        })
    }
}

for_each_database! {
    async fn a_server_that_is_killed_loses_nothing_and_doubles_nothing(w: &mut World) {
        let Some(mail) = Server::start(w, &[]) else { return };
        w.clock.set(Clock::system().now());
        demo::load(&w.app, || {}).unwrap();
        let (cities, jurors, correction) = (w.cities(), w.jurors(), w.correction());
        assert_eq!((cities.len(), jurors.len()), (6, 4));
        let kills = std::env::var("CIVITAS_TEST_KILLS").map_or(KILLS, |number| number.parse().unwrap());
        let port = free_port();
        let settings = [
            ("CIVITAS__SERVER__PUBLIC_URL", format!("http://127.0.0.1:{port}")),
            ("CIVITAS__MAIL__TRANSPORT", "smtp".to_owned()),
            ("CIVITAS__MAIL__SMTP_HOST", "127.0.0.1".to_owned()),
            ("CIVITAS__MAIL__SMTP_PORT", mail.port.to_string()),
            ("CIVITAS__MAIL__SMTP_TLS", "none".to_owned()),
            ("CIVITAS__MAIL__TIMEOUT_SECONDS", "1".to_owned()),
            ("CIVITAS__MAIL__LEASE_SECONDS", "20".to_owned()),
        ];
        let acknowledged = AtomicUsize::new(0);
        let (over, of) = (AtomicBool::new(false), |who: &Actor| Client::new(port, &who.token));
        let (received, reviewed, last) = std::thread::scope(|scope| {
            let submitting: Vec<_> = cities.iter()
                .map(|city| scope.spawn(|| city.submits(&of(&city.convenor), &over, &acknowledged))).collect();
            let reviewing: Vec<_> = jurors.iter()
                .map(|juror| scope.spawn(|| juror.reviews(&of(&juror.who), &over))).collect();
            let announcing = scope.spawn(||
                correction.announces(&of(&correction.officer), &of(&correction.approver)));
            for life in 0..kills {
                let before = acknowledged.load(Ordering::SeqCst);
                let mut server = w.serve(port, &settings);
                // Some are killed while they have hardly begun, others in the midst of work.
                while life % 4 != 0 && acknowledged.load(Ordering::SeqCst) == before {
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::thread::sleep(Duration::from_millis(w.app.entropy.below(300)));
                server.kill();
            }
            let last = w.serve(port, &settings);
            announcing.join().unwrap();
            over.store(true, Ordering::SeqCst);
            let received: Vec<_> = submitting.into_iter().map(|one| one.join().unwrap()).collect();
            let reviewed: Vec<_> = reviewing.into_iter().map(|one| one.join().unwrap()).collect();
            (received, reviewed, last)
        });
        while !w.unsent().is_empty() {
            std::thread::sleep(Duration::from_millis(100));
        }
        last.stop();
        for (city, received) in cities.iter().zip(&received) {
            w.holds_what_was_received(city, received);
        }
        for (juror, acknowledged) in jurors.iter().zip(reviewed) {
            w.holds_what_was_reviewed(juror, acknowledged);
        }
        w.everything_arrived(&mail, kills);
        while w.write(chain_once) > 0 {}
        run(w, &["audit", "verify"]);
        for head in received.iter().flatten().filter_map(|one| one.receipt["audit_head"].as_str()) {
            run(w, &["audit", "verify", "--head", head]);
        }
        let acts: usize = received.iter().map(Vec::len).sum();
        assert!(acts >= kills / 2, "{acts} submissions in {kills} lives");
    }
}
