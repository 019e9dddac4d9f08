-- Each upload lies under a name of its own: the same bytes of two coalitions have nothing to do
-- with each other. What is there keeps its name.
ALTER TABLE files RENAME COLUMN digest TO name;
ALTER TABLE files ADD COLUMN digest TEXT NOT NULL DEFAULT '';
UPDATE files SET digest = name;

-- Whose it is, so that what comes in counts before anything shows it.
ALTER TABLE files ADD COLUMN coalition_id INTEGER REFERENCES coalitions (id);
UPDATE files SET coalition_id = (
    SELECT proposals.coalition_id FROM attachments
    JOIN proposals ON proposals.id = attachments.proposal_id
    WHERE attachments.file_id = files.id
    ORDER BY attachments.id LIMIT 1
);
CREATE INDEX files_coalition_id ON files (coalition_id);
