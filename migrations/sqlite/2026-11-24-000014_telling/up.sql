CREATE TABLE announcement_letters (
    id INTEGER NOT NULL PRIMARY KEY,
    announcement_id INTEGER NOT NULL REFERENCES announcements (id),
    decision_id INTEGER NOT NULL,
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    fields TEXT NOT NULL,
    explains_order INTEGER NOT NULL,
    UNIQUE (announcement_id, decision_id, language)
) STRICT;

CREATE TABLE decision_feedback (
    id INTEGER NOT NULL PRIMARY KEY,
    announcement_id INTEGER NOT NULL REFERENCES announcements (id),
    decision_id INTEGER NOT NULL UNIQUE,
    feedback TEXT NOT NULL
) STRICT;
CREATE INDEX decision_feedback_announcement_id ON decision_feedback (announcement_id);

ALTER TABLE announcements ADD COLUMN letters_at TEXT;
-- The letters of earlier announcements were written when they were confirmed.
UPDATE announcements SET letters_at = confirmed_at;

ALTER TABLE dockets ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dockets ADD COLUMN after_acts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dockets ADD COLUMN cases TEXT NOT NULL DEFAULT '[]';
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
ALTER TABLE messages ADD COLUMN died_at TEXT;
DROP INDEX messages_state_due_at;
CREATE INDEX messages_state_precedence_due_at ON messages (state, precedence, due_at);
CREATE INDEX messages_died_at ON messages (died_at);
