CREATE TABLE panel_members (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    state TEXT COLLATE "C" NOT NULL,
    max_load INTEGER NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    home_city TEXT COLLATE "C" NOT NULL,
    sectors TEXT COLLATE "C" NOT NULL,
    expert_in TEXT COLLATE "C" NOT NULL,
    invited_by BIGINT NOT NULL,
    invited_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    answer_reason TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (stage_id, person_id)
);
CREATE INDEX panel_members_person_id ON panel_members (person_id);

CREATE TABLE expertise_documents (
    id BIGINT NOT NULL PRIMARY KEY,
    panel_member_id BIGINT NOT NULL REFERENCES panel_members (id),
    title TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX expertise_documents_panel_member_id ON expertise_documents (panel_member_id);

CREATE TABLE conflicts (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    kind TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    years TEXT COLLATE "C" NOT NULL,
    evidence TEXT COLLATE "C" NOT NULL,
    declared_by BIGINT,
    created_at TIMESTAMPTZ NOT NULL,
    decided_by BIGINT,
    decided_at TIMESTAMPTZ,
    reason TEXT COLLATE "C" NOT NULL,
    UNIQUE (coalition_id, person_id, kind, source)
);
CREATE INDEX conflicts_person_id_state ON conflicts (person_id, state);
CREATE INDEX conflicts_competition_id ON conflicts (competition_id);

CREATE TABLE conflict_namings (
    id BIGINT NOT NULL PRIMARY KEY,
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    name TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    named_by BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    removed_at TIMESTAMPTZ
);
CREATE INDEX conflict_namings_coalition_id ON conflict_namings (coalition_id);

CREATE TABLE assignments (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    state TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMPTZ,
    assigned_by BIGINT NOT NULL,
    assigned_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    reason TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX assignments_stage_id_coalition_id_person_id_live ON assignments (stage_id, coalition_id, person_id) WHERE state IN ('invited', 'accepted');
CREATE INDEX assignments_person_id ON assignments (person_id);
CREATE INDEX assignments_coalition_id ON assignments (coalition_id);
