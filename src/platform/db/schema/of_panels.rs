//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    panel_members (id) {
        id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        person_id -> BigInt,
        state -> Text,
        max_load -> Integer,
        organisation -> Text,
        home_city -> Text,
        sectors -> Text,
        expert_in -> Text,
        invited_by -> BigInt,
        invited_at -> InstantSql,
        answered_at -> Nullable<InstantSql>,
        answer_reason -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    expertise_documents (id) {
        id -> BigInt,
        panel_member_id -> BigInt,
        title -> Text,
        body -> Text,
        created_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    conflicts (id) {
        id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        person_id -> BigInt,
        kind -> Text,
        source -> Text,
        state -> Text,
        years -> Text,
        evidence -> Text,
        declared_by -> Nullable<BigInt>,
        created_at -> InstantSql,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<InstantSql>,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    conflict_namings (id) {
        id -> BigInt,
        coalition_id -> BigInt,
        name -> Text,
        organisation -> Text,
        reason -> Text,
        named_by -> BigInt,
        created_at -> InstantSql,
        removed_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    assignments (id) {
        id -> BigInt,
        stage_id -> BigInt,
        coalition_id -> BigInt,
        person_id -> BigInt,
        state -> Text,
        due_at -> Nullable<InstantSql>,
        assigned_by -> BigInt,
        assigned_at -> InstantSql,
        answered_at -> Nullable<InstantSql>,
        reason -> Text,
        keeps_review -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    conflict_endings (id) {
        id -> BigInt,
        assignment_id -> BigInt,
        conflict_id -> BigInt,
        state_before -> Text,
        answered_before -> Nullable<InstantSql>,
        reason_before -> Text,
    }
}
