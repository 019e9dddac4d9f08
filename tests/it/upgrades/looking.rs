//! What a database holds, read from its own catalogue.

use std::collections::{BTreeMap, BTreeSet};

use civitas::platform::db::Conn;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

/// A column of a table.
#[derive(QueryableByName)]
pub struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = BigInt)]
    pub needed: i64,
    /// The table whose `id` it must be.
    #[diesel(sql_type = Nullable<Text>)]
    pub refers_to: Option<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Double {
    #[diesel(sql_type = diesel::sql_types::Double)]
    number: f64,
}

// Raw SQL throughout: the catalogues are not tables of ours, and the tables are those of earlier
// versions.
fn load<T>(conn: &mut Conn, sql: &str) -> Vec<T>
where
    T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static,
{
    let query = diesel::sql_query(sql);
    match conn {
        Conn::Sqlite(conn) => query.load(conn),
        Conn::Postgres(conn) => query.load(conn),
    }
    .unwrap_or_else(|error| panic!("{error}: {sql}"))
}

/// The schema that the product uses.
pub const fn own_schema(conn: &Conn) -> &'static str {
    match conn {
        Conn::Sqlite(_) => "main",
        Conn::Postgres(_) => "public",
    }
}

/// The tables of a schema with their columns.
pub fn columns(conn: &mut Conn, schema: &str) -> BTreeMap<String, Vec<Column>> {
    let sql = match conn {
        Conn::Sqlite(_) => format!(
            "SELECT m.name AS table_name, p.name AS name, p.type AS kind, p.\"notnull\" AS needed,
                (SELECT k.\"table\" FROM pragma_foreign_key_list(m.name, '{schema}') k
                 WHERE k.\"from\" = p.name) AS refers_to
             FROM {schema}.sqlite_master m JOIN pragma_table_info(m.name, '{schema}') p
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'"
        ),
        Conn::Postgres(_) => format!(
            "SELECT t.relname::text AS table_name, a.attname::text AS name,
                format_type(a.atttypid, NULL) AS kind, a.attnotnull::int::bigint AS needed,
                (SELECT r.relname::text FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
                 WHERE k.contype = 'f' AND k.conrelid = t.oid AND k.conkey = ARRAY[a.attnum])
                AS refers_to
             FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
             WHERE t.relkind = 'r' AND t.relnamespace = '{schema}'::regnamespace
                AND a.attnum > 0 AND NOT a.attisdropped AND t.relname NOT LIKE '\\_\\_diesel%'"
        ),
    };
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for column in load::<Column>(conn, &sql) {
        let table = tables.entry(column.table_name.clone()).or_default();
        table.push(column);
    }
    tables
}

/// How many rows a query gives.
pub fn count(conn: &mut Conn, query: &str) -> i64 {
    let sql = format!("SELECT count(*) AS count FROM ({query}) AS counted");
    load::<Count>(conn, &sql)[0].count
}

/// Every value of every row but numbers with a fraction, as `table.column identity value`: the same
/// on both databases for the same rows.
pub fn texts(conn: &mut Conn) -> Vec<String> {
    let own = own_schema(conn);
    let mut lines = Vec::new();
    for (table, columns) in columns(conn, own) {
        for Column { name, kind, .. } in columns {
            let value = match kind.as_str() {
                "REAL" | "double precision" => continue,
                "boolean" => format!("\"{name}\"::int::text"),
                "timestamp with time zone" => {
                    format!("to_char(\"{name}\", 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                }
                _ => format!("CAST(\"{name}\" AS TEXT)"),
            };
            let sql = format!(
                "SELECT '{table}.{name} ' || id || ' ' || coalesce({value}, 'NULL') AS line
                 FROM {own}.{table}"
            );
            lines.extend(load::<Line>(conn, &sql).into_iter().map(|row| row.line));
        }
    }
    lines.sort();
    lines
}

/// The bits of every number with a fraction, in the order of tables, columns and rows.
pub fn doubles(conn: &mut Conn) -> Vec<u64> {
    let own = own_schema(conn);
    let mut names = BTreeSet::new();
    for (table, columns) in columns(conn, own) {
        for Column { name, kind, .. } in columns {
            if kind == "REAL" || kind == "double precision" {
                names.insert((table.clone(), name));
            }
        }
    }
    let mut bits = Vec::new();
    for (table, name) in names {
        let sql = format!(
            "SELECT \"{name}\" AS number FROM {own}.{table} WHERE \"{name}\" IS NOT NULL ORDER BY id"
        );
        bits.extend(
            load::<Double>(conn, &sql)
                .into_iter()
                .map(|row| row.number.to_bits()),
        );
    }
    bits
}

/// What rows of `before` are not there any more, value by value, as `table` or `table.column`.
pub fn lost(conn: &mut Conn, on_purpose: &[&str]) -> Vec<String> {
    let own = own_schema(conn);
    let now = columns(conn, own);
    let mut lost = Vec::new();
    for (table, before) in columns(conn, "before") {
        let known = now.get(&table).map_or(&[][..], Vec::as_slice);
        let names: Vec<&str> = before.iter().map(|column| column.name.as_str()).collect();
        let is_left = |name: &str| on_purpose.contains(&format!("{table}.{name}").as_str());
        let (kept, gone): (Vec<&str>, Vec<&str>) = names
            .into_iter()
            .filter(|name| !is_left(name))
            .partition(|name| known.iter().any(|column| column.name == *name));
        if on_purpose.contains(&table.as_str()) {
            continue;
        }
        lost.extend(gone.iter().map(|name| format!("{table}.{name}")));
        if known.is_empty() {
            continue;
        }
        let kept = kept.join(", ");
        let missing =
            format!("SELECT {kept} FROM before.{table} EXCEPT SELECT {kept} FROM {own}.{table}");
        if count(conn, &missing) > 0 {
            lost.push(table);
        }
    }
    lost
}

/// Columns that point to rows that are not there, as `table.column`.
pub fn dangling(conn: &mut Conn) -> Vec<String> {
    let own = own_schema(conn);
    let mut dangling = Vec::new();
    for (table, columns) in columns(conn, own) {
        for Column {
            name, refers_to, ..
        } in columns
        {
            let Some(other) = refers_to else { continue };
            let astray = format!(
                "SELECT {name} FROM {own}.{table}
                 WHERE {name} IS NOT NULL AND {name} NOT IN (SELECT id FROM {own}.{other})"
            );
            if count(conn, &astray) > 0 {
                dangling.push(format!("{table}.{name}"));
            }
        }
    }
    dangling
}

/// All that a database is made of beside its rows: tables, columns, constraints, indexes, triggers
/// and functions, a line each.
pub fn lines_of(conn: &mut Conn) -> BTreeSet<String> {
    let queries: &[&str] = match conn {
        Conn::Sqlite(_) => &["SELECT type || ' ' || name || ': ' || coalesce(sql, '') AS line
            FROM main.sqlite_master"],
        Conn::Postgres(_) => &[
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' '
                || is_nullable || ' ' || coalesce(column_default, '') AS line
             FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS line
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
            "SELECT pg_get_triggerdef(g.oid) AS line FROM pg_trigger g
             JOIN pg_class t ON t.oid = g.tgrelid
             WHERE NOT g.tgisinternal AND t.relnamespace = 'public'::regnamespace",
            "SELECT pg_get_functiondef(oid) AS line FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'",
        ],
    };
    let mut lines = BTreeSet::new();
    for sql in queries {
        lines.extend(load::<Line>(conn, sql).into_iter().map(|row| row.line));
    }
    lines
}
