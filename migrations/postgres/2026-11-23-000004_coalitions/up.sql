CREATE TABLE coalitions (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    name TEXT COLLATE "C" NOT NULL,
    lead_organisation TEXT COLLATE "C" NOT NULL,
    fiscal_agent TEXT COLLATE "C",
    founded_by BIGINT NOT NULL,
    founded_at TIMESTAMPTZ NOT NULL,
    dissolved_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE INDEX coalitions_competition_id ON coalitions (competition_id);

CREATE TABLE claims (
    id BIGINT NOT NULL PRIMARY KEY,
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    answers TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    holds_place BOOLEAN NOT NULL,
    decided_by BIGINT,
    decided_at TIMESTAMPTZ,
    reason TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (coalition_id, place_id)
);
CREATE UNIQUE INDEX claims_competition_id_place_id_live ON claims (competition_id, place_id) WHERE holds_place;
CREATE INDEX claims_place_id ON claims (place_id);

CREATE TABLE members (
    id BIGINT NOT NULL PRIMARY KEY,
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    role TEXT COLLATE "C" NOT NULL,
    sections TEXT COLLATE "C" NOT NULL,
    joined_at TIMESTAMPTZ NOT NULL,
    invited_by BIGINT,
    ended_at TIMESTAMPTZ,
    ended_by BIGINT,
    end_reason TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX members_coalition_id_person_id_live ON members (coalition_id, person_id) WHERE ended_at IS NULL;
CREATE INDEX members_person_id ON members (person_id);

CREATE TABLE coalition_invitations (
    id BIGINT NOT NULL PRIMARY KEY,
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    address TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    sections TEXT COLLATE "C" NOT NULL,
    seat_id BIGINT,
    state TEXT COLLATE "C" NOT NULL,
    invited_by BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    answered_by BIGINT
);
CREATE INDEX coalition_invitations_coalition_id ON coalition_invitations (coalition_id);
CREATE INDEX coalition_invitations_address ON coalition_invitations (address);

CREATE TABLE join_requests (
    id BIGINT NOT NULL PRIMARY KEY,
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    note TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ,
    decided_by BIGINT
);
CREATE INDEX join_requests_coalition_id ON join_requests (coalition_id);
CREATE INDEX join_requests_person_id ON join_requests (person_id);

CREATE TABLE handovers (
    id BIGINT NOT NULL PRIMARY KEY,
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    from_person BIGINT NOT NULL,
    to_person BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ
);
CREATE INDEX handovers_coalition_id ON handovers (coalition_id);

CREATE TABLE seats (
    id BIGINT NOT NULL PRIMARY KEY,
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    sector TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    jurisdiction TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    person_id BIGINT,
    holder_name TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    removed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX seats_coalition_id_person_id_live ON seats (coalition_id, person_id) WHERE person_id IS NOT NULL AND removed_at IS NULL;
