-- Questions to the office, and the answers that go to the asker alone or to everybody.
ALTER TABLE competitions ADD COLUMN questions_until TEXT;

-- Each act by which answers go out together, or one of them is corrected.
CREATE TABLE answer_publications (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    published_by INTEGER NOT NULL,
    published_at TEXT NOT NULL,
    letters_at TEXT
) STRICT;
CREATE INDEX answer_publications_competition_id ON answer_publications (competition_id);
CREATE INDEX answer_publications_letters_at ON answer_publications (letters_at);

CREATE TABLE published_answers (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    number INTEGER NOT NULL,
    UNIQUE (competition_id, number)
) STRICT;

-- What was published, and what it was corrected to.
CREATE TABLE published_answer_versions (
    id INTEGER NOT NULL PRIMARY KEY,
    answer_id INTEGER NOT NULL REFERENCES published_answers (id),
    publication_id INTEGER NOT NULL REFERENCES answer_publications (id),
    number INTEGER NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    UNIQUE (answer_id, number)
) STRICT;
CREATE INDEX published_answer_versions_publication_id ON published_answer_versions (publication_id);

CREATE TABLE questions (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER REFERENCES coalitions (id),
    asked_by INTEGER NOT NULL REFERENCES people (id),
    body TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    state TEXT NOT NULL,
    published_answer_id INTEGER REFERENCES published_answers (id)
) STRICT;
CREATE INDEX questions_competition_id_asked_at ON questions (competition_id, asked_at);
CREATE INDEX questions_asked_by_asked_at ON questions (asked_by, asked_at);
CREATE INDEX questions_state_asked_at ON questions (state, asked_at);
CREATE INDEX questions_published_answer_id ON questions (published_answer_id);

-- Answers to the asker alone.
CREATE TABLE private_answers (
    id INTEGER NOT NULL PRIMARY KEY,
    question_id INTEGER NOT NULL REFERENCES questions (id),
    body TEXT NOT NULL,
    answered_by INTEGER NOT NULL,
    answered_at TEXT NOT NULL
) STRICT;
CREATE INDEX private_answers_question_id ON private_answers (question_id);
