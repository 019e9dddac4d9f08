//! The audit log: who sees which rows, and a chain that tells when somebody laid hands on it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use civitas::people::{Role, guesses};
use civitas::platform::audit::{Verdict, chain_once, head, verify};
use civitas::platform::db::Writes;
use civitas::platform::db::schema::{audit_log, sign_in_delays};
use civitas::platform::refusal::Failure;
use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::json;

use crate::for_each_database;
use crate::proposals::scene::{AFTER, PLAIN, Scene, Setting};
use crate::world::{Actor, World};

/// Every act that somebody sees, page by page of two.
async fn acts(w: &World, who: &Actor) -> Vec<String> {
    let (mut acts, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/audit-log?limit=2{next}");
        let page = w.get(who, &path).await.expect(200);
        acts.extend(
            page.items()
                .iter()
                .map(|row| row["act"].as_str().unwrap().to_owned()),
        );
        match page.json["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return acts,
        }
    }
}

/// The acts by which a coalition writes and submits.
const OF_A_COALITION: &[&str] = &[
    "draft.section-saved",
    "submission.created",
    "submission.withdrawn",
];

fn seen(acts: &[String]) -> Vec<&str> {
    OF_A_COALITION
        .iter()
        .copied()
        .filter(|act| acts.iter().any(|seen| seen == act))
        .collect()
}

for_each_database! {
    async fn a_sealed_submission_is_in_no_row_before_the_deadline(w: &mut World) {
        let scene = Scene::open(w).await;
        let root = w.administrator("Root").await;
        let before = (acts(w, &root).await.len(), acts(w, &scene.officer).await.len());
        let id = scene.submitted(w).await;
        w.post(&scene.convenor, &format!("/submissions/{id}/withdrawal"), json!({"confirm": "withdraw"})).await.expect(200);
        w.clock.advance(std::time::Duration::from_secs(1));
        scene.submit(w, &scene.convenor).await.expect(201);
        for (who, before) in [(&root, before.0), (&scene.officer, before.1)] {
            let acts = acts(w, who).await;
            assert_eq!(seen(&acts), Vec::<&str>::new());
            assert_eq!(acts.len(), before, "nothing new but what is sealed: {acts:?}");
            let asked = w.get(who, &format!("/audit-log?object_kind=submission&object_id={id}")).await;
            assert_eq!(asked.expect(200).items().len(), 0);
        }
        w.set_time(AFTER);
        for who in [&root, &scene.officer] {
            assert!(seen(&acts(w, who).await).starts_with(&["draft.section-saved", "submission.created"]));
        }
    }

    async fn of_an_open_draft_office_sees_no_single_save(w: &mut World) {
        let scene = Scene::with(w, Setting { sealed: false, ..PLAIN }).await;
        scene.submitted(w).await;
        assert_eq!(seen(&acts(w, &scene.officer).await), ["submission.created"]);
        w.set_time(AFTER);
        assert_eq!(seen(&acts(w, &scene.officer).await), ["draft.section-saved", "submission.created"]);
    }
}

/// Writes some acts and chains them; gives the head.
async fn chained(w: &mut World) -> String {
    for name in ["Ana", "Ben", "Cleo", "Dora"] {
        w.person(name).await;
    }
    chain(w);
    let (rows, head) = w.write(|w| head(w));
    assert!(rows >= 8, "{rows}");
    head
}

/// How many columns the log has.
fn columns() -> usize {
    let all = diesel::debug_query::<diesel::sqlite::Sqlite, _>(
        &audit_log::table.select(audit_log::all_columns),
    )
    .to_string();
    let (columns, _) = all.split_once(" FROM ").unwrap();
    columns.split(", ").count()
}

fn chain(w: &World) {
    while w.write(chain_once) > 0 {}
}

type Hands = fn(&mut Writes<'_>) -> QueryResult<usize>;

/// What checking finds after somebody laid hands on the rows; it is undone afterwards.
fn after(
    w: &World,
    hands: impl Fn(&mut Writes<'_>) -> QueryResult<usize> + Send + 'static,
    kept: Option<&str>,
) -> Verdict {
    let kept = kept.map(str::to_owned);
    w.write(move |w| {
        w.try_out(|w| {
            hands(w).map_err(Failure::from)?;
            verify(w, kept.as_deref())
        })
    })
    .unwrap_or_else(|failure| panic!("{failure}"))
}

fn changed(w: &mut Writes<'_>) -> QueryResult<usize> {
    diesel::update(audit_log::table.filter(audit_log::position.eq(3)))
        .set(audit_log::detail.eq("{\"changed\":true}"))
        .execute(w.conn())
}

/// Every column of a row.
const COLUMNS: [&str; 12] = [
    "id",
    "at",
    "actor",
    "act",
    "object_kind",
    "object_id",
    "competition_id",
    "coalition_id",
    "detail",
    "stage_id",
    "position",
    "hash",
];

/// Changes one column of the row at a position.
fn altered(w: &mut Writes<'_>, position: i64, column: &str) -> QueryResult<usize> {
    let earlier = w.now().plus_seconds(-3600);
    macro_rules! set {
        ($column:ident, $value:expr) => {
            diesel::update(audit_log::table.filter(audit_log::position.eq(position)))
                .set(audit_log::$column.eq($value))
                .execute(w.conn())
        };
    }
    match column {
        "id" => set!(id, 7_i64),
        "at" => set!(at, earlier),
        "actor" => set!(actor, Some(7_i64)),
        "act" => set!(act, "nothing.happened"),
        "object_kind" => set!(object_kind, "nothing"),
        "object_id" => set!(object_id, 7_i64),
        "competition_id" => set!(competition_id, Some(7_i64)),
        "coalition_id" => set!(coalition_id, Some(7_i64)),
        "detail" => set!(detail, "{\"changed\":true}"),
        "stage_id" => set!(stage_id, Some(7_i64)),
        "position" => set!(position, Some(-position)),
        "hash" => set!(hash, Some("0".repeat(64))),
        other => panic!("{other} is no column of the log"),
    }
}

fn deleted(w: &mut Writes<'_>) -> QueryResult<usize> {
    diesel::delete(audit_log::table.filter(audit_log::position.eq(3))).execute(w.conn())
}

fn moved(w: &mut Writes<'_>, from: i64, to: i64) -> QueryResult<usize> {
    diesel::update(audit_log::table.filter(audit_log::position.eq(from)))
        .set(audit_log::position.eq(to))
        .execute(w.conn())
}

fn reordered(w: &mut Writes<'_>) -> QueryResult<usize> {
    moved(w, 3, -3)?;
    moved(w, 4, 3)?;
    moved(w, -3, 4)
}

fn cut(w: &mut Writes<'_>) -> QueryResult<usize> {
    diesel::delete(audit_log::table.filter(audit_log::position.gt(3))).execute(w.conn())
}

fn computed_anew(w: &mut Writes<'_>) -> QueryResult<usize> {
    deleted(w)?;
    diesel::update(audit_log::table)
        .set((
            audit_log::position.eq(None::<i64>),
            audit_log::hash.eq(None::<String>),
        ))
        .execute(w.conn())?;
    while chain_once(w).map_err(|_| diesel::result::Error::RollbackTransaction)? > 0 {}
    Ok(1)
}

for_each_database! {
    async fn the_chain_tells_what_was_done_to_it(w: &mut World) {
        let kept = chained(w).await;
        let untouched = w.write({ let kept = kept.clone(); move |w| verify(w, Some(&kept)) });
        assert!(matches!(&untouched, Verdict::Whole { head, .. } if *head == kept), "{untouched:?}");
        // The chain goes on after a head that was kept.
        w.person("Ed").await;
        chain(w);
        assert!(matches!(after(w, |_| Ok(0), Some(&kept)), Verdict::Whole { .. }));

        for hands in [changed as Hands, deleted, reordered] {
            for kept in [None, Some(kept.as_str())] {
                let found = after(w, hands, kept);
                assert!(matches!(found, Verdict::Broken { position: 3, .. }), "{found:?}");
            }
        }
        for hands in [cut as Hands, computed_anew] {
            assert!(matches!(after(w, hands, None), Verdict::Whole { .. }));
            assert_eq!(after(w, hands, Some(&kept)), Verdict::HeadMissing);
        }
    }

    async fn a_log_whose_newest_hash_was_taken_away_goes_on_and_tells(w: &mut World) {
        chained(w).await;
        let newest = w.write(|w| {
            let (newest, _) = head(w)?;
            diesel::update(audit_log::table.filter(audit_log::position.eq(newest)))
                .set(audit_log::hash.eq(None::<String>))
                .execute(w.conn())?;
            Ok(newest)
        });
        assert_eq!(w.write(|w| head(w)), (newest, String::new()));
        w.person("Ed").await;
        chain(w);
        assert!(w.write(|w| head(w)).0 > newest);
        let found = w.write(|w| verify(w, None));
        assert!(matches!(found, Verdict::Broken { position, .. } if position == newest), "{found:?}");
    }

    async fn every_column_of_every_row_is_watched(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.submitted(w).await;
        chain(w);
        let whole = after(w, |_| Ok(0), None);
        let Verdict::Whole { rows, .. } = whole else { panic!("{whole:?}") };
        assert_eq!(columns(), COLUMNS.len(), "a column of the log that this story does not know");
        // The stage decides who sees a row: taking it away would show what is sealed.
        let of_a_stage: Vec<i64> = w.write(|w| {
            let rows = audit_log::table.filter(audit_log::stage_id.is_not_null())
                .filter(audit_log::position.is_not_null());
            let found: Vec<Option<i64>> = rows.order(audit_log::position).select(audit_log::position).load(w.conn())?;
            Ok(found.into_iter().flatten().collect())
        });
        for position in of_a_stage {
            let found = after(w, move |w| {
                diesel::update(audit_log::table.filter(audit_log::position.eq(position)))
                    .set(audit_log::stage_id.eq(None::<i64>)).execute(w.conn())
            }, None);
            assert!(matches!(found, Verdict::Broken { position: p, .. } if p == position), "{position}: {found:?}");
        }
        for position in [1, rows / 2, rows] {
            for column in COLUMNS {
                let found = after(w, move |w| altered(w, position, column), None);
                // Taken from its place, a row stands before the first, where nothing is chained.
                let at = if column == "position" { -position } else { position };
                let named = matches!(found, Verdict::Broken { position: p, .. } if p == at);
                assert!(named, "{column} of {position}: {found:?}");
            }
        }
    }

    async fn units_that_lose_against_each_other_leave_one_effect_each(w: &mut World) {
        let tally = guesses::Tally::of_guesses("ana@people.example", "192.0.2.7");
        let once = tally.clone();
        w.write(move |w| guesses::count(w, &once));
        let before = w.app.db.retries();
        let mut done = 1;
        for _ in 0..5 {
            let units = (0..8).map(|_| {
                let tally = tally.clone();
                w.app.db.write(w.now(), move |w| guesses::count(w, &tally))
            });
            done += join_all(units).await.into_iter().flatten().count();
        }
        let counted: i32 = w.write(|w| {
            Ok(sign_in_delays::table.select(sign_in_delays::failures).first(w.conn())?)
        });
        assert_eq!(usize::try_from(counted).unwrap(), done, "each that was answered counts once");
        if w.is_postgres() {
            assert!(w.app.db.retries() > before, "nothing ran against anything else");
        }
    }

    async fn a_unit_that_loses_again_and_again_gets_its_turn(w: &mut World) {
        let tally = guesses::Tally::of_guesses("ana@people.example", "192.0.2.7");
        let (db, now, once) = (w.app.db.clone(), w.now(), tally.clone());
        w.write(move |w| guesses::count(w, &once));
        let overtaken = Arc::new(AtomicUsize::new(0));
        let times = Arc::clone(&overtaken);
        w.write(move |w| {
            let _seen: i32 = sign_in_delays::table.select(sign_in_delays::failures).first(w.conn())?;
            // Somebody always comes first, as long as anybody else can write at all.
            let (db, tally, (done, is_done)) = (db.clone(), tally.clone(), mpsc::channel());
            std::thread::spawn(move || {
                let _ = db.write_here(now, move |w| guesses::count(w, &tally));
                let _ = done.send(());
            });
            if is_done.recv_timeout(Duration::from_millis(500)).is_ok() {
                times.fetch_add(1, Ordering::SeqCst);
            }
            guesses::count(w, &guesses::Tally::of_guesses("ana@people.example", "192.0.2.7"))
        });
        let expected = if w.is_postgres() { 3 } else { 0 };
        assert_eq!(overtaken.load(Ordering::SeqCst), expected);
    }

    async fn officers_see_the_rows_of_their_competition_only(w: &mut World) {
        let scene = Scene::open(w).await;
        let other = w.person("Other").await;
        w.get(&other, "/audit-log").await.expect(404);
        w.grant(&other, Role::Officer, scene.competition);
        let rows = w.get(&other, "/audit-log").await.expect(200);
        assert!(rows.items().iter().all(|row| row["competition"] == scene.competition));
    }
}
