CREATE TABLE coalitions (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    name TEXT NOT NULL,
    lead_organisation TEXT NOT NULL,
    fiscal_agent TEXT,
    founded_by INTEGER NOT NULL,
    founded_at TEXT NOT NULL,
    dissolved_at TEXT,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX coalitions_competition_id ON coalitions (competition_id);

CREATE TABLE claims (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    place_id INTEGER NOT NULL REFERENCES places (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    answers TEXT NOT NULL,
    verdict TEXT NOT NULL,
    state TEXT NOT NULL,
    holds_place INTEGER NOT NULL,
    decided_by INTEGER,
    decided_at TEXT,
    reason TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (coalition_id, place_id)
) STRICT;
CREATE UNIQUE INDEX claims_competition_id_place_id_live ON claims (competition_id, place_id) WHERE holds_place = 1;
CREATE INDEX claims_place_id ON claims (place_id);

CREATE TABLE members (
    id INTEGER NOT NULL PRIMARY KEY,
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    role TEXT NOT NULL,
    sections TEXT NOT NULL,
    joined_at TEXT NOT NULL,
    invited_by INTEGER,
    ended_at TEXT,
    ended_by INTEGER,
    end_reason TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX members_coalition_id_person_id_live ON members (coalition_id, person_id) WHERE ended_at IS NULL;
CREATE INDEX members_person_id ON members (person_id);

CREATE TABLE coalition_invitations (
    id INTEGER NOT NULL PRIMARY KEY,
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    address TEXT NOT NULL,
    role TEXT NOT NULL,
    sections TEXT NOT NULL,
    seat_id INTEGER,
    state TEXT NOT NULL,
    invited_by INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    answered_at TEXT,
    answered_by INTEGER
) STRICT;
CREATE INDEX coalition_invitations_coalition_id ON coalition_invitations (coalition_id);
CREATE INDEX coalition_invitations_address ON coalition_invitations (address);

CREATE TABLE join_requests (
    id INTEGER NOT NULL PRIMARY KEY,
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    note TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    decided_at TEXT,
    decided_by INTEGER
) STRICT;
CREATE INDEX join_requests_coalition_id ON join_requests (coalition_id);
CREATE INDEX join_requests_person_id ON join_requests (person_id);

CREATE TABLE handovers (
    id INTEGER NOT NULL PRIMARY KEY,
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    from_person INTEGER NOT NULL,
    to_person INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at TEXT NOT NULL,
    answered_at TEXT
) STRICT;
CREATE INDEX handovers_coalition_id ON handovers (coalition_id);

CREATE TABLE seats (
    id INTEGER NOT NULL PRIMARY KEY,
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    sector TEXT NOT NULL,
    role TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    state TEXT NOT NULL,
    person_id INTEGER,
    holder_name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    removed_at TEXT
) STRICT;
CREATE UNIQUE INDEX seats_coalition_id_person_id_live ON seats (coalition_id, person_id) WHERE person_id IS NOT NULL AND removed_at IS NULL;
