CREATE TABLE proposals (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL UNIQUE REFERENCES coalitions (id),
    title TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX proposals_competition_id ON proposals (competition_id);

CREATE TABLE draft_sections (
    id INTEGER NOT NULL PRIMARY KEY,
    proposal_id INTEGER NOT NULL REFERENCES proposals (id),
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    section TEXT NOT NULL,
    answers TEXT NOT NULL,
    version INTEGER NOT NULL,
    saved_at TEXT NOT NULL,
    saved_by INTEGER NOT NULL,
    UNIQUE (proposal_id, stage_id, section)
) STRICT;

CREATE TABLE capital_stacks (
    id INTEGER NOT NULL PRIMARY KEY,
    proposal_id INTEGER NOT NULL REFERENCES proposals (id),
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    lines TEXT NOT NULL,
    version INTEGER NOT NULL,
    saved_at TEXT NOT NULL,
    saved_by INTEGER NOT NULL,
    UNIQUE (proposal_id, stage_id)
) STRICT;

CREATE TABLE attachments (
    id INTEGER NOT NULL PRIMARY KEY,
    proposal_id INTEGER NOT NULL REFERENCES proposals (id),
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    question TEXT NOT NULL,
    file_id INTEGER NOT NULL REFERENCES files (id),
    name TEXT NOT NULL,
    uploaded_by INTEGER NOT NULL,
    uploaded_at TEXT NOT NULL,
    removed_at TEXT
) STRICT;
CREATE INDEX attachments_proposal_id ON attachments (proposal_id);
CREATE INDEX attachments_file_id ON attachments (file_id);

CREATE TABLE confirmations (
    id INTEGER NOT NULL PRIMARY KEY,
    proposal_id INTEGER NOT NULL REFERENCES proposals (id),
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    digest TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people (id),
    confirmed_at TEXT NOT NULL
) STRICT;
CREATE INDEX confirmations_proposal_id_stage_id ON confirmations (proposal_id, stage_id);

CREATE TABLE submissions (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    proposal_id INTEGER NOT NULL REFERENCES proposals (id),
    receipt_number INTEGER NOT NULL UNIQUE,
    title TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    digest TEXT NOT NULL,
    audit_head TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    submitted_by INTEGER NOT NULL,
    in_grace INTEGER NOT NULL,
    carried_from INTEGER,
    state TEXT NOT NULL,
    ended_at TEXT,
    ended_by INTEGER
) STRICT;
CREATE UNIQUE INDEX submissions_proposal_id_stage_id_live ON submissions (proposal_id, stage_id) WHERE state = 'in_force';
CREATE INDEX submissions_stage_id_state ON submissions (stage_id, state);
CREATE INDEX submissions_coalition_id ON submissions (coalition_id);

CREATE TABLE submission_files (
    id INTEGER NOT NULL PRIMARY KEY,
    submission_id INTEGER NOT NULL REFERENCES submissions (id),
    attachment_id INTEGER NOT NULL REFERENCES attachments (id),
    UNIQUE (submission_id, attachment_id)
) STRICT;
CREATE INDEX submission_files_attachment_id ON submission_files (attachment_id);

CREATE TABLE screenings (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by INTEGER NOT NULL,
    decided_at TEXT NOT NULL,
    told_verdict TEXT,
    told_at TEXT,
    UNIQUE (stage_id, coalition_id)
) STRICT;
