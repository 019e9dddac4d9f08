-- Which coalition each change is about, none where it is about all: who keeps what was worked out
-- then works out anew only what hangs on those.
ALTER TABLE competition_changes ADD COLUMN coalition_id INTEGER;
DROP INDEX competition_changes_competition_id;
CREATE INDEX competition_changes_competition_id ON competition_changes (competition_id, number);

DROP TRIGGER submissions_added;
CREATE TRIGGER submissions_added AFTER INSERT ON submissions BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;

DROP TRIGGER submissions_changed;
CREATE TRIGGER submissions_changed AFTER UPDATE ON submissions BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;

DROP TRIGGER submissions_removed;
CREATE TRIGGER submissions_removed AFTER DELETE ON submissions BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (OLD.competition_id, OLD.coalition_id, 1);
END;

DROP TRIGGER coalitions_changed;
CREATE TRIGGER coalitions_changed AFTER UPDATE ON coalitions
WHEN OLD.name IS NOT NEW.name OR OLD.dissolved_at IS NOT NEW.dissolved_at BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (NEW.competition_id, NEW.id, 1);
END;

DROP TRIGGER reviews_added;
CREATE TRIGGER reviews_added AFTER INSERT ON reviews WHEN NEW.state = 'submitted' BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;

DROP TRIGGER reviews_changed;
CREATE TRIGGER reviews_changed AFTER UPDATE ON reviews
WHEN OLD.state IS NOT NEW.state OR (NEW.state = 'submitted' AND (OLD.scores IS NOT NEW.scores
    OR OLD.independent_scores IS NOT NEW.independent_scores)) BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;

DROP TRIGGER reviews_removed;
CREATE TRIGGER reviews_removed AFTER DELETE ON reviews WHEN OLD.state = 'submitted' BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (OLD.competition_id, OLD.coalition_id, 1);
END;

DROP TRIGGER conflicts_added;
CREATE TRIGGER conflicts_added AFTER INSERT ON conflicts WHEN NEW.state = 'confirmed' BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;

DROP TRIGGER conflicts_changed;
CREATE TRIGGER conflicts_changed AFTER UPDATE ON conflicts WHEN OLD.state IS NOT NEW.state BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (NEW.competition_id, NEW.coalition_id, 1);
END;

DROP TRIGGER conflicts_removed;
CREATE TRIGGER conflicts_removed AFTER DELETE ON conflicts WHEN OLD.state = 'confirmed' BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number) VALUES (OLD.competition_id, OLD.coalition_id, 1);
END;

DROP TRIGGER screenings_added;
CREATE TRIGGER screenings_added AFTER INSERT ON screenings BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER screenings_changed;
CREATE TRIGGER screenings_changed AFTER UPDATE ON screenings WHEN OLD.verdict IS NOT NEW.verdict BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER screenings_removed;
CREATE TRIGGER screenings_removed AFTER DELETE ON screenings BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;

DROP TRIGGER assignments_added;
CREATE TRIGGER assignments_added AFTER INSERT ON assignments BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER assignments_changed;
CREATE TRIGGER assignments_changed AFTER UPDATE ON assignments WHEN OLD.state IS NOT NEW.state BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER assignments_removed;
CREATE TRIGGER assignments_removed AFTER DELETE ON assignments BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;

DROP TRIGGER members_added;
CREATE TRIGGER members_added AFTER INSERT ON members BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER members_changed;
CREATE TRIGGER members_changed AFTER UPDATE ON members WHEN OLD.ended_at IS NOT NEW.ended_at BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER members_removed;
CREATE TRIGGER members_removed AFTER DELETE ON members BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;

DROP TRIGGER seats_added;
CREATE TRIGGER seats_added AFTER INSERT ON seats WHEN NEW.person_id IS NOT NULL BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER seats_changed;
CREATE TRIGGER seats_changed AFTER UPDATE ON seats
WHEN OLD.person_id IS NOT NEW.person_id OR OLD.state IS NOT NEW.state
    OR OLD.removed_at IS NOT NEW.removed_at BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;

DROP TRIGGER seats_removed;
CREATE TRIGGER seats_removed AFTER DELETE ON seats BEGIN
    INSERT INTO competition_changes (competition_id, coalition_id, number)
        SELECT competition_id, id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;
