CREATE TABLE conflict_endings (
    id BIGINT NOT NULL PRIMARY KEY,
    assignment_id BIGINT NOT NULL UNIQUE REFERENCES assignments (id),
    conflict_id BIGINT NOT NULL REFERENCES conflicts (id),
    state_before TEXT COLLATE "C" NOT NULL,
    answered_before TIMESTAMPTZ,
    reason_before TEXT COLLATE "C" NOT NULL
);
CREATE INDEX conflict_endings_conflict_id ON conflict_endings (conflict_id);

ALTER TABLE screenings ADD COLUMN told_reason TEXT COLLATE "C";
UPDATE screenings SET told_reason = reason WHERE told_verdict = 'ineligible' AND verdict = 'ineligible';

CREATE TABLE tie_checks (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    checked_at TIMESTAMPTZ NOT NULL,
    UNIQUE (stage_id, coalition_id)
);

CREATE TABLE review_deadlines_told (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL UNIQUE REFERENCES stages (id),
    deadline TIMESTAMPTZ NOT NULL
);
