CREATE TABLE awards (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    decision_id INTEGER NOT NULL UNIQUE REFERENCES decisions (id),
    state TEXT NOT NULL,
    offered_at TEXT NOT NULL,
    answer_by TEXT,
    answered_by INTEGER,
    answered_at TEXT,
    answer_note TEXT NOT NULL
) STRICT;
CREATE INDEX awards_competition_id ON awards (competition_id);
CREATE INDEX awards_coalition_id ON awards (coalition_id);

CREATE TABLE line_observers (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    budget_line_id INTEGER NOT NULL REFERENCES budget_lines (id),
    granted_by INTEGER NOT NULL,
    granted_at TEXT NOT NULL,
    UNIQUE (person_id, budget_line_id)
) STRICT;
