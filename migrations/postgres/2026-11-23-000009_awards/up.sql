CREATE TABLE awards (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    decision_id BIGINT NOT NULL UNIQUE REFERENCES decisions (id),
    state TEXT COLLATE "C" NOT NULL,
    offered_at TIMESTAMPTZ NOT NULL,
    answer_by TIMESTAMPTZ,
    answered_by BIGINT,
    answered_at TIMESTAMPTZ,
    answer_note TEXT COLLATE "C" NOT NULL
);
CREATE INDEX awards_competition_id ON awards (competition_id);
CREATE INDEX awards_coalition_id ON awards (coalition_id);

CREATE TABLE line_observers (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    budget_line_id BIGINT NOT NULL REFERENCES budget_lines (id),
    granted_by BIGINT NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    UNIQUE (person_id, budget_line_id)
);
