//! Both databases hold the data together alike: the same unique constraints, the same indexes, the
//! same foreign keys. That they have the same tables and columns is held in `tidy`.

use std::collections::{BTreeMap, BTreeSet};

use civitas::platform::db::{Address, Conn, migrate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// What one database has and the other has not, with the reason.
const DIFFERENCES: &[(&str, &str)] = &[];

/// One column of an index or of a foreign key.
#[derive(QueryableByName)]
struct Piece {
    #[diesel(sql_type = Text)]
    table_name: String,
    /// Tells apart what stands on the same table.
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Text)]
    column_name: String,
}

/// As sentences such as `seats: unique, partial (coalition_id, person_id)`. Their names don't count.
fn sentences(pieces: Vec<Piece>) -> BTreeSet<String> {
    let mut columns: BTreeMap<(String, String, String), BTreeMap<i64, String>> = BTreeMap::new();
    for piece in pieces {
        let of = (piece.table_name, piece.kind, piece.key);
        let columns = columns.entry(of).or_default();
        columns.insert(piece.place, piece.column_name);
    }
    columns
        .into_iter()
        .map(|((table, kind, _), columns)| {
            let columns: Vec<String> = columns.into_values().collect();
            format!("{table}: {kind} ({})", columns.join(", "))
        })
        .collect()
}

// Raw SQL: the catalogues are not tables of ours. Primary keys are apart: each table has `id`.
const IN_SQLITE: &str = "
    SELECT m.name AS table_name, l.name AS key,
        CASE WHEN l.\"unique\" = 1 THEN 'unique' ELSE 'index' END
            || CASE WHEN l.partial = 1 THEN ', partial' ELSE '' END AS kind,
        i.seqno AS place, coalesce(i.name, 'an expression') AS column_name
    FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND l.origin <> 'pk'
    UNION ALL
    SELECT m.name, 'key ' || k.id, 'foreign key, ' || lower(k.on_delete), k.seq,
        k.\"from\" || ' to ' || k.\"table\" || '.' || coalesce(k.\"to\", 'id')
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
    WHERE m.type = 'table'";

const IN_POSTGRES: &str = "
    SELECT t.relname::text AS table_name, i.relname::text AS key,
        CASE WHEN x.indisunique THEN 'unique' ELSE 'index' END
            || CASE WHEN x.indpred IS NOT NULL THEN ', partial' ELSE '' END AS kind,
        c.place AS place, coalesce(a.attname::text, 'an expression') AS column_name
    FROM pg_index x
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_class i ON i.oid = x.indexrelid
    CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS c(number, place)
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.number
    WHERE t.relnamespace = 'public'::regnamespace AND NOT x.indisprimary
        AND t.relname NOT LIKE '\\_\\_diesel%'
    UNION ALL
    SELECT t.relname::text, k.conname::text,
        'foreign key, ' || CASE k.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict'
            WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'set default' END,
        c.place, own.attname || ' to ' || other.relname || '.' || theirs.attname
    FROM pg_constraint k
    JOIN pg_class t ON t.oid = k.conrelid
    JOIN pg_class other ON other.oid = k.confrelid
    CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS c(from_number, to_number, place)
    JOIN pg_attribute own ON own.attrelid = t.oid AND own.attnum = c.from_number
    JOIN pg_attribute theirs ON theirs.attrelid = other.oid AND theirs.attnum = c.to_number
    WHERE k.contype = 'f' AND t.relnamespace = 'public'::regnamespace";

fn in_sqlite() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = Address::Sqlite(folder.path().join("parity.db"))
        .open()
        .unwrap();
    migrate::run(&mut conn).unwrap();
    let Conn::Sqlite(conn) = &mut conn else {
        unreachable!()
    };
    sentences(diesel::sql_query(IN_SQLITE).load(conn).unwrap())
}

fn in_postgres(address: &Address) -> BTreeSet<String> {
    let mut conn = address.open().unwrap();
    migrate::run(&mut conn).unwrap();
    let Conn::Postgres(conn) = &mut conn else {
        unreachable!()
    };
    sentences(diesel::sql_query(IN_POSTGRES).load(conn).unwrap())
}

#[test]
fn both_databases_hold_the_data_together_alike() {
    let Some(address) = crate::world::empty_postgres() else {
        return;
    };
    let (sqlite, postgres) = (in_sqlite(), in_postgres(&address));
    for of_each_kind in [
        "seats: unique, partial (coalition_id, person_id)",
        "dockets: unique (stage_id, number)",
        "members: index (person_id)",
        "announcement_letters: foreign key, no action (coalition_id to coalitions.id)",
    ] {
        assert!(sqlite.contains(of_each_kind), "{of_each_kind}: {sqlite:#?}");
    }
    let known: BTreeSet<&str> = DIFFERENCES.iter().map(|(what, _)| *what).collect();
    let differing = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        one.difference(other).cloned().collect()
    };
    let only_in_sqlite = differing(&sqlite, &postgres);
    let only_in_postgres = differing(&postgres, &sqlite);
    let found: BTreeSet<&str> = only_in_sqlite
        .iter()
        .chain(&only_in_postgres)
        .map(String::as_str)
        .collect();
    assert_eq!(
        found, known,
        "only in SQLite: {only_in_sqlite:#?}, only in PostgreSQL: {only_in_postgres:#?}"
    );
}
