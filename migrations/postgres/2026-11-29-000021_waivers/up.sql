-- More time for one coalition at one stage; of the latest of a pair, at most one stands.
CREATE TABLE waivers (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    until_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    granted_by BIGINT NOT NULL REFERENCES people (id),
    granted_at TIMESTAMPTZ NOT NULL,
    ended_by BIGINT REFERENCES people (id),
    ended_at TIMESTAMPTZ,
    end_reason TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX waivers_standing ON waivers (stage_id, coalition_id) WHERE ended_at IS NULL;
CREATE INDEX waivers_stage_id ON waivers (stage_id);
CREATE INDEX waivers_until_at ON waivers (until_at);
CREATE INDEX waivers_coalition_id ON waivers (coalition_id);
CREATE INDEX waivers_competition_id ON waivers (competition_id);

CREATE TRIGGER waivers_changed AFTER INSERT OR UPDATE OR DELETE ON waivers
    FOR EACH ROW EXECUTE FUNCTION of_coalition_changed();
