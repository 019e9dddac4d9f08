CREATE TABLE decisions (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    outcome TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    rationale TEXT COLLATE "C" NOT NULL,
    conditions TEXT COLLATE "C" NOT NULL,
    answer_by TIMESTAMPTZ,
    out_of_order_reason TEXT COLLATE "C" NOT NULL,
    public_summary TEXT COLLATE "C" NOT NULL,
    summary_approved_by BIGINT,
    recorded_by BIGINT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    superseded_by BIGINT,
    announcement_id BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX decisions_stage_id ON decisions (stage_id);
CREATE INDEX decisions_coalition_id ON decisions (coalition_id);

CREATE TABLE decision_amounts (
    id BIGINT NOT NULL PRIMARY KEY,
    decision_id BIGINT NOT NULL REFERENCES decisions (id),
    budget_line_id BIGINT NOT NULL REFERENCES budget_lines (id),
    amount BIGINT NOT NULL,
    UNIQUE (decision_id, budget_line_id)
);
CREATE INDEX decision_amounts_budget_line_id ON decision_amounts (budget_line_id);

CREATE TABLE narrative_releases (
    id BIGINT NOT NULL PRIMARY KEY,
    review_id BIGINT NOT NULL REFERENCES reviews (id),
    criterion TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    original_digest TEXT COLLATE "C" NOT NULL,
    decided_by BIGINT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    UNIQUE (review_id, criterion)
);

CREATE TABLE announcement_texts (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    outcome TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    changed_by BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    UNIQUE (stage_id, outcome, language)
);

CREATE TABLE announcements (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    told_at TIMESTAMPTZ NOT NULL,
    public_at TIMESTAMPTZ NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    confirmed_by BIGINT NOT NULL,
    confirmed_at TIMESTAMPTZ NOT NULL,
    called_back_at TIMESTAMPTZ,
    called_back_by BIGINT,
    call_back_reason TEXT COLLATE "C" NOT NULL
);
CREATE INDEX announcements_stage_id ON announcements (stage_id);

CREATE TABLE dockets (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    digest TEXT COLLATE "C" NOT NULL,
    seen TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    meeting_date TEXT COLLATE "C" NOT NULL,
    resolution TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    decided_by BIGINT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX dockets_stage_id ON dockets (stage_id);
