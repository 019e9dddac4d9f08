-- Letters of the office to a group of people: what was written to whom, by whom.
CREATE TABLE mailings (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    stage_id INTEGER REFERENCES stages (id),
    addressed_to TEXT NOT NULL,
    filters TEXT NOT NULL,
    texts TEXT NOT NULL,
    digest TEXT NOT NULL,
    sealed INTEGER NOT NULL,
    sent_by INTEGER NOT NULL,
    sent_at TEXT NOT NULL,
    letters_at TEXT,
    called_back_at TEXT,
    called_back_by INTEGER
) STRICT;
CREATE INDEX mailings_competition_id_sent_at ON mailings (competition_id, sent_at);
CREATE INDEX mailings_stage_id ON mailings (stage_id);
CREATE INDEX mailings_letters_at ON mailings (letters_at);

CREATE TABLE mailing_letters (
    id INTEGER NOT NULL PRIMARY KEY,
    mailing_id INTEGER NOT NULL REFERENCES mailings (id),
    message_id INTEGER NOT NULL,
    person_id INTEGER NOT NULL,
    coalitions TEXT NOT NULL
) STRICT;
CREATE INDEX mailing_letters_mailing_id ON mailing_letters (mailing_id);
