-- Attempts to submit that an overloaded server turned away: they may be sent again for ten minutes.
CREATE TABLE turned_away_attempts (
    id BIGINT NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    proposal_id BIGINT NOT NULL REFERENCES proposals (id),
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    competition_id BIGINT NOT NULL REFERENCES competitions (id),
    coalition_id BIGINT NOT NULL REFERENCES coalitions (id),
    arrived_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    submission_id BIGINT REFERENCES submissions (id)
);
CREATE INDEX turned_away_attempts_proposal_id_stage_id ON turned_away_attempts (proposal_id, stage_id);
CREATE INDEX turned_away_attempts_submission_id ON turned_away_attempts (submission_id);
