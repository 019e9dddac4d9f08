CREATE TABLE signing_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    secret TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ
);

CREATE TABLE audit_log (
    id BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor BIGINT,
    act TEXT COLLATE "C" NOT NULL,
    object_kind TEXT COLLATE "C" NOT NULL,
    object_id BIGINT NOT NULL,
    competition_id BIGINT,
    coalition_id BIGINT,
    detail TEXT COLLATE "C" NOT NULL,
    position BIGINT UNIQUE,
    hash TEXT COLLATE "C"
);
CREATE INDEX audit_log_competition_id_at ON audit_log (competition_id, at);
CREATE INDEX audit_log_object_kind_object_id ON audit_log (object_kind, object_id);
CREATE INDEX audit_log_at ON audit_log (at);

CREATE TABLE audit_worker (
    id BIGINT NOT NULL PRIMARY KEY,
    lease_until TIMESTAMPTZ NOT NULL
);

CREATE TABLE messages (
    id BIGINT NOT NULL PRIMARY KEY,
    dedupe_key TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    person_id BIGINT,
    address TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    competition_id BIGINT,
    coalition_id BIGINT,
    cause_kind TEXT COLLATE "C" NOT NULL,
    cause_id BIGINT NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ,
    attempts INTEGER NOT NULL,
    last_error TEXT COLLATE "C",
    created_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    bounced_at TIMESTAMPTZ
);
CREATE INDEX messages_state_due_at ON messages (state, due_at);
CREATE INDEX messages_competition_id_state ON messages (competition_id, state);
CREATE INDEX messages_cause_kind_cause_id ON messages (cause_kind, cause_id);
CREATE INDEX messages_address ON messages (address);

CREATE TABLE mail_pause (
    id BIGINT NOT NULL PRIMARY KEY,
    until TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    since TIMESTAMPTZ NOT NULL
);

CREATE TABLE idempotency_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    body_digest TEXT COLLATE "C" NOT NULL,
    status INTEGER NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    location TEXT COLLATE "C",
    etag TEXT COLLATE "C",
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (person_id, route, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE files (
    id BIGINT NOT NULL PRIMARY KEY,
    digest TEXT COLLATE "C" NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    stored_at TIMESTAMPTZ NOT NULL
);
