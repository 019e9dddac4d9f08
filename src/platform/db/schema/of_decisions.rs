//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    decisions (id) {
        id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        coalition_id -> BigInt,
        outcome -> Text,
        origin -> Text,
        reason -> Text,
        rationale -> Text,
        conditions -> Text,
        answer_by -> Nullable<InstantSql>,
        out_of_order_reason -> Text,
        public_summary -> Text,
        summary_approved_by -> Nullable<BigInt>,
        recorded_by -> BigInt,
        recorded_at -> InstantSql,
        superseded_by -> Nullable<BigInt>,
        announcement_id -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    decision_amounts (id) {
        id -> BigInt,
        decision_id -> BigInt,
        budget_line_id -> BigInt,
        amount -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    narrative_releases (id) {
        id -> BigInt,
        review_id -> BigInt,
        criterion -> Text,
        state -> Text,
        body -> Text,
        original_digest -> Text,
        decided_by -> BigInt,
        decided_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    announcement_texts (id) {
        id -> BigInt,
        stage_id -> BigInt,
        outcome -> Text,
        language -> Text,
        subject -> Text,
        body -> Text,
        version -> BigInt,
        changed_by -> BigInt,
        changed_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    announcements (id) {
        id -> BigInt,
        stage_id -> BigInt,
        competition_id -> BigInt,
        told_at -> InstantSql,
        public_at -> InstantSql,
        digest -> Text,
        record -> Text,
        confirmed_by -> BigInt,
        confirmed_at -> InstantSql,
        called_back_at -> Nullable<InstantSql>,
        called_back_by -> Nullable<BigInt>,
        call_back_reason -> Text,
        letters_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    dockets (id) {
        id -> BigInt,
        stage_id -> BigInt,
        digest -> Text,
        seen -> Text,
        verdict -> Text,
        meeting_date -> Text,
        resolution -> Text,
        reason -> Text,
        decided_by -> BigInt,
        decided_at -> InstantSql,
        number -> BigInt,
        after_acts -> BigInt,
        cases -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    announcement_letters (id) {
        id -> BigInt,
        announcement_id -> BigInt,
        decision_id -> BigInt,
        coalition_id -> BigInt,
        language -> Text,
        subject -> Text,
        body -> Text,
        fields -> Text,
        explains_order -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    decision_feedback (id) {
        id -> BigInt,
        announcement_id -> BigInt,
        decision_id -> BigInt,
        feedback -> Text,
    }
}
