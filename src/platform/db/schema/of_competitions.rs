//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    places (id) {
        id -> BigInt,
        name -> Text,
        kind -> Text,
        region -> Text,
        country -> Text,
        mail_domain -> Nullable<Text>,
        created_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    place_facts (id) {
        id -> BigInt,
        place_id -> BigInt,
        fact -> Text,
        value -> Double,
        source -> Text,
        as_of -> Text,
        loaded_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    competitions (id) {
        id -> BigInt,
        programme -> Text,
        edition -> Text,
        summary -> Text,
        time_zone -> Text,
        currency -> Text,
        language -> Text,
        required_sectors -> Text,
        eligibility -> Text,
        match_required_percent -> Integer,
        continues_id -> Nullable<BigInt>,
        roster_public -> Bool,
        published_at -> Nullable<InstantSql>,
        created_by -> BigInt,
        created_at -> InstantSql,
        version -> BigInt,
        questions_until -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    budget_lines (id) {
        id -> BigInt,
        competition_id -> BigInt,
        funder -> Text,
        instrument -> Text,
        amount -> BigInt,
        restriction -> Text,
        position -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    call_dates (id) {
        id -> BigInt,
        competition_id -> BigInt,
        kind -> Text,
        title -> Text,
        starts_at -> InstantSql,
        link -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    amendments (id) {
        id -> BigInt,
        competition_id -> BigInt,
        number -> Integer,
        body -> Text,
        published_at -> InstantSql,
        published_by -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    stages (id) {
        id -> BigInt,
        competition_id -> BigInt,
        position -> Integer,
        name -> Text,
        kind -> Text,
        form -> Text,
        rubric -> Text,
        opens_at -> Nullable<InstantSql>,
        deadline -> Nullable<InstantSql>,
        grace_seconds -> Integer,
        sealed -> Bool,
        has_screening -> Bool,
        has_review -> Bool,
        reviews_per_submission -> Integer,
        review_deadline -> Nullable<InstantSql>,
        discussion -> Bool,
        signatory_confirmation -> Bool,
        docket_approval -> Bool,
        reminder_hours -> Text,
        order_by -> Text,
        tie_rule -> Text,
        texts_changed_at -> Nullable<InstantSql>,
        created_at -> InstantSql,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    stage_acts (id) {
        id -> BigInt,
        stage_id -> BigInt,
        position -> Integer,
        act -> Text,
        at -> InstantSql,
        by_person -> BigInt,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    stage_texts (id) {
        id -> BigInt,
        stage_id -> BigInt,
        name -> Text,
        form -> Text,
        rubric -> Text,
        replaced_at -> InstantSql,
        replaced_by -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    competition_changes (id) {
        id -> BigInt,
        competition_id -> BigInt,
        number -> Integer,
        coalition_id -> Nullable<BigInt>,
    }
}
