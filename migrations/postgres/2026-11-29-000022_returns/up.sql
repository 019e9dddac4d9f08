-- Submissions given back for correction: named sections are open again for a time.
CREATE TABLE submission_returns (
    id BIGINT NOT NULL PRIMARY KEY,
    submission_id BIGINT NOT NULL REFERENCES submissions (id),
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    sections TEXT COLLATE "C" NOT NULL,
    until_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    asked_by BIGINT NOT NULL REFERENCES people (id),
    asked_at TIMESTAMPTZ NOT NULL,
    answered_by BIGINT REFERENCES submissions (id),
    ended_by BIGINT REFERENCES people (id),
    ended_at TIMESTAMPTZ,
    end_reason TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX submission_returns_standing ON submission_returns (stage_id, coalition_id)
    WHERE ended_at IS NULL;
CREATE INDEX submission_returns_submission_id ON submission_returns (submission_id);
CREATE INDEX submission_returns_stage_id ON submission_returns (stage_id);
CREATE INDEX submission_returns_coalition_id ON submission_returns (coalition_id);
CREATE INDEX submission_returns_answered_by ON submission_returns (answered_by);

CREATE TRIGGER submission_returns_changed AFTER INSERT OR UPDATE OR DELETE ON submission_returns
    FOR EACH ROW EXECUTE FUNCTION of_coalition_changed();
