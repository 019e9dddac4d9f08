CREATE TABLE places (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    country TEXT NOT NULL,
    mail_domain TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (name, region, country)
) STRICT;

CREATE TABLE place_facts (
    id INTEGER NOT NULL PRIMARY KEY,
    place_id INTEGER NOT NULL REFERENCES places (id),
    fact TEXT NOT NULL,
    value REAL NOT NULL,
    source TEXT NOT NULL,
    as_of TEXT NOT NULL,
    loaded_at TEXT NOT NULL,
    UNIQUE (place_id, fact)
) STRICT;

CREATE TABLE competitions (
    id INTEGER NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    edition TEXT NOT NULL,
    summary TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    language TEXT NOT NULL,
    required_sectors TEXT NOT NULL,
    eligibility TEXT NOT NULL,
    match_required_percent INTEGER NOT NULL,
    continues_id INTEGER,
    roster_public INTEGER NOT NULL,
    published_at TEXT,
    created_by INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (programme, edition)
) STRICT;

CREATE TABLE budget_lines (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    funder TEXT NOT NULL,
    instrument TEXT NOT NULL,
    amount INTEGER NOT NULL,
    restriction TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT;
CREATE INDEX budget_lines_competition_id ON budget_lines (competition_id);

CREATE TABLE call_dates (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    link TEXT NOT NULL
) STRICT;
CREATE INDEX call_dates_competition_id ON call_dates (competition_id);

CREATE TABLE amendments (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    published_at TEXT NOT NULL,
    published_by INTEGER NOT NULL,
    UNIQUE (competition_id, number)
) STRICT;

CREATE TABLE stages (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    form TEXT NOT NULL,
    rubric TEXT NOT NULL,
    opens_at TEXT,
    deadline TEXT,
    grace_seconds INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    has_screening INTEGER NOT NULL,
    has_review INTEGER NOT NULL,
    reviews_per_submission INTEGER NOT NULL,
    review_deadline TEXT,
    discussion INTEGER NOT NULL,
    signatory_confirmation INTEGER NOT NULL,
    docket_approval INTEGER NOT NULL,
    reminder_hours TEXT NOT NULL,
    order_by TEXT NOT NULL,
    tie_rule TEXT NOT NULL,
    texts_changed_at TEXT,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (competition_id, position)
) STRICT;

CREATE TABLE stage_acts (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    position INTEGER NOT NULL,
    act TEXT NOT NULL,
    at TEXT NOT NULL,
    by_person INTEGER NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (stage_id, position)
) STRICT;
