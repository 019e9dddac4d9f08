CREATE TABLE conflict_endings (
    id INTEGER NOT NULL PRIMARY KEY,
    assignment_id INTEGER NOT NULL UNIQUE REFERENCES assignments (id),
    conflict_id INTEGER NOT NULL REFERENCES conflicts (id),
    state_before TEXT NOT NULL,
    answered_before TEXT,
    reason_before TEXT NOT NULL
) STRICT;
CREATE INDEX conflict_endings_conflict_id ON conflict_endings (conflict_id);

ALTER TABLE screenings ADD COLUMN told_reason TEXT;
UPDATE screenings SET told_reason = reason WHERE told_verdict = 'ineligible' AND verdict = 'ineligible';

CREATE TABLE tie_checks (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    checked_at TEXT NOT NULL,
    UNIQUE (stage_id, coalition_id)
) STRICT;

CREATE TABLE review_deadlines_told (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL UNIQUE REFERENCES stages (id),
    deadline TEXT NOT NULL
) STRICT;
