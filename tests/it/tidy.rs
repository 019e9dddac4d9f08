//! The house rules that a compiler does not see: who may use whom, how long a file may be, and
//! that both databases have the same tables as `schema/` says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use civitas::platform::db::{Address, Conn, migrate};
use diesel::prelude::*;
use diesel::sql_types::Text;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// From left to right: a module may use those before it.
const FLOW: &[&str] = &[
    "science",
    "platform",
    "people",
    "competitions",
    "coalitions",
    "panels",
    "proposals",
    "reviews",
    "decisions",
    "awards",
    "mailings",
];

#[test]
fn modules_use_only_what_lies_to_their_left() {
    let mut wrong = Vec::new();
    for (at, module) in FLOW.iter().enumerate() {
        let folder = root().join("src").join(module);
        if !folder.exists() {
            continue;
        }
        for file in rust_files(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            for later in FLOW[at + 1..].iter().chain(&["app", "cli"]) {
                let words = format!("crate::{later}::");
                if text
                    .lines()
                    .any(|line| !line.trim_start().starts_with("//") && line.contains(&words))
                {
                    wrong.push(format!("{} uses {later}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "against the flow:\n{}", wrong.join("\n"));
}

#[test]
fn stores_alone_speak_to_the_database() {
    // The rooms in which diesel is spoken beside stores: doors, links and the like are stores of
    // one table each, named here one by one.
    let mut wrong = Vec::new();
    for module in FLOW {
        let folder = root().join("src").join(module);
        if *module == "platform" || *module == "people" || !folder.exists() {
            continue;
        }
        for file in rust_files(&folder) {
            let name = file
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let is_store = name.contains("/store") || name.ends_with("doors.rs");
            let text = fs::read_to_string(&file).unwrap();
            if !is_store && text.contains("diesel::prelude") {
                wrong.push(name);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "SQL outside a store:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn models_and_access_know_neither_sql_nor_http() {
    let mut wrong = Vec::new();
    for module in FLOW
        .iter()
        .filter(|module| !["platform", "science", "people"].contains(module))
    {
        let folder = root().join("src").join(module);
        if !folder.exists() {
            continue;
        }
        for file in rust_files(&folder) {
            let name = file
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let pure = name.contains("/model") || name.ends_with("access.rs");
            let text = fs::read_to_string(&file).unwrap();
            let impure = ["actix_web", "diesel::prelude", ".conn()"]
                .iter()
                .find(|words| text.contains(**words));
            if let (true, Some(words)) = (pure, impure) {
                wrong.push(format!("{name} knows {words}"));
            }
        }
    }
    assert!(wrong.is_empty(), "not pure:\n{}", wrong.join("\n"));
}

/// Ways to reach another machine, and the files that may know them: the server speaks to its
/// database, its bucket and its mail server, and fetches nothing that somebody typed.
const WAYS_OUT: &[(&str, &[&str])] = &[
    ("TcpStream", &[]),
    ("UdpSocket", &[]),
    ("UnixStream", &[]),
    ("ToSocketAddrs", &[]),
    ("object_store", &["src/platform/files/mod.rs"]),
    ("SmtpConnection", &["src/platform/mail/transport/smtp.rs"]),
    ("reqwest", &[]),
    ("ureq", &[]),
    ("hyper", &[]),
    ("awc", &[]),
    ("Command::new", &[]),
];

#[test]
fn few_files_reach_out() {
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
            .flat_map(|word| [word].into_iter().chain(word.split("::")))
            .collect();
        for (way, known) in WAYS_OUT {
            if words.contains(way) && !known.contains(&&*name) {
                wrong.push(format!("{name} knows {way}"));
            }
        }
    }
    assert!(wrong.is_empty(), "reaches out:\n{}", wrong.join("\n"));
}

/// The archive reader finds members and unpacks none.
#[test]
fn nothing_that_unpacks_is_built_in() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let archives: Vec<&str> = manifest
        .lines()
        .filter(|line| line.starts_with("zip "))
        .collect();
    assert_eq!(archives.len(), 1, "{archives:?}");
    assert!(
        archives[0].contains("default-features = false"),
        "{archives:?}"
    );
    assert!(!archives[0].contains(" features"), "{archives:?}");
}

#[test]
fn no_file_is_longer_than_one_idea() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "benches"] {
        let folder = root().join(folder);
        if !folder.exists() {
            continue;
        }
        for file in rust_files(&folder) {
            let name = file
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            if lines > 400 {
                wrong.push(format!("{name}: {lines} lines, at most 400"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "find the second idea:\n{}",
        wrong.join("\n")
    );
}

/// The folders and files that a promise of SECURITY.md says keep it.
fn keepers(row: &str) -> Vec<&str> {
    let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
    let named = cells.last().unwrap().split('`');
    named.skip(1).step_by(2).collect()
}

#[test]
fn what_keeps_a_promise_of_security_is_there_and_tests() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 40, "{} promises", rows.len());
    for row in &rows[1..] {
        let named = keepers(row);
        assert!(!named.is_empty(), "kept by nothing: {row}");
        for name in named {
            let place = root().join(name);
            let files = if place.is_dir() {
                rust_files(&place)
            } else {
                vec![place]
            };
            let tests = |file: &PathBuf| {
                fs::read_to_string(file).is_ok_and(|text| {
                    ["test]", "for_each_database! {"]
                        .iter()
                        .any(|sign| text.contains(sign))
                })
            };
            assert!(files.iter().any(tests), "{name} holds no test: {row}");
        }
    }
}

/// The document knows shapes by their names alone.
#[test]
fn no_two_shapes_of_the_document_have_one_name() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for file in rust_files(&root().join("src")) {
        let source = fs::read_to_string(&file).unwrap();
        let mut is_shape = false;
        for line in source.lines() {
            is_shape |= line.contains("ToSchema") && !line.starts_with("use ");
            is_shape |= line.contains("text_enum! {");
            let words: Vec<&str> = line
                .split([' ', '<', '('])
                .filter(|w| !w.is_empty())
                .collect();
            let name = match words[..] {
                ["pub", "struct" | "enum", name, ..] | ["struct" | "enum", name, ..] => name,
                [name, "{"] if name.starts_with(char::is_uppercase) => name,
                _ => continue,
            };
            if std::mem::take(&mut is_shape) && !name.starts_with('$') {
                let place = file.display().to_string();
                let earlier = seen.insert(name.trim_end_matches(';').to_owned(), place.clone());
                assert_eq!(earlier, None, "{name} in {place} too");
            }
        }
    }
    assert!(seen.len() > 100, "only {} shapes found", seen.len());
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    optional: String,
}

type Shape = BTreeMap<String, BTreeMap<String, (String, bool)>>;

fn shape(columns: Vec<Column>) -> Shape {
    let mut shape = Shape::new();
    for column in columns {
        let kind = match column.kind.as_str() {
            "bigint" | "integer" | "INTEGER" | "boolean" => "number",
            "timestamp with time zone" | "text" | "TEXT" => "text",
            "double precision" | "REAL" => "real",
            other => panic!(
                "unknown type {other} of {}.{}",
                column.table_name, column.column_name
            ),
        };
        let table = shape.entry(column.table_name).or_default();
        table.insert(
            column.column_name,
            (kind.to_owned(), column.optional == "yes"),
        );
    }
    shape
}

fn sqlite_shape() -> Shape {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = Address::Sqlite(folder.path().join("parity.db"))
        .open()
        .unwrap();
    migrate::run(&mut conn).unwrap();
    // Raw SQL: the catalogues are not tables of ours.
    let sql = "SELECT m.name AS table_name, p.name AS column_name, p.type AS kind, \
               CASE WHEN p.\"notnull\" = 1 THEN 'no' ELSE 'yes' END AS optional \
               FROM sqlite_master m JOIN pragma_table_info(m.name) p \
               WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";
    let Conn::Sqlite(conn) = &mut conn else {
        unreachable!()
    };
    shape(diesel::sql_query(sql).load(conn).unwrap())
}

/// The tables and columns that `schema/` declares, read from its text.
fn declared_shape() -> Shape {
    let mut shape = Shape::new();
    for file in rust_files(&root().join("src/platform/db/schema")) {
        let text = fs::read_to_string(file).unwrap();
        let mut table = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_suffix(" (id) {") {
                table = name.to_owned();
            } else if let Some((name, kind)) = line
                .strip_suffix(',')
                .and_then(|line| line.split_once(" -> "))
            {
                let optional = kind.starts_with("Nullable<");
                let kind = match kind.trim_start_matches("Nullable<").trim_end_matches('>') {
                    "BigInt" | "Integer" | "Bool" => "number",
                    "Text" | "InstantSql" => "text",
                    "Double" => "real",
                    other => panic!("unknown type {other} of {table}.{name}"),
                };
                shape
                    .entry(table.clone())
                    .or_default()
                    .insert(name.to_owned(), (kind.to_owned(), optional));
            }
        }
    }
    shape
}

#[test]
fn sqlite_has_the_tables_that_the_schema_declares() {
    assert_eq!(sqlite_shape(), declared_shape());
}

#[test]
fn postgres_has_the_tables_that_the_schema_declares() {
    let Some(address) = crate::world::empty_postgres() else {
        return;
    };
    let mut conn = address.open().unwrap();
    migrate::run(&mut conn).unwrap();
    let sql = "SELECT table_name::text AS table_name, column_name::text AS column_name, data_type::text AS kind, \
               lower(is_nullable)::text AS optional FROM information_schema.columns \
               WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'";
    let Conn::Postgres(conn) = &mut conn else {
        unreachable!()
    };
    assert_eq!(
        shape(diesel::sql_query(sql).load(conn).unwrap()),
        declared_shape()
    );
}
