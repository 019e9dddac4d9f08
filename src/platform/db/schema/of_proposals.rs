//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    proposals (id) {
        id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        title -> Text,
        created_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    draft_sections (id) {
        id -> BigInt,
        proposal_id -> BigInt,
        stage_id -> BigInt,
        section -> Text,
        answers -> Text,
        version -> BigInt,
        saved_at -> InstantSql,
        saved_by -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    capital_stacks (id) {
        id -> BigInt,
        proposal_id -> BigInt,
        stage_id -> BigInt,
        lines -> Text,
        version -> BigInt,
        saved_at -> InstantSql,
        saved_by -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    attachments (id) {
        id -> BigInt,
        proposal_id -> BigInt,
        stage_id -> BigInt,
        question -> Text,
        file_id -> BigInt,
        name -> Text,
        uploaded_by -> BigInt,
        uploaded_at -> InstantSql,
        removed_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    confirmations (id) {
        id -> BigInt,
        proposal_id -> BigInt,
        stage_id -> BigInt,
        digest -> Text,
        person_id -> BigInt,
        confirmed_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    submissions (id) {
        id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        proposal_id -> BigInt,
        receipt_number -> BigInt,
        title -> Text,
        snapshot -> Text,
        digest -> Text,
        audit_head -> Text,
        submitted_at -> InstantSql,
        submitted_by -> BigInt,
        in_grace -> Bool,
        carried_from -> Nullable<BigInt>,
        state -> Text,
        ended_at -> Nullable<InstantSql>,
        ended_by -> Nullable<BigInt>,
        coalition_name -> Text,
        places -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    turned_away_attempts (id) {
        id -> BigInt,
        person_id -> BigInt,
        proposal_id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        arrived_at -> InstantSql,
        recorded_at -> InstantSql,
        submission_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    submission_files (id) {
        id -> BigInt,
        submission_id -> BigInt,
        attachment_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    screenings (id) {
        id -> BigInt,
        stage_id -> BigInt,
        coalition_id -> BigInt,
        verdict -> Text,
        reason -> Text,
        decided_by -> BigInt,
        decided_at -> InstantSql,
        told_verdict -> Nullable<Text>,
        told_at -> Nullable<InstantSql>,
        told_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    submission_returns (id) {
        id -> BigInt,
        submission_id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        sections -> Text,
        until_at -> InstantSql,
        reason -> Text,
        asked_by -> BigInt,
        asked_at -> InstantSql,
        answered_by -> Nullable<BigInt>,
        ended_by -> Nullable<BigInt>,
        ended_at -> Nullable<InstantSql>,
        end_reason -> Text,
    }
}
