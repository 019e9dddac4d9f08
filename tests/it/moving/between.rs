//! From SQLite to PostgreSQL and back again: every row and every column is what it was.

use std::path::Path;

use civitas::cli::demo;
use civitas::competitions::store::changes_of;
use civitas::platform::audit::chain_once;
use civitas::platform::clock::Clock;
use civitas::platform::db::schema::competitions;
use civitas::platform::db::{Address, Conn, look, migrate};
use civitas::platform::digest::sha256_hex;
use civitas::platform::ids::CompetitionId;
use civitas::platform::random::Entropy;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::archive::Members;
use super::scene::{Elsewhere, Today, refused, well};
use crate::commands::civitas;
use crate::upgrades::looking::{columns, count, dangling, doubles, lines_of, lost, texts};
use crate::upgrades::{can_be_served, old};
use crate::world::{World, empty_postgres};

/// Values that are easily lost on the way.
const AWKWARD: &str = r#"
    UPDATE people SET name = 'Zoë O''Brien "x" \ ' || char(10) || '\n🏙' || char(9) || '\.', organisation = ''
        WHERE id = (SELECT min(id) FROM people);
    UPDATE people SET name = 'null' WHERE id = (SELECT max(id) FROM people);
    UPDATE place_facts SET value = 0.1 + 0.2 WHERE id = (SELECT min(id) FROM place_facts);
    UPDATE place_facts SET value = 5e-324 WHERE id = (SELECT max(id) FROM place_facts);
    UPDATE place_facts SET value = -1.7976931348623157e308
        WHERE id = (SELECT min(id) FROM place_facts WHERE id > (SELECT min(id) FROM place_facts));
    UPDATE budget_lines SET amount = 9223372036854775807 WHERE id = (SELECT min(id) FROM budget_lines);
    UPDATE budget_lines SET amount = -9007199254740993 WHERE id = (SELECT max(id) FROM budget_lines);
    UPDATE messages SET created_at = '1969-12-31T23:59:59.999999Z', sent_at = '9999-12-30T21:59:59.999999Z'
        WHERE id = (SELECT min(id) FROM messages);
    UPDATE sessions SET created_at = '0001-01-01T00:00:00.000000Z' WHERE id = (SELECT min(id) FROM sessions);
    UPDATE messages SET fields = '{"long":"' || hex(zeroblob(1500000)) || '"}'
        WHERE id = (SELECT max(id) FROM messages);
"#;

/// A database of this version with rows in every table, awkward ones among them.
async fn full() -> (World, Address) {
    let w = World::on_sqlite().await;
    w.clock.set(Clock::system().now());
    demo::load(&w.app, || {}).unwrap();
    while w.write(chain_once) > 0 {}
    let full = old(&w, migrate::all().unwrap().len());
    let mut conn = full.open().unwrap();
    conn.batch_execute(AWKWARD).unwrap();
    // The upload that the only row of its kind names.
    let (name, words) = ("ab".repeat(32), "An upload.");
    conn.batch_execute(&format!(
        "UPDATE files SET name = '{name}', digest = '{}', size = {}",
        sha256_hex(words),
        words.len()
    ))
    .unwrap();
    let kept = w.folder.path().join("files/kept/ab");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(kept.join(name), words).unwrap();
    for table in columns(&mut conn, "main").keys() {
        let rows = count(&mut conn, &format!("SELECT 1 FROM {table}"));
        assert!(rows > 0, "nothing in {table}");
    }
    (w, full)
}

fn over(folder: &Path, database: &Address, words: &[&str]) -> String {
    well(&civitas(folder, database, words))
}

/// How often something changed that a competition's lists are worked out from, for each.
fn changes(database: &Address) -> Vec<(i64, i64)> {
    let mut conn = database.open().unwrap();
    let sums = |r: &mut civitas::platform::db::Reads<'_>| {
        let all: Vec<i64> = competitions::table
            .order(competitions::id)
            .select(competitions::id)
            .load(r.conn())?;
        let mut sums = Vec::new();
        for one in all {
            sums.push((one, changes_of(r, CompetitionId(one))?));
        }
        Ok(sums)
    };
    look(&mut conn, Clock::system().now(), &Entropy::system(), sums).unwrap()
}

/// As the databases themselves tell it, not the product: every value but fractions as text, and
/// those to the last bit.
fn told(database: &Address) -> (Vec<String>, Vec<u64>) {
    let mut conn = database.open().unwrap();
    (texts(&mut conn), doubles(&mut conn))
}

fn same(one: &Address, other: &Address) {
    let ((texts, doubles), (others, other_doubles)) = (told(one), told(other));
    for (one, other) in texts.iter().zip(&others) {
        assert_eq!(one, other);
    }
    assert_eq!(texts.len(), others.len());
    assert_eq!(doubles, other_doubles);
    assert!(texts.len() > 100, "there is nothing to compare");
}

#[actix_web::test]
async fn an_instance_moves_to_postgres_and_back_and_nothing_is_lost() {
    let Some(postgres) = empty_postgres() else {
        return;
    };
    let (w, sqlite) = full().await;
    let folder = w.folder.path();
    over(folder, &sqlite, &["export", "there.tar"]);
    let told = over(folder, &postgres, &["import", "there.tar"]);
    assert!(told.contains("found to be the same"), "{told}");
    same(&sqlite, &postgres);
    assert_eq!(changes(&sqlite), changes(&postgres));
    over(folder, &postgres, &["audit", "verify"]);
    let mut conn = postgres.open().unwrap();
    assert_eq!(dangling(&mut conn), Vec::<String>::new());
    let fresh = empty_postgres().unwrap();
    over(folder, &fresh, &["migrate"]);
    let as_made = lines_of(&mut fresh.open().unwrap());
    assert_eq!(
        lines_of(&mut conn),
        as_made,
        "triggers and keys are in force again"
    );

    // The triggers count on, under numbers that nothing has yet.
    let before: i64 = changes(&postgres).iter().map(|(_, sum)| sum).sum();
    let changed = diesel::sql_query(
        "UPDATE reviews SET scores = scores || ' ' WHERE id = (SELECT min(id) FROM reviews WHERE state = 'submitted')",
    )
    .execute(&mut conn)
    .unwrap();
    assert_eq!(changed, 1);
    let after: i64 = changes(&postgres).iter().map(|(_, sum)| sum).sum();
    assert_eq!(after, before + 1);
    drop(conn);

    over(folder, &postgres, &["export", "back.tar"]);
    let there = Elsewhere::new();
    well(&there.with("import", &w.folder.path().join("back.tar")));
    same(&postgres, &there.database());
    let mut back = there.database().open().unwrap();
    let first = sqlite.open().map(|mut conn| lines_of(&mut conn)).unwrap();
    assert_eq!(lines_of(&mut back), first);
    // But for what was changed in between, it is what it was.
    let Address::Sqlite(path) = &sqlite else {
        unreachable!()
    };
    back.batch_execute(&format!("ATTACH '{}' AS before", path.display()))
        .unwrap();
    let lost = lost(&mut back, &["reviews.scores"]);
    assert_eq!(lost, Vec::<String>::new());
    drop(back);
    well(&there.command(&["audit", "verify"]));
    let (before, after) = (
        Members::of(&folder.join("there.tar")),
        Members::of(&folder.join("back.tar")),
    );
    for name in before.names("tables/") {
        let is_changed =
            ["tables/reviews.jsonl", "tables/competition_changes.jsonl"].contains(&name.as_str());
        assert_eq!(
            before.bytes(&name) != after.bytes(&name),
            is_changed,
            "{name}"
        );
    }
    can_be_served(&w, &postgres);
    can_be_served(&w, &there.database());
    w.finish();
}

#[actix_web::test]
async fn uploads_move_with_the_tables() {
    let today = Today::begin().await;
    let Some(postgres) = empty_postgres() else {
        return;
    };
    well(&today.command(&["export", "moving.tar"]));
    let bytes = std::fs::read(today.kept()).unwrap();
    let there = Elsewhere::new();
    well(&civitas(
        there.0.path(),
        &postgres,
        &["import", today.at("moving.tar").to_str().unwrap()],
    ));
    let name = today
        .kept()
        .strip_prefix(today.w.folder.path())
        .unwrap()
        .to_owned();
    assert_eq!(std::fs::read(there.0.path().join(name)).unwrap(), bytes);
    same(today.w.app.db.address(), &postgres);
    today.w.finish();
}

#[actix_web::test]
async fn what_does_not_come_in_as_it_is_does_not_come_in_at_all() {
    let today = Today::begin().await;
    well(&today.command(&["export", "one.tar"]));
    let members = Members::of(&today.at("one.tar"));
    let evil = today.at("evil.tar");
    let person = "tables/people.jsonl";
    let rows = members.text(person);
    let first = rows.lines().nth(1).unwrap();
    let (head, others) = rows.split_once('\n').unwrap();
    for (member, text, named) in [
        (person, format!("{head}\n"), "did not come"),
        (
            person,
            rows.replacen("\"email\"", "\"mail\"", 1),
            "not the columns",
        ),
        (person, format!("{head}\n[1]\n{others}"), "line 2"),
        (person, rows.trim_end().to_owned(), "no end"),
        (person, format!("{rows}{first}\n"), "people.id"),
        (
            person,
            format!("{head}\n{first} \n{}", others.split_once('\n').unwrap().1),
            "came in otherwise",
        ),
        (
            "tables/audit_log.jsonl",
            members
                .text("tables/audit_log.jsonl")
                .replacen("person.", "nobody.", 1),
            "audit log was changed",
        ),
    ] {
        let mut members = members.clone();
        assert_ne!(text, members.text(member), "{named}");
        members.set(member, text.into_bytes());
        members.write_listed(&evil);
        let sqlite = Elsewhere::new();
        for database in [Some(sqlite.database()), empty_postgres()]
            .into_iter()
            .flatten()
        {
            let there = Elsewhere::new();
            let words = ["import", evil.to_str().unwrap()];
            let why = refused(&civitas(there.0.path(), &database, &words));
            let postgres_says = named == "people.id" && why.contains("people_pkey")
                || named == "did not come" && why.contains("foreign key");
            assert!(why.contains(named) || postgres_says, "{named}: {why}");
            let mut conn: Conn = database.open().unwrap();
            for table in ["people", "audit_log", "files", "competition_changes"] {
                assert_eq!(
                    count(&mut conn, &format!("SELECT 1 FROM {table}")),
                    0,
                    "{table}"
                );
            }
            there.is_bare();
        }
    }
    let upload = members.names("files/")[0].clone();
    let (_, name) = upload.rsplit_once('/').unwrap();
    let mut lacking = members.clone();
    lacking.remove(&upload);
    let mut other = members.clone();
    other.set(&upload, b"Other words.".to_vec());
    for (mut changed, named) in [
        (lacking, "is not in the archive"),
        (other, "is not what was uploaded"),
    ] {
        changed.write_listed(&evil);
        let there = Elsewhere::new();
        let why = refused(&there.with("import", &evil));
        assert!(why.contains(&format!("{name} {named}")), "{why}");
        let kept = there.0.path().join("files/kept").join(&name[..2]);
        assert!(!kept.join(name).exists(), "{named}: it is taken away again");
    }
    let mut without = members.clone();
    without.remove("tables/places.jsonl");
    without.write_listed(&evil);
    let why = refused(&Elsewhere::new().with("import", &evil));
    assert!(why.contains("other tables"), "{why}");
    today.w.finish();
}
