-- More time for one coalition at one stage; of the latest of a pair, at most one stands.
CREATE TABLE waivers (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    until_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    granted_by INTEGER NOT NULL REFERENCES people (id),
    granted_at TEXT NOT NULL,
    ended_by INTEGER REFERENCES people (id),
    ended_at TEXT,
    end_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX waivers_standing ON waivers (stage_id, coalition_id) WHERE ended_at IS NULL;
CREATE INDEX waivers_stage_id ON waivers (stage_id);
CREATE INDEX waivers_until_at ON waivers (until_at);
CREATE INDEX waivers_coalition_id ON waivers (coalition_id);
CREATE INDEX waivers_competition_id ON waivers (competition_id);

CREATE TRIGGER waivers_added AFTER INSERT ON waivers BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;
CREATE TRIGGER waivers_changed AFTER UPDATE ON waivers BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;
CREATE TRIGGER waivers_removed AFTER DELETE ON waivers BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (OLD.competition_id, OLD.coalition_id, 1);
END;
