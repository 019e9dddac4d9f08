//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    reviews (id) {
        id -> BigInt,
        assignment_id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        submission_id -> BigInt,
        person_id -> BigInt,
        state -> Text,
        scores -> Text,
        narratives -> Text,
        confidential_note -> Text,
        revision -> Nullable<Text>,
        total -> Nullable<Double>,
        independent_scores -> Nullable<Text>,
        independent_total -> Nullable<Double>,
        independent_at -> Nullable<InstantSql>,
        pseudonym -> Text,
        version -> BigInt,
        created_at -> InstantSql,
        updated_at -> InstantSql,
        submitted_at -> Nullable<InstantSql>,
        excluded_at -> Nullable<InstantSql>,
        excluded_by -> Nullable<BigInt>,
        exclusion_reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    review_versions (id) {
        id -> BigInt,
        review_id -> BigInt,
        number -> BigInt,
        at -> InstantSql,
        scores -> Text,
        narratives -> Text,
        confidential_note -> Text,
        total -> Nullable<Double>,
        after_seeing_others -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    notes (id) {
        id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        person_id -> BigInt,
        pseudonym -> Text,
        body -> Text,
        created_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    tie_checks (id) {
        id -> BigInt,
        stage_id -> BigInt,
        coalition_id -> BigInt,
        checked_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    review_deadlines_told (id) {
        id -> BigInt,
        stage_id -> BigInt,
        deadline -> InstantSql,
    }
}
