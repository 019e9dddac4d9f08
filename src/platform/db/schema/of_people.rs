//! Tables of this module; kept equal to `migrations/` by the parity test.
#![allow(
    missing_docs,
    reason = "columns are described where the module's model names them"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    people (id) {
        id -> BigInt,
        email -> Text,
        name -> Text,
        organisation -> Text,
        home_city -> Text,
        language -> Text,
        password_hash -> Nullable<Text>,
        administrator -> Bool,
        verified_at -> Nullable<InstantSql>,
        disabled_at -> Nullable<InstantSql>,
        reminders_off -> Bool,
        totp_secret -> Nullable<Text>,
        totp_confirmed_at -> Nullable<InstantSql>,
        totp_last_step -> BigInt,
        created_at -> InstantSql,
        time_zone -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    recovery_codes (id) {
        id -> BigInt,
        person_id -> BigInt,
        code_hash -> Text,
        used_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    sessions (id) {
        id -> BigInt,
        person_id -> BigInt,
        kind -> Text,
        created_at -> InstantSql,
        authenticated_at -> InstantSql,
        second_factor -> Bool,
        last_seen_at -> InstantSql,
        expires_at -> InstantSql,
        ended_at -> Nullable<InstantSql>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    refresh_tokens (id) {
        id -> BigInt,
        session_id -> BigInt,
        token_hash -> Text,
        created_at -> InstantSql,
        used_at -> Nullable<InstantSql>,
        expires_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    api_tokens (id) {
        id -> BigInt,
        person_id -> BigInt,
        name -> Text,
        scopes -> Text,
        token_hash -> Text,
        created_at -> InstantSql,
        expires_at -> InstantSql,
        last_used_at -> Nullable<InstantSql>,
        revoked_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    links (id) {
        id -> BigInt,
        kind -> Text,
        person_id -> Nullable<BigInt>,
        address -> Text,
        subject_id -> Nullable<BigInt>,
        created_at -> InstantSql,
        expires_at -> InstantSql,
        used_at -> Nullable<InstantSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    roles (id) {
        id -> BigInt,
        person_id -> BigInt,
        competition_id -> BigInt,
        role -> Text,
        granted_by -> Nullable<BigInt>,
        granted_at -> InstantSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::sql::InstantSql;

    sign_in_delays (id) {
        id -> BigInt,
        account_hash -> Text,
        address -> Text,
        failures -> Integer,
        last_at -> InstantSql,
        blocked_until -> InstantSql,
    }
}
