CREATE TABLE announcement_letters (
    id BIGINT NOT NULL PRIMARY KEY,
    announcement_id BIGINT NOT NULL REFERENCES announcements (id),
    decision_id BIGINT NOT NULL,
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    language TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    explains_order BOOLEAN NOT NULL,
    UNIQUE (announcement_id, decision_id, language)
);

CREATE TABLE decision_feedback (
    id BIGINT NOT NULL PRIMARY KEY,
    announcement_id BIGINT NOT NULL REFERENCES announcements (id),
    decision_id BIGINT NOT NULL UNIQUE,
    feedback TEXT COLLATE "C" NOT NULL
);
CREATE INDEX decision_feedback_announcement_id ON decision_feedback (announcement_id);

ALTER TABLE announcements ADD COLUMN letters_at TIMESTAMPTZ;
-- The letters of earlier announcements were written when they were confirmed.
UPDATE announcements SET letters_at = confirmed_at;

ALTER TABLE dockets ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dockets ADD COLUMN after_acts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dockets ADD COLUMN cases TEXT COLLATE "C" NOT NULL DEFAULT '[]';
UPDATE dockets SET number = (
    SELECT COUNT(*) FROM dockets AS earlier
    WHERE earlier.stage_id = dockets.stage_id
    AND (earlier.decided_at < dockets.decided_at
        OR (earlier.decided_at = dockets.decided_at AND earlier.id <= dockets.id))
);
UPDATE dockets SET after_acts = (
    SELECT COUNT(*) FROM stage_acts
    WHERE stage_acts.stage_id = dockets.stage_id AND stage_acts.at < dockets.decided_at
);
CREATE UNIQUE INDEX dockets_stage_id_number ON dockets (stage_id, number);

ALTER TABLE messages ADD COLUMN precedence INTEGER NOT NULL DEFAULT 1;
ALTER TABLE messages ADD COLUMN died_at TIMESTAMPTZ;
DROP INDEX messages_state_due_at;
CREATE INDEX messages_state_precedence_due_at ON messages (state, precedence, due_at);
CREATE INDEX messages_died_at ON messages (died_at);
