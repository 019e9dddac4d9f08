CREATE TABLE people (
    id BIGINT NOT NULL PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    home_city TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    administrator BOOLEAN NOT NULL,
    verified_at TIMESTAMPTZ,
    disabled_at TIMESTAMPTZ,
    reminders_off BOOLEAN NOT NULL,
    totp_secret TEXT COLLATE "C",
    totp_confirmed_at TIMESTAMPTZ,
    totp_last_step BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE recovery_codes (
    id BIGINT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    code_hash TEXT COLLATE "C" NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX recovery_codes_person_id ON recovery_codes (person_id);

CREATE TABLE sessions (
    id BIGINT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    kind TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    authenticated_at TIMESTAMPTZ NOT NULL,
    second_factor BOOLEAN NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    end_reason TEXT COLLATE "C"
);
CREATE INDEX sessions_person_id ON sessions (person_id);

CREATE TABLE refresh_tokens (
    id BIGINT NOT NULL PRIMARY KEY,
    session_id BIGINT NOT NULL REFERENCES sessions (id),
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);

CREATE TABLE api_tokens (
    id BIGINT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    name TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX api_tokens_person_id ON api_tokens (person_id);

CREATE TABLE links (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    person_id BIGINT,
    address TEXT COLLATE "C" NOT NULL,
    subject_id BIGINT,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX links_person_id ON links (person_id);
CREATE INDEX links_kind_subject_id ON links (kind, subject_id);

CREATE TABLE roles (
    id BIGINT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    competition_id BIGINT NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    granted_by BIGINT,
    granted_at TIMESTAMPTZ NOT NULL,
    UNIQUE (person_id, competition_id, role)
);
CREATE INDEX roles_competition_id ON roles (competition_id);

CREATE TABLE sign_in_delays (
    id BIGINT NOT NULL PRIMARY KEY,
    account_hash TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ NOT NULL,
    UNIQUE (account_hash, address)
);
