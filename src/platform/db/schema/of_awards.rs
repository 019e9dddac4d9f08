//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    awards (id) {
        id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        decision_id -> BigInt,
        state -> Text,
        offered_at -> InstantSql,
        answer_by -> Nullable<InstantSql>,
        answered_by -> Nullable<BigInt>,
        answered_at -> Nullable<InstantSql>,
        answer_note -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    line_observers (id) {
        id -> BigInt,
        competition_id -> BigInt,
        person_id -> BigInt,
        budget_line_id -> BigInt,
        granted_by -> BigInt,
        granted_at -> InstantSql,
    }
}
