-- Which coalition each change is about, none where it is about all: who keeps what was worked out
-- then works out anew only what hangs on those.
ALTER TABLE competition_changes ADD COLUMN coalition_id BIGINT;
DROP INDEX competition_changes_competition_id;
CREATE INDEX competition_changes_competition_id ON competition_changes (competition_id, number);

CREATE OR REPLACE FUNCTION coalition_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_coalition BIGINT;
BEGIN
    IF TG_OP = 'DELETE' THEN
        of_coalition := OLD.coalition_id;
    ELSE
        of_coalition := NEW.coalition_id;
    END IF;
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = of_coalition;
    RETURN NULL;
END $$;

-- Of rows that hold the competition themselves.
CREATE FUNCTION of_coalition_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO competition_changes (competition_id, coalition_id, number)
            VALUES (OLD.competition_id, OLD.coalition_id, 1);
    ELSE
        INSERT INTO competition_changes (competition_id, coalition_id, number)
            VALUES (NEW.competition_id, NEW.coalition_id, 1);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION coalition_itself_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        VALUES (NEW.competition_id, NEW.id, 1);
    RETURN NULL;
END $$;

DROP TRIGGER submissions_changed ON submissions;
CREATE TRIGGER submissions_changed AFTER INSERT OR UPDATE OR DELETE ON submissions
    FOR EACH ROW EXECUTE FUNCTION of_coalition_changed();

DROP TRIGGER coalitions_changed ON coalitions;
CREATE TRIGGER coalitions_changed AFTER UPDATE ON coalitions FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.dissolved_at IS DISTINCT FROM NEW.dissolved_at)
    EXECUTE FUNCTION coalition_itself_changed();

DROP TRIGGER reviews_added ON reviews;
CREATE TRIGGER reviews_added AFTER INSERT ON reviews FOR EACH ROW
    WHEN (NEW.state = 'submitted') EXECUTE FUNCTION of_coalition_changed();

DROP TRIGGER reviews_changed ON reviews;
CREATE TRIGGER reviews_changed AFTER UPDATE ON reviews FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR (NEW.state = 'submitted'
        AND (OLD.scores IS DISTINCT FROM NEW.scores
            OR OLD.independent_scores IS DISTINCT FROM NEW.independent_scores)))
    EXECUTE FUNCTION of_coalition_changed();

DROP TRIGGER reviews_removed ON reviews;
CREATE TRIGGER reviews_removed AFTER DELETE ON reviews FOR EACH ROW
    WHEN (OLD.state = 'submitted') EXECUTE FUNCTION of_coalition_changed();

DROP TRIGGER conflicts_added ON conflicts;
CREATE TRIGGER conflicts_added AFTER INSERT ON conflicts FOR EACH ROW
    WHEN (NEW.state = 'confirmed') EXECUTE FUNCTION of_coalition_changed();

DROP TRIGGER conflicts_changed ON conflicts;
CREATE TRIGGER conflicts_changed AFTER UPDATE ON conflicts FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION of_coalition_changed();

DROP TRIGGER conflicts_removed ON conflicts;
CREATE TRIGGER conflicts_removed AFTER DELETE ON conflicts FOR EACH ROW
    WHEN (OLD.state = 'confirmed') EXECUTE FUNCTION of_coalition_changed();
