CREATE TABLE proposals (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL UNIQUE REFERENCES coalitions (id),
    title TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX proposals_competition_id ON proposals (competition_id);

CREATE TABLE draft_sections (
    id BIGINT NOT NULL PRIMARY KEY,
    proposal_id BIGINT NOT NULL REFERENCES proposals (id),
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    section TEXT COLLATE "C" NOT NULL,
    answers TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    saved_by BIGINT NOT NULL,
    UNIQUE (proposal_id, stage_id, section)
);

CREATE TABLE capital_stacks (
    id BIGINT NOT NULL PRIMARY KEY,
    proposal_id BIGINT NOT NULL REFERENCES proposals (id),
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    lines TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    saved_by BIGINT NOT NULL,
    UNIQUE (proposal_id, stage_id)
);

CREATE TABLE attachments (
    id BIGINT NOT NULL PRIMARY KEY,
    proposal_id BIGINT NOT NULL REFERENCES proposals (id),
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    question TEXT COLLATE "C" NOT NULL,
    file_id BIGINT NOT NULL REFERENCES files (id),
    name TEXT COLLATE "C" NOT NULL,
    uploaded_by BIGINT NOT NULL,
    uploaded_at TIMESTAMPTZ NOT NULL,
    removed_at TIMESTAMPTZ
);
CREATE INDEX attachments_proposal_id ON attachments (proposal_id);
CREATE INDEX attachments_file_id ON attachments (file_id);

CREATE TABLE confirmations (
    id BIGINT NOT NULL PRIMARY KEY,
    proposal_id BIGINT NOT NULL REFERENCES proposals (id),
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    digest TEXT COLLATE "C" NOT NULL,
    person_id BIGINT NOT NULL REFERENCES people (id),
    confirmed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX confirmations_proposal_id_stage_id ON confirmations (proposal_id, stage_id);

CREATE TABLE submissions (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    proposal_id BIGINT NOT NULL REFERENCES proposals (id),
    receipt_number BIGINT NOT NULL UNIQUE,
    title TEXT COLLATE "C" NOT NULL,
    snapshot TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    audit_head TEXT COLLATE "C" NOT NULL,
    submitted_at TIMESTAMPTZ NOT NULL,
    submitted_by BIGINT NOT NULL,
    in_grace BOOLEAN NOT NULL,
    carried_from BIGINT,
    state TEXT COLLATE "C" NOT NULL,
    ended_at TIMESTAMPTZ,
    ended_by BIGINT
);
CREATE UNIQUE INDEX submissions_proposal_id_stage_id_live ON submissions (proposal_id, stage_id) WHERE state = 'in_force';
CREATE INDEX submissions_stage_id_state ON submissions (stage_id, state);
CREATE INDEX submissions_coalition_id ON submissions (coalition_id);

CREATE TABLE submission_files (
    id BIGINT NOT NULL PRIMARY KEY,
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    attachment_id BIGINT NOT NULL REFERENCES attachments (id),
    UNIQUE (submission_id, attachment_id)
);
CREATE INDEX submission_files_attachment_id ON submission_files (attachment_id);

CREATE TABLE screenings (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    verdict TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    decided_by BIGINT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    told_verdict TEXT COLLATE "C",
    told_at TIMESTAMPTZ,
    UNIQUE (stage_id, coalition_id)
);
