CREATE TABLE signing_keys (
    id INTEGER NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at TEXT NOT NULL,
    retired_at TEXT
) STRICT;

CREATE TABLE audit_log (
    id INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    actor INTEGER,
    act TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    competition_id INTEGER,
    coalition_id INTEGER,
    detail TEXT NOT NULL,
    position INTEGER UNIQUE,
    hash TEXT
) STRICT;
CREATE INDEX audit_log_competition_id_at ON audit_log (competition_id, at);
CREATE INDEX audit_log_object_kind_object_id ON audit_log (object_kind, object_id);
CREATE INDEX audit_log_at ON audit_log (at);

CREATE TABLE audit_worker (
    id INTEGER NOT NULL PRIMARY KEY,
    lease_until TEXT NOT NULL
) STRICT;

CREATE TABLE messages (
    id INTEGER NOT NULL PRIMARY KEY,
    dedupe_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    person_id INTEGER,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    competition_id INTEGER,
    coalition_id INTEGER,
    cause_kind TEXT NOT NULL,
    cause_id INTEGER NOT NULL,
    fields TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL,
    lease_until TEXT,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    bounced_at TEXT
) STRICT;
CREATE INDEX messages_state_due_at ON messages (state, due_at);
CREATE INDEX messages_competition_id_state ON messages (competition_id, state);
CREATE INDEX messages_cause_kind_cause_id ON messages (cause_kind, cause_id);
CREATE INDEX messages_address ON messages (address);

CREATE TABLE mail_pause (
    id INTEGER NOT NULL PRIMARY KEY,
    until TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TEXT NOT NULL
) STRICT;

CREATE TABLE idempotency_keys (
    id INTEGER NOT NULL PRIMARY KEY,
    person_id INTEGER NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    location TEXT,
    etag TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (person_id, route, key)
) STRICT;
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE files (
    id INTEGER NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    stored_at TEXT NOT NULL
) STRICT;
