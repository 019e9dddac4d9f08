//! No request reads a whole table that grows with the competitions: what the main requests ask
//! of the database, and how it goes about it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use civitas::cli::demo;
use civitas::cli::minute::each_minute;
use civitas::platform::clock::Clock;
use civitas::platform::db::{Address, Conn, Db};
use civitas::platform::random::Entropy;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use serde_json::json;

use crate::demo::sign_in;
use crate::world::{Actor, World, document};

/// The databases of these tests by other names, by which their own connections are told apart.
const WATCHED: &str = "watched.db";
const WATCHED_POSTGRES: &str = "application_name=watched";

type Heard = Mutex<BTreeSet<String>>;

static ASKED: Heard = Mutex::new(BTreeSet::new());
static ASKED_POSTGRES: Heard = Mutex::new(BTreeSet::new());

/// Writes down what is asked on connections to a watched database.
#[derive(Default)]
struct Listens {
    to: Option<&'static Heard>,
}

impl Instrumentation for Listens {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.to = [(WATCHED, &ASKED), (WATCHED_POSTGRES, &ASKED_POSTGRES)]
                    .into_iter()
                    .find(|(name, _)| url.ends_with(name))
                    .map(|(_, heard)| heard);
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let Some(heard) = self.to else { return };
                let text = query.to_string();
                let asked = text.split(" -- binds").next().unwrap_or_default();
                heard.lock().unwrap().insert(asked.to_owned());
            }
            _ => {}
        }
    }
}

/// Tables that stay small: a competition is described by a few rows, not by as many as take part.
const SMALL: &[&str] = &[
    "competitions",
    "stages",
    "stage_acts",
    "stage_texts",
    "budget_lines",
    "call_dates",
    "amendments",
    "announcements",
    "announcement_texts",
    "dockets",
    "signing_keys",
    "audit_worker",
    "mail_pause",
    "competition_changes",
    "review_deadlines_told",
    "sign_in_delays",
];

/// What may be read whole, and why.
const ALLOWED: &[(&str, &str)] = &[
    (
        "FROM `assignments` WHERE (`assignments`.`state` IN (?, ?)) ORDER BY `assignments`.`id`",
        "once a minute all that are live are held against the doors; an index on so few states \
         would lead other questions astray",
    ),
    (
        "COUNT(*) FROM `people`",
        "once, when the demo starts: whether somebody is there",
    ),
    (
        "FROM `audit_log` WHERE (`audit_log`.`act` = ",
        "once, when the demo starts: whether its sample is there",
    ),
];

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// One identity of a table, the first or the last, if there is such a table with rows.
fn id_in(conn: &mut Conn, table: &str, last: bool) -> Option<i64> {
    let order = if last { "DESC" } else { "ASC" };
    let ids: Vec<Id> = sql_query(format!(
        "SELECT id FROM {table} ORDER BY id {order} LIMIT 1"
    ))
    .load(conn)
    .ok()?;
    ids.first().map(|row| row.id)
}

/// An address of the document with real identities in it.
fn filled(conn: &mut Conn, pattern: &str, last: bool) -> String {
    let (mut path, mut before) = (Vec::new(), "");
    for segment in pattern.split('/') {
        let is_id = segment.starts_with('{');
        let id = is_id
            .then(|| id_in(conn, &before.replace('-', "_"), last))
            .flatten();
        path.push(match id {
            Some(id) => id.to_string(),
            None if is_id => "1".to_owned(),
            None => segment.to_owned(),
        });
        before = segment;
    }
    path.join("/")
}

async fn asks_for_all_there_is(w: &World, conn: &mut Conn, people: &[Actor]) {
    let paths = document()["paths"].as_object().unwrap();
    let patterns = paths
        .iter()
        .filter(|(_, operations)| !operations["get"].is_null())
        .filter_map(|(pattern, _)| pattern.strip_prefix("/api/v1"));
    for pattern in patterns {
        for last in [false, true] {
            let path = filled(conn, pattern, last);
            for who in people {
                let reply = w.get(who, &path).await;
                assert!(reply.status < 500, "{path}: {reply}");
            }
        }
    }
}

async fn works(w: &World, convenor: &Actor, reviewer: &Actor, officer: &Actor) {
    let proposals = w.get(convenor, "/me/proposals").await.expect(200);
    let first = proposals.items()[0]["id"].as_i64().unwrap();
    w.post(
        convenor,
        &format!("/proposals/{first}/submissions"),
        json!({}),
    )
    .await;
    let mine = w.get(reviewer, "/me/assignments").await.expect(200);
    let assignment = mine.items()[0]["id"].as_i64().unwrap();
    let path = format!("/assignments/{assignment}/review");
    let review = w.get(reviewer, &path).await;
    let text = json!({"scores": {}, "narratives": {}, "confidential_note": ""});
    w.put(reviewer, &path, &review.etag(), text).await;
    asks_and_writes(w, convenor, officer).await;
    each_minute(&w.app).await;
}

/// A question with its answers, and letters to every group.
async fn asks_and_writes(w: &World, convenor: &Actor, officer: &Actor) {
    let officer = w.sign_in(officer.id);
    let calls = w.get(&officer, "/competitions").await.expect(200);
    let mut done = [0; 2];
    for call in calls.items() {
        let path = format!("/competitions/{}", call["id"]);
        let question = json!({"question": "May we?"});
        let asked = w
            .post(convenor, &format!("{path}/questions"), question)
            .await;
        if asked.status == 201 {
            let answers = format!("/questions/{}/answers", asked.id());
            w.post(&officer, &answers, json!({"answer": "Yes."})).await;
            let answer =
                json!({"questions": [asked.id()], "question": "May one?", "answer": "Yes."});
            let publishes = format!("{path}/answer-publications");
            let made = w
                .post(&officer, &publishes, json!({"answers": [answer]}))
                .await;
            done[0] += usize::from(made.status == 201);
        }
        let stages = w.get(&officer, &format!("{path}/stages")).await.expect(200);
        for stage in stages.items() {
            for group in civitas::mailings::model::MailingGroup::ALL {
                for stage in [json!(null), stage["id"].clone()] {
                    let text = json!({"language": "en", "subject": "a", "body": "b"});
                    let letter = json!({"group": group, "stage": stage, "texts": [text]});
                    let previews = format!("{path}/mailing-previews");
                    let seen = w.post(&officer, &previews, letter.clone()).await;
                    let sent = json!({"digest": seen.json["digest"], "mailing": letter});
                    let sent = w.post(&officer, &format!("{path}/mailings"), sent).await;
                    done[1] += usize::from(sent.status == 201);
                }
            }
        }
    }
    assert!(done[0] > 0 && done[1] > 5, "{done:?} were done");
}

/// Whole tables that SQLite's plan reads, small ones apart.
fn read_whole(conn: &mut Conn, sql: &str) -> Vec<String> {
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
        .load(conn)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    steps
        .into_iter()
        .map(|step| step.detail)
        // In the order of an index, and no further than the page goes.
        .filter(|detail| !(detail.contains(" USING INDEX ") && sql.contains(" LIMIT ?")))
        .filter(|detail| {
            let table = detail.strip_prefix("SCAN ").map(|rest| {
                let name = rest.split(' ').next().unwrap_or_default();
                name.to_owned()
            });
            table.is_some_and(|table| {
                !SMALL.contains(&table.as_str()) && table != "CONSTANT" && !table.starts_with('(')
            })
        })
        .collect()
}

/// Else SQLite prepares most statements anew at each run: a build must be told so by
/// `.cargo/config.toml`, which one from elsewhere would not read.
#[test]
fn the_planner_does_not_look_at_values() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    let used: Id = sql_query("SELECT sqlite_compileoption_used('ENABLE_QPSG') AS id")
        .get_result(&mut conn)
        .unwrap();
    assert_eq!(used.id, 1);
}

/// Plays a competition through on a database that is watched, and asks for all there is. Gives a
/// connection to which nobody listens.
async fn plays(w: &mut World, watched: Address) -> Conn {
    set_default_instrumentation(|| Some(Box::new(Listens::default()))).unwrap();
    let mut conn = w.app.db.address().open().unwrap();
    w.clock.set(Clock::system().now());
    let db = Db::open(&watched, 2, Entropy::system()).unwrap();
    w.change(|app| {
        app.gate.db = db.clone();
        app.db = db;
    })
    .await;
    // A whole competition is played through, so nearly every write is heard.
    demo::load(&w.app, || {}).unwrap();
    let mut people = Vec::new();
    for role in ["officer", "reviewer", "convenor"] {
        people.push(sign_in(w, role).await);
    }
    asks_for_all_there_is(w, &mut conn, &people).await;
    works(w, &people[2], &people[1], &people[0]).await;
    conn
}

/// What was heard and reads a whole table that it should not.
fn found(heard: &Heard, mut whole: impl FnMut(&str) -> Vec<String>) -> Vec<String> {
    let asked = heard.lock().unwrap().clone();
    assert!(asked.len() > 150, "only {} statements heard", asked.len());
    let mut found = Vec::new();
    for sql in asked.iter().filter(|sql| is_explainable(sql)) {
        let one_dialect = sql.replace('"', "`");
        if !ALLOWED.iter().any(|(part, _)| one_dialect.contains(part)) {
            let scans = whole(sql);
            found.extend(scans.iter().map(|scan| format!("{scan}: {sql}")));
        }
    }
    found
}

#[actix_web::test]
async fn no_request_reads_a_whole_table_that_grows() {
    let mut w = World::on_sqlite().await;
    let watched = w.folder.path().join(WATCHED);
    std::os::unix::fs::symlink(w.folder.path().join("civitas.db"), &watched).unwrap();
    let mut conn = plays(&mut w, Address::Sqlite(watched)).await;
    let found = found(&ASKED, |sql| read_whole(&mut conn, sql));
    w.finish();
    assert!(found.is_empty(), "{}\n{}", found.len(), found.join("\n\n"));
}

/// Whole tables that PostgreSQL's plan reads although it would rather not, small ones apart.
fn read_whole_by_postgres(conn: &mut Conn, sql: &str) -> Vec<String> {
    sql_query(format!("PREPARE asked AS {sql}"))
        .execute(conn)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let values = (1..).take_while(|number| sql.contains(&format!("${number}")));
    let nulls = vec!["NULL"; values.count()].join(", ");
    let values = if nulls.is_empty() {
        nulls
    } else {
        format!("({nulls})")
    };
    let plan: Vec<Line> = sql_query(format!("EXPLAIN EXECUTE asked{values}"))
        .load(conn)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    sql_query("DEALLOCATE asked").execute(conn).unwrap();
    plan.into_iter()
        .map(|line| line.text)
        .filter(|line| {
            let (_, table) = line.split_once("Seq Scan on ").unwrap_or_default();
            let table = table.split(' ').next().unwrap_or_default();
            !table.is_empty() && !SMALL.contains(&table)
        })
        .collect()
}

#[actix_web::test]
async fn nor_does_one_on_postgres() {
    let Some(mut w) = World::on_postgres().await else {
        return;
    };
    let url = w.database_url();
    let mark = if url.contains('?') { '&' } else { '?' };
    let watched = Address::Postgres(format!("{url}{mark}{WATCHED_POSTGRES}"));
    let mut conn = plays(&mut w, watched).await;
    for setting in [
        "enable_seqscan = off",
        "plan_cache_mode = force_generic_plan",
    ] {
        sql_query(format!("SET {setting}"))
            .execute(&mut conn)
            .unwrap();
    }
    let found = found(&ASKED_POSTGRES, |sql| {
        read_whole_by_postgres(&mut conn, sql)
    });
    drop(conn);
    w.finish();
    assert!(found.is_empty(), "{}\n{}", found.len(), found.join("\n\n"));
}

fn is_explainable(sql: &str) -> bool {
    let asks = ["SELECT", "UPDATE", "DELETE", "INSERT"]
        .iter()
        .any(|word| sql.trim_start().starts_with(word));
    // Nothing is read where a list to choose from is empty.
    asks && !sql.contains("(1=0)")
}
