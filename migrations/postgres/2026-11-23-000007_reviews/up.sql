CREATE TABLE reviews (
    id BIGINT NOT NULL PRIMARY KEY,
    assignment_id BIGINT NOT NULL UNIQUE REFERENCES assignments (id),
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    state TEXT COLLATE "C" NOT NULL,
    scores TEXT COLLATE "C" NOT NULL,
    narratives TEXT COLLATE "C" NOT NULL,
    confidential_note TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C",
    total DOUBLE PRECISION,
    independent_scores TEXT COLLATE "C",
    independent_total DOUBLE PRECISION,
    independent_at TIMESTAMPTZ,
    pseudonym TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    submitted_at TIMESTAMPTZ
);
CREATE INDEX reviews_stage_id_state ON reviews (stage_id, state);
CREATE INDEX reviews_coalition_id ON reviews (coalition_id);
CREATE INDEX reviews_person_id ON reviews (person_id);

CREATE TABLE review_versions (
    id BIGINT NOT NULL PRIMARY KEY,
    review_id BIGINT NOT NULL REFERENCES reviews (id),
    number BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    scores TEXT COLLATE "C" NOT NULL,
    narratives TEXT COLLATE "C" NOT NULL,
    confidential_note TEXT COLLATE "C" NOT NULL,
    total DOUBLE PRECISION,
    after_seeing_others BOOLEAN NOT NULL
);
CREATE INDEX review_versions_review_id ON review_versions (review_id);

CREATE TABLE notes (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    pseudonym TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX notes_stage_id_coalition_id ON notes (stage_id, coalition_id);
