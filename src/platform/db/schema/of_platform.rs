//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    signing_keys (id) {
        id -> BigInt,
        secret -> Text,
        created_at -> InstantSql,
        retired_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    audit_log (id) {
        id -> BigInt,
        at -> InstantSql,
        actor -> Nullable<BigInt>,
        act -> Text,
        object_kind -> Text,
        object_id -> BigInt,
        competition_id -> Nullable<BigInt>,
        coalition_id -> Nullable<BigInt>,
        detail -> Text,
        position -> Nullable<BigInt>,
        hash -> Nullable<Text>,
        stage_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    audit_worker (id) {
        id -> BigInt,
        lease_until -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    messages (id) {
        id -> BigInt,
        dedupe_key -> Text,
        kind -> Text,
        person_id -> Nullable<BigInt>,
        address -> Text,
        language -> Text,
        competition_id -> Nullable<BigInt>,
        coalition_id -> Nullable<BigInt>,
        cause_kind -> Text,
        cause_id -> BigInt,
        fields -> Text,
        state -> Text,
        due_at -> InstantSql,
        lease_until -> Nullable<InstantSql>,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        created_at -> InstantSql,
        sent_at -> Nullable<InstantSql>,
        bounced_at -> Nullable<InstantSql>,
        precedence -> Integer,
        died_at -> Nullable<InstantSql>,
        tried_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    mail_pause (id) {
        id -> BigInt,
        until -> InstantSql,
        reason -> Text,
        since -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    idempotency_keys (id) {
        id -> BigInt,
        person_id -> BigInt,
        route -> Text,
        key -> Text,
        body_digest -> Text,
        status -> Integer,
        body -> Text,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        created_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    files (id) {
        id -> BigInt,
        name -> Text,
        size -> BigInt,
        media_type -> Text,
        stored_at -> InstantSql,
        leaving_at -> Nullable<InstantSql>,
        digest -> Text,
        coalition_id -> Nullable<BigInt>,
    }
}
