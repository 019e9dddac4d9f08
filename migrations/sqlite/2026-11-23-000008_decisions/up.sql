CREATE TABLE decisions (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    outcome TEXT NOT NULL,
    origin TEXT NOT NULL,
    reason TEXT NOT NULL,
    rationale TEXT NOT NULL,
    conditions TEXT NOT NULL,
    answer_by TEXT,
    out_of_order_reason TEXT NOT NULL,
    public_summary TEXT NOT NULL,
    summary_approved_by INTEGER,
    recorded_by INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    superseded_by INTEGER,
    announcement_id INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX decisions_stage_id ON decisions (stage_id);
CREATE INDEX decisions_coalition_id ON decisions (coalition_id);

CREATE TABLE decision_amounts (
    id INTEGER NOT NULL PRIMARY KEY,
    decision_id INTEGER NOT NULL REFERENCES decisions (id),
    budget_line_id INTEGER NOT NULL REFERENCES budget_lines (id),
    amount INTEGER NOT NULL,
    UNIQUE (decision_id, budget_line_id)
) STRICT;
CREATE INDEX decision_amounts_budget_line_id ON decision_amounts (budget_line_id);

CREATE TABLE narrative_releases (
    id INTEGER NOT NULL PRIMARY KEY,
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    criterion TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    original_digest TEXT NOT NULL,
    decided_by INTEGER NOT NULL,
    decided_at TEXT NOT NULL,
    UNIQUE (review_id, criterion)
) STRICT;

CREATE TABLE announcement_texts (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    outcome TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    changed_by INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    UNIQUE (stage_id, outcome, language)
) STRICT;

CREATE TABLE announcements (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    told_at TEXT NOT NULL,
    public_at TEXT NOT NULL,
    digest TEXT NOT NULL,
    record TEXT NOT NULL,
    confirmed_by INTEGER NOT NULL,
    confirmed_at TEXT NOT NULL,
    called_back_at TEXT,
    called_back_by INTEGER,
    call_back_reason TEXT NOT NULL
) STRICT;
CREATE INDEX announcements_stage_id ON announcements (stage_id);

CREATE TABLE dockets (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    digest TEXT NOT NULL,
    seen TEXT NOT NULL,
    verdict TEXT NOT NULL,
    meeting_date TEXT NOT NULL,
    resolution TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by INTEGER NOT NULL,
    decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX dockets_stage_id ON dockets (stage_id);
