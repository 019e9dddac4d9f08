-- Questions to the office, and the answers that go to the asker alone or to everybody.
ALTER TABLE competitions ADD COLUMN questions_until TIMESTAMPTZ;

-- Each act by which answers go out together, or one of them is corrected.
CREATE TABLE answer_publications (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    published_by BIGINT NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    letters_at TIMESTAMPTZ
);
CREATE INDEX answer_publications_competition_id ON answer_publications (competition_id);
CREATE INDEX answer_publications_letters_at ON answer_publications (letters_at);

CREATE TABLE published_answers (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    number INTEGER NOT NULL,
    UNIQUE (competition_id, number)
);

-- What was published, and what it was corrected to.
CREATE TABLE published_answer_versions (
    id BIGINT NOT NULL PRIMARY KEY,
    answer_id BIGINT NOT NULL REFERENCES published_answers (id),
    publication_id BIGINT NOT NULL REFERENCES answer_publications (id),
    number INTEGER NOT NULL,
    question TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    UNIQUE (answer_id, number)
);
CREATE INDEX published_answer_versions_publication_id ON published_answer_versions (publication_id);

CREATE TABLE questions (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT REFERENCES coalitions (id),
    asked_by BIGINT NOT NULL REFERENCES people (id),
    body TEXT COLLATE "C" NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    published_answer_id BIGINT REFERENCES published_answers (id)
);
CREATE INDEX questions_competition_id_asked_at ON questions (competition_id, asked_at);
CREATE INDEX questions_asked_by_asked_at ON questions (asked_by, asked_at);
CREATE INDEX questions_state_asked_at ON questions (state, asked_at);
CREATE INDEX questions_published_answer_id ON questions (published_answer_id);

-- Answers to the asker alone.
CREATE TABLE private_answers (
    id BIGINT NOT NULL PRIMARY KEY,
    question_id BIGINT NOT NULL REFERENCES questions (id),
    body TEXT COLLATE "C" NOT NULL,
    answered_by BIGINT NOT NULL,
    answered_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX private_answers_question_id ON private_answers (question_id);
