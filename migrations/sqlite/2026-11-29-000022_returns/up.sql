-- Submissions given back for correction: named sections are open again for a time.
CREATE TABLE submission_returns (
    id INTEGER NOT NULL PRIMARY KEY,
    submission_id INTEGER NOT NULL REFERENCES submissions (id),
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    competition_id INTEGER NOT NULL REFERENCES competitions (id),
    coalition_id INTEGER NOT NULL REFERENCES coalitions (id),
    sections TEXT NOT NULL,
    until_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_by INTEGER NOT NULL REFERENCES people (id),
    asked_at TEXT NOT NULL,
    answered_by INTEGER REFERENCES submissions (id),
    ended_by INTEGER REFERENCES people (id),
    ended_at TEXT,
    end_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX submission_returns_standing ON submission_returns (stage_id, coalition_id)
    WHERE ended_at IS NULL;
CREATE INDEX submission_returns_submission_id ON submission_returns (submission_id);
CREATE INDEX submission_returns_stage_id ON submission_returns (stage_id);
CREATE INDEX submission_returns_coalition_id ON submission_returns (coalition_id);
CREATE INDEX submission_returns_answered_by ON submission_returns (answered_by);

CREATE TRIGGER submission_returns_added AFTER INSERT ON submission_returns BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;
CREATE TRIGGER submission_returns_changed AFTER UPDATE ON submission_returns BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;
CREATE TRIGGER submission_returns_removed AFTER DELETE ON submission_returns BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (OLD.competition_id, OLD.coalition_id, 1);
END;
