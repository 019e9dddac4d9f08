CREATE TABLE reviews (
    id INTEGER NOT NULL PRIMARY KEY,
    assignment_id INTEGER NOT NULL UNIQUE REFERENCES assignments (id),
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    submission_id INTEGER NOT NULL REFERENCES submissions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    state TEXT NOT NULL,
    scores TEXT NOT NULL,
    narratives TEXT NOT NULL,
    confidential_note TEXT NOT NULL,
    revision TEXT,
    total REAL,
    independent_scores TEXT,
    independent_total REAL,
    independent_at TEXT,
    pseudonym TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    submitted_at TEXT
) STRICT;
CREATE INDEX reviews_stage_id_state ON reviews (stage_id, state);
CREATE INDEX reviews_coalition_id ON reviews (coalition_id);
CREATE INDEX reviews_person_id ON reviews (person_id);

CREATE TABLE review_versions (
    id INTEGER NOT NULL PRIMARY KEY,
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    scores TEXT NOT NULL,
    narratives TEXT NOT NULL,
    confidential_note TEXT NOT NULL,
    total REAL,
    after_seeing_others INTEGER NOT NULL
) STRICT;
CREATE INDEX review_versions_review_id ON review_versions (review_id);

CREATE TABLE notes (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    pseudonym TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX notes_stage_id_coalition_id ON notes (stage_id, coalition_id);
