//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    mailings (id) {
        id -> BigInt,
        competition_id -> BigInt,
        stage_id -> Nullable<BigInt>,
        addressed_to -> Text,
        filters -> Text,
        texts -> Text,
        digest -> Text,
        sealed -> Bool,
        sent_by -> BigInt,
        sent_at -> InstantSql,
        letters_at -> Nullable<InstantSql>,
        called_back_at -> Nullable<InstantSql>,
        called_back_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    mailing_letters (id) {
        id -> BigInt,
        mailing_id -> BigInt,
        message_id -> BigInt,
        person_id -> BigInt,
        coalitions -> Text,
    }
}
