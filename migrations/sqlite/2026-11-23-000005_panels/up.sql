CREATE TABLE panel_members (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    state TEXT NOT NULL,
    max_load INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    home_city TEXT NOT NULL,
    sectors TEXT NOT NULL,
    expert_in TEXT NOT NULL,
    invited_by INTEGER NOT NULL,
    invited_at TEXT NOT NULL,
    answered_at TEXT,
    answer_reason TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (stage_id, person_id)
) STRICT;
CREATE INDEX panel_members_person_id ON panel_members (person_id);

CREATE TABLE expertise_documents (
    id INTEGER NOT NULL PRIMARY KEY,
    panel_member_id INTEGER NOT NULL REFERENCES panel_members (id),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX expertise_documents_panel_member_id ON expertise_documents (panel_member_id);

CREATE TABLE conflicts (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    years TEXT NOT NULL,
    evidence TEXT NOT NULL,
    declared_by INTEGER,
    created_at TEXT NOT NULL,
    decided_by INTEGER,
    decided_at TEXT,
    reason TEXT NOT NULL,
    UNIQUE (coalition_id, person_id, kind, source)
) STRICT;
CREATE INDEX conflicts_person_id_state ON conflicts (person_id, state);
CREATE INDEX conflicts_competition_id ON conflicts (competition_id);

CREATE TABLE conflict_namings (
    id INTEGER NOT NULL PRIMARY KEY,
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    reason TEXT NOT NULL,
    named_by INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    removed_at TEXT
) STRICT;
CREATE INDEX conflict_namings_coalition_id ON conflict_namings (coalition_id);

CREATE TABLE assignments (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    state TEXT NOT NULL,
    due_at TEXT,
    assigned_by INTEGER NOT NULL,
    assigned_at TEXT NOT NULL,
    answered_at TEXT,
    reason TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX assignments_stage_id_coalition_id_person_id_live ON assignments (stage_id, coalition_id, person_id) WHERE state IN ('invited', 'accepted');
CREATE INDEX assignments_person_id ON assignments (person_id);
CREATE INDEX assignments_coalition_id ON assignments (coalition_id);
