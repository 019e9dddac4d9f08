-- A review that is in stays when its assignment ends, unless it is excluded with a reason.
ALTER TABLE assignments ADD COLUMN keeps_review INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reviews ADD COLUMN excluded_at TEXT;
ALTER TABLE reviews ADD COLUMN excluded_by INTEGER REFERENCES people (id);
ALTER TABLE reviews ADD COLUMN exclusion_reason TEXT NOT NULL DEFAULT '';

DROP TRIGGER assignments_changed;
CREATE TRIGGER assignments_changed AFTER UPDATE ON assignments
WHEN OLD.state IS NOT NEW.state OR OLD.keeps_review IS NOT NEW.keeps_review BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER reviews_changed;
CREATE TRIGGER reviews_changed AFTER UPDATE ON reviews
WHEN OLD.state IS NOT NEW.state OR (NEW.state = 'submitted' AND (OLD.scores IS NOT NEW.scores
    OR OLD.independent_scores IS NOT NEW.independent_scores OR OLD.excluded_at IS NOT NEW.excluded_at)) BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;
