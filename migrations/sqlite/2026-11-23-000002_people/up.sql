CREATE TABLE people (
    id INTEGER NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    home_city TEXT NOT NULL,
    language TEXT NOT NULL,
    password_hash TEXT,
    administrator INTEGER NOT NULL,
    verified_at TEXT,
    disabled_at TEXT,
    reminders_off INTEGER NOT NULL,
    totp_secret TEXT,
    totp_confirmed_at TEXT,
    totp_last_step INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    id INTEGER NOT NULL PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    code_hash TEXT NOT NULL,
    used_at TEXT
) STRICT;
CREATE INDEX recovery_codes_person_id ON recovery_codes (person_id);

CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    authenticated_at TEXT NOT NULL,
    second_factor INTEGER NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT,
    end_reason TEXT
) STRICT;
CREATE INDEX sessions_person_id ON sessions (person_id);

CREATE TABLE refresh_tokens (
    id INTEGER NOT NULL PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions (id),
    token_hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    used_at TEXT,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);

CREATE TABLE api_tokens (
    id INTEGER NOT NULL PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at TEXT
) STRICT;
CREATE INDEX api_tokens_person_id ON api_tokens (person_id);

CREATE TABLE links (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    person_id INTEGER,
    address TEXT NOT NULL,
    subject_id INTEGER,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;
CREATE INDEX links_person_id ON links (person_id);
CREATE INDEX links_kind_subject_id ON links (kind, subject_id);

CREATE TABLE roles (
    id INTEGER NOT NULL PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    competition_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    granted_by INTEGER,
    granted_at TEXT NOT NULL,
    UNIQUE (person_id, competition_id, role)
) STRICT;
CREATE INDEX roles_competition_id ON roles (competition_id);

CREATE TABLE sign_in_delays (
    id INTEGER NOT NULL PRIMARY KEY,
    account_hash TEXT NOT NULL,
    address TEXT NOT NULL,
    failures INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    blocked_until TEXT NOT NULL,
    UNIQUE (account_hash, address)
) STRICT;
