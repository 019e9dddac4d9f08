//! Rows for a database of an earlier version: those of the sample, in the columns that there were
//! then; one made up for each table that the sample leaves empty.

use std::collections::BTreeMap;

use civitas::platform::db::Conn;
use diesel::connection::SimpleConnection as _;

use super::looking::{Column, columns, count, own_schema};

/// Good as a moment, and as any text.
const TEXT: &str = "'2026-03-02T15:00:00.000000Z'";

/// Names a file that is nowhere.
const DIGEST: &str = "'0000000000000000000000000000000000000000000000000000000000000000'";

/// Good as a number, and as a yes.
const NUMBER: &str = "'1'";

/// Fills every table from the schema `sample`, which is of this version. Foreign keys are not looked at
/// meanwhile, as the order of tables is not theirs.
pub fn fill(conn: &mut Conn) {
    let own = own_schema(conn);
    let (tables, sample) = (columns(conn, own), columns(conn, "sample"));
    for (table, of_then) in &tables {
        if let Some(of_now) = sample.get(table) {
            copy(conn, table, of_then, of_now);
        }
    }
    make_up(conn, &tables);
}

fn copy(conn: &mut Conn, table: &str, of_then: &[Column], of_now: &[Column]) {
    let own = own_schema(conn);
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in of_then {
        let name = &column.name;
        let is_there = of_now.iter().any(|known| known.name == *name);
        if column.needed == 0 && !is_there {
            continue;
        }
        names.push(name.as_str());
        values.push(match (is_there, column.needed) {
            (true, 0) => name.clone(),
            (true, _) => format!("coalesce({name}, {})", made_up(column, own)),
            (false, _) => made_up(column, own),
        });
    }
    let (names, values) = (names.join(", "), values.join(", "));
    let sql = format!("INSERT INTO {own}.{table} ({names}) SELECT {values} FROM sample.{table}");
    run(conn, &sql);
}

/// A row for each table that has none yet, after those that it refers to.
fn make_up(conn: &mut Conn, tables: &BTreeMap<String, Vec<Column>>) {
    let own = own_schema(conn);
    let is_empty =
        |conn: &mut Conn, table: &str| count(conn, &format!("SELECT 1 FROM {own}.{table}")) == 0;
    let mut left: Vec<&String> = tables.keys().collect();
    left.retain(|table| is_empty(conn, table));
    while !left.is_empty() {
        let before = left.len();
        left.retain(|table| {
            let needed = tables[*table].iter().filter(|column| column.needed == 1);
            let mut others = needed
                .clone()
                .filter_map(|column| column.refers_to.as_ref());
            if others.any(|other| is_empty(conn, other)) {
                return true;
            }
            let names: Vec<&str> = needed.clone().map(|column| column.name.as_str()).collect();
            let values: Vec<String> = needed.map(|column| made_up(column, own)).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            run(
                conn,
                &format!("INSERT INTO {own}.{table} ({names}) VALUES ({values})"),
            );
            false
        });
        assert!(left.len() < before, "these refer to each other: {left:?}");
    }
}

fn made_up(column: &Column, own: &str) -> String {
    match (&column.refers_to, column.kind.as_str()) {
        (Some(other), _) => format!("(SELECT min(id) FROM {own}.{other})"),
        (None, _) if column.name == "digest" => DIGEST.to_owned(),
        (None, "TEXT" | "text" | "timestamp with time zone") => TEXT.to_owned(),
        (None, _) => NUMBER.to_owned(),
    }
}

fn run(conn: &mut Conn, sql: &str) {
    conn.batch_execute(sql)
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
}
