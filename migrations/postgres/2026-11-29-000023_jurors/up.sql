-- A review that is in stays when its assignment ends, unless it is excluded with a reason.
ALTER TABLE assignments ADD COLUMN keeps_review BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE reviews ADD COLUMN excluded_at TIMESTAMPTZ;
ALTER TABLE reviews ADD COLUMN excluded_by BIGINT REFERENCES people (id);
ALTER TABLE reviews ADD COLUMN exclusion_reason TEXT COLLATE "C" NOT NULL DEFAULT '';

DROP TRIGGER assignments_changed ON assignments;
CREATE TRIGGER assignments_changed AFTER UPDATE ON assignments FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.keeps_review IS DISTINCT FROM NEW.keeps_review)
    EXECUTE FUNCTION coalition_changed();

DROP TRIGGER reviews_changed ON reviews;
CREATE TRIGGER reviews_changed AFTER UPDATE ON reviews FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR (NEW.state = 'submitted'
        AND (OLD.scores IS DISTINCT FROM NEW.scores
            OR OLD.independent_scores IS DISTINCT FROM NEW.independent_scores
            OR OLD.excluded_at IS DISTINCT FROM NEW.excluded_at)))
    EXECUTE FUNCTION of_coalition_changed();
