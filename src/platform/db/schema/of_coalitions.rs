//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    coalitions (id) {
        id -> BigInt,
        competition_id -> BigInt,
        name -> Text,
        lead_organisation -> Text,
        fiscal_agent -> Nullable<Text>,
        founded_by -> BigInt,
        founded_at -> InstantSql,
        dissolved_at -> Nullable<InstantSql>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    claims (id) {
        id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        place_id -> BigInt,
        person_id -> BigInt,
        answers -> Text,
        verdict -> Text,
        state -> Text,
        holds_place -> Bool,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<InstantSql>,
        reason -> Text,
        created_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    members (id) {
        id -> BigInt,
        coalition_id -> BigInt,
        person_id -> BigInt,
        role -> Text,
        sections -> Text,
        joined_at -> InstantSql,
        invited_by -> Nullable<BigInt>,
        ended_at -> Nullable<InstantSql>,
        ended_by -> Nullable<BigInt>,
        end_reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    coalition_invitations (id) {
        id -> BigInt,
        coalition_id -> BigInt,
        address -> Text,
        role -> Text,
        sections -> Text,
        seat_id -> Nullable<BigInt>,
        state -> Text,
        invited_by -> BigInt,
        created_at -> InstantSql,
        answered_at -> Nullable<InstantSql>,
        answered_by -> Nullable<BigInt>,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    join_requests (id) {
        id -> BigInt,
        coalition_id -> BigInt,
        person_id -> BigInt,
        note -> Text,
        state -> Text,
        created_at -> InstantSql,
        decided_at -> Nullable<InstantSql>,
        decided_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    handovers (id) {
        id -> BigInt,
        coalition_id -> BigInt,
        from_person -> BigInt,
        to_person -> BigInt,
        state -> Text,
        reason -> Text,
        created_at -> InstantSql,
        answered_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    seats (id) {
        id -> BigInt,
        coalition_id -> BigInt,
        sector -> Text,
        role -> Text,
        jurisdiction -> Text,
        state -> Text,
        person_id -> Nullable<BigInt>,
        holder_name -> Text,
        organisation -> Text,
        version -> BigInt,
        created_at -> InstantSql,
        removed_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    waivers (id) {
        id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        until_at -> InstantSql,
        reason -> Text,
        granted_by -> BigInt,
        granted_at -> InstantSql,
        ended_by -> Nullable<BigInt>,
        ended_at -> Nullable<InstantSql>,
        end_reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    answer_publications (id) {
        id -> BigInt,
        competition_id -> BigInt,
        published_by -> BigInt,
        published_at -> InstantSql,
        letters_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    published_answers (id) {
        id -> BigInt,
        competition_id -> BigInt,
        number -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    published_answer_versions (id) {
        id -> BigInt,
        answer_id -> BigInt,
        publication_id -> BigInt,
        number -> Integer,
        question -> Text,
        answer -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    questions (id) {
        id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> Nullable<BigInt>,
        asked_by -> BigInt,
        body -> Text,
        asked_at -> InstantSql,
        state -> Text,
        published_answer_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    private_answers (id) {
        id -> BigInt,
        question_id -> BigInt,
        body -> Text,
        answered_by -> BigInt,
        answered_at -> InstantSql,
    }
}
