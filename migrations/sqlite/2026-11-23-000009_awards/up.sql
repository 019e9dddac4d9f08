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
