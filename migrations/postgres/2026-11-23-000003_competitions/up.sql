CREATE TABLE places (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    mail_domain TEXT COLLATE "C",
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (name, region, country)
);

CREATE TABLE place_facts (
    id BIGINT NOT NULL PRIMARY KEY,
    place_id BIGINT NOT NULL REFERENCES places (id),
    fact TEXT COLLATE "C" NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    as_of TEXT COLLATE "C" NOT NULL,
    loaded_at TIMESTAMPTZ NOT NULL,
    UNIQUE (place_id, fact)
);

CREATE TABLE competitions (
    id BIGINT NOT NULL PRIMARY KEY,
    programme TEXT COLLATE "C" NOT NULL,
    edition TEXT COLLATE "C" NOT NULL,
    summary TEXT COLLATE "C" NOT NULL,
    time_zone TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    required_sectors TEXT COLLATE "C" NOT NULL,
    eligibility TEXT COLLATE "C" NOT NULL,
    match_required_percent INTEGER NOT NULL,
    continues_id BIGINT,
    roster_public BOOLEAN NOT NULL,
    published_at TIMESTAMPTZ,
    created_by BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (programme, edition)
);

CREATE TABLE budget_lines (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    funder TEXT COLLATE "C" NOT NULL,
    instrument TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    restriction TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL
);
CREATE INDEX budget_lines_competition_id ON budget_lines (competition_id);

CREATE TABLE call_dates (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    kind TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    link TEXT COLLATE "C" NOT NULL
);
CREATE INDEX call_dates_competition_id ON call_dates (competition_id);

CREATE TABLE amendments (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    number INTEGER NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    published_by BIGINT NOT NULL,
    UNIQUE (competition_id, number)
);

CREATE TABLE stages (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    position INTEGER NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    form TEXT COLLATE "C" NOT NULL,
    rubric TEXT COLLATE "C" NOT NULL,
    opens_at TIMESTAMPTZ,
    deadline TIMESTAMPTZ,
    grace_seconds INTEGER NOT NULL,
    sealed BOOLEAN NOT NULL,
    has_screening BOOLEAN NOT NULL,
    has_review BOOLEAN NOT NULL,
    reviews_per_submission INTEGER NOT NULL,
    review_deadline TIMESTAMPTZ,
    discussion BOOLEAN NOT NULL,
    signatory_confirmation BOOLEAN NOT NULL,
    docket_approval BOOLEAN NOT NULL,
    reminder_hours TEXT COLLATE "C" NOT NULL,
    order_by TEXT COLLATE "C" NOT NULL,
    tie_rule TEXT COLLATE "C" NOT NULL,
    texts_changed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (competition_id, position)
);

CREATE TABLE stage_acts (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    position INTEGER NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    by_person BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    UNIQUE (stage_id, position)
);
