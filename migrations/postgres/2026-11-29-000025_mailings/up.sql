-- Letters of the office to a group of people: what was written to whom, by whom.
CREATE TABLE mailings (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    stage_id BIGINT REFERENCES stages (id),
    addressed_to TEXT COLLATE "C" NOT NULL,
    filters TEXT COLLATE "C" NOT NULL,
    texts TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    sealed BOOLEAN NOT NULL,
    sent_by BIGINT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    letters_at TIMESTAMPTZ,
    called_back_at TIMESTAMPTZ,
    called_back_by BIGINT
);
CREATE INDEX mailings_competition_id_sent_at ON mailings (competition_id, sent_at);
CREATE INDEX mailings_stage_id ON mailings (stage_id);
CREATE INDEX mailings_letters_at ON mailings (letters_at);

CREATE TABLE mailing_letters (
    id BIGINT NOT NULL PRIMARY KEY,
    mailing_id BIGINT NOT NULL REFERENCES mailings (id),
    message_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    coalitions TEXT COLLATE "C" NOT NULL
);
CREATE INDEX mailing_letters_mailing_id ON mailing_letters (mailing_id);
