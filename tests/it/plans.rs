//! No request reads a whole table that grows with the competitions: what the main requests ask
//! of the database, and how it goes about it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use civitas::cli::demo;
use civitas::cli::minute::each_minute;
use civitas::platform::clock::Clock;
use civitas::platform::db::{Address, Db};
use civitas::platform::random::Entropy;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use serde_json::json;

use crate::demo::sign_in;
use crate::world::{Actor, World, document};

/// The database of this test by another name, by which its own connections are told apart.
const WATCHED: &str = "watched.db";

static ASKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Writes down what is asked on connections to the watched database.
#[derive(Default)]
struct Listens {
    watched: bool,
}

impl Instrumentation for Listens {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.watched = url.ends_with(WATCHED);
            }
            InstrumentationEvent::StartQuery { query, .. } if self.watched => {
                let text = query.to_string();
                let asked = text.split(" -- binds").next().unwrap_or_default();
                ASKED.lock().unwrap().insert(asked.to_owned());
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
const ALLOWED: &[(&str, &str)] = &[(
    "FROM `assignments` WHERE (`assignments`.`state` IN (?, ?)) ORDER BY `assignments`.`id`",
    "once a minute all that are live are held against the doors; an index on so few states would \
     lead other questions astray",
)];

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// For this test's own questions, to which nobody listens.
fn connection(w: &World) -> SqliteConnection {
    let path = w.folder.path().join("civitas.db");
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

/// One identity of a table, the first or the last, if there is such a table with rows.
fn id_in(conn: &mut SqliteConnection, table: &str, last: bool) -> Option<i64> {
    let order = if last { "DESC" } else { "ASC" };
    let ids: Vec<Id> = sql_query(format!(
        "SELECT id FROM {table} ORDER BY id {order} LIMIT 1"
    ))
    .load(conn)
    .ok()?;
    ids.first().map(|row| row.id)
}

/// An address of the document with real identities in it.
fn filled(conn: &mut SqliteConnection, pattern: &str, last: bool) -> String {
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

async fn asks_for_all_there_is(w: &World, people: &[Actor]) {
    let mut conn = connection(w);
    let paths = document()["paths"].as_object().unwrap();
    let patterns = paths
        .iter()
        .filter(|(_, operations)| !operations["get"].is_null())
        .filter_map(|(pattern, _)| pattern.strip_prefix("/api/v1"));
    for pattern in patterns {
        for last in [false, true] {
            let path = filled(&mut conn, pattern, last);
            for who in people {
                let reply = w.get(who, &path).await;
                assert!(reply.status < 500, "{path}: {reply}");
            }
        }
    }
}

async fn works(w: &World, convenor: &Actor, reviewer: &Actor) {
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
    each_minute(&w.app).await;
}

/// Whole tables that a plan reads, small ones apart.
fn read_whole(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
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

#[actix_web::test]
async fn no_request_reads_a_whole_table_that_grows() {
    set_default_instrumentation(|| Some(Box::new(Listens::default()))).unwrap();
    let mut w = World::on_sqlite().await;
    w.clock.set(Clock::system().now());
    let watched = w.folder.path().join(WATCHED);
    std::os::unix::fs::symlink(w.folder.path().join("civitas.db"), &watched).unwrap();
    let db = Db::open(&Address::Sqlite(watched), 2, Entropy::system()).unwrap();
    w.change(|app| {
        app.gate.db = db.clone();
        app.db = db;
    })
    .await;
    // A whole competition is played through, so nearly every write is heard.
    demo::load(&w.app, || {}).unwrap();
    let mut people = Vec::new();
    for role in ["officer", "reviewer", "convenor"] {
        people.push(sign_in(&w, role).await);
    }
    asks_for_all_there_is(&w, &people).await;
    works(&w, &people[2], &people[1]).await;

    let asked = ASKED.lock().unwrap().clone();
    assert!(asked.len() > 150, "only {} statements heard", asked.len());
    let mut conn = connection(&w);
    let mut found = Vec::new();
    for sql in asked.iter().filter(|sql| is_explainable(sql)) {
        for scan in read_whole(&mut conn, sql) {
            if !ALLOWED.iter().any(|(part, _)| sql.contains(part)) {
                found.push(format!("{scan}: {sql}"));
            }
        }
    }
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
