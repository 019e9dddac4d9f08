-- What lists show of a submission, so that they need not read what it says.
ALTER TABLE submissions ADD COLUMN coalition_name TEXT NOT NULL DEFAULT '';
ALTER TABLE submissions ADD COLUMN places TEXT NOT NULL DEFAULT '[]';
UPDATE submissions SET
    coalition_name = json_extract(snapshot, '$.coalition.name'),
    places = json_extract(snapshot, '$.coalition.places');

-- So that no request reads a whole table.
CREATE INDEX assignments_stage_id_person_id ON assignments (stage_id, person_id);
CREATE INDEX attachments_removed_at ON attachments (removed_at);
CREATE INDEX claims_competition_id ON claims (competition_id);
CREATE INDEX coalition_invitations_answered_by ON coalition_invitations (answered_by);
CREATE INDEX decisions_announcement_id ON decisions (announcement_id);
CREATE INDEX decisions_answer_by ON decisions (answer_by);
CREATE INDEX decisions_competition_id ON decisions (competition_id);
CREATE INDEX decisions_outcome ON decisions (outcome);
CREATE INDEX files_stored_at ON files (stored_at);
CREATE INDEX line_observers_competition_id ON line_observers (competition_id);
CREATE INDEX members_coalition_id ON members (coalition_id);
CREATE INDEX people_administrator ON people (administrator);
CREATE INDEX reviews_submission_id ON reviews (submission_id);
CREATE INDEX seats_coalition_id ON seats (coalition_id);
CREATE INDEX seats_person_id ON seats (person_id);
CREATE INDEX submissions_competition_id_state ON submissions (competition_id, state);

-- How often something changed that a competition's lists and results are worked out from. Who
-- keeps what was worked out looks here whether it still holds: the sum of the numbers says. Each
-- change adds a row, so that none waits for another; a task adds them up.
CREATE TABLE competition_changes (
    id INTEGER NOT NULL PRIMARY KEY,
    competition_id INTEGER NOT NULL,
    number INTEGER NOT NULL
) STRICT;
CREATE INDEX competition_changes_competition_id ON competition_changes (competition_id);

CREATE TRIGGER submissions_added AFTER INSERT ON submissions BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;
CREATE TRIGGER submissions_changed AFTER UPDATE ON submissions BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;
CREATE TRIGGER submissions_removed AFTER DELETE ON submissions BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (OLD.competition_id, 1);
END;

CREATE TRIGGER coalitions_changed AFTER UPDATE ON coalitions
WHEN OLD.name IS NOT NEW.name OR OLD.dissolved_at IS NOT NEW.dissolved_at BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;

CREATE TRIGGER reviews_added AFTER INSERT ON reviews WHEN NEW.state = 'submitted' BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;
CREATE TRIGGER reviews_changed AFTER UPDATE ON reviews
WHEN OLD.state IS NOT NEW.state OR (NEW.state = 'submitted' AND (OLD.scores IS NOT NEW.scores
    OR OLD.independent_scores IS NOT NEW.independent_scores)) BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;
CREATE TRIGGER reviews_removed AFTER DELETE ON reviews WHEN OLD.state = 'submitted' BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (OLD.competition_id, 1);
END;

CREATE TRIGGER conflicts_added AFTER INSERT ON conflicts WHEN NEW.state = 'confirmed' BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;
CREATE TRIGGER conflicts_changed AFTER UPDATE ON conflicts WHEN OLD.state IS NOT NEW.state BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;
CREATE TRIGGER conflicts_removed AFTER DELETE ON conflicts WHEN OLD.state = 'confirmed' BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (OLD.competition_id, 1);
END;

CREATE TRIGGER screenings_added AFTER INSERT ON screenings BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER screenings_changed AFTER UPDATE ON screenings WHEN OLD.verdict IS NOT NEW.verdict BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER screenings_removed AFTER DELETE ON screenings BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;

CREATE TRIGGER assignments_added AFTER INSERT ON assignments BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER assignments_changed AFTER UPDATE ON assignments WHEN OLD.state IS NOT NEW.state BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER assignments_removed AFTER DELETE ON assignments BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;

CREATE TRIGGER members_added AFTER INSERT ON members BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER members_changed AFTER UPDATE ON members WHEN OLD.ended_at IS NOT NEW.ended_at BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER members_removed AFTER DELETE ON members BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;

CREATE TRIGGER seats_added AFTER INSERT ON seats WHEN NEW.person_id IS NOT NULL BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER seats_changed AFTER UPDATE ON seats
WHEN OLD.person_id IS NOT NEW.person_id OR OLD.state IS NOT NEW.state
    OR OLD.removed_at IS NOT NEW.removed_at BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = NEW.coalition_id;
END;
CREATE TRIGGER seats_removed AFTER DELETE ON seats BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM coalitions WHERE id = OLD.coalition_id;
END;

CREATE TRIGGER competitions_changed AFTER UPDATE ON competitions BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.id, 1);
END;

CREATE TRIGGER stages_changed AFTER UPDATE ON stages BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (NEW.competition_id, 1);
END;
CREATE TRIGGER stages_removed AFTER DELETE ON stages BEGIN
    INSERT INTO competition_changes (competition_id, number) VALUES (OLD.competition_id, 1);
END;

CREATE TRIGGER stage_acts_added AFTER INSERT ON stage_acts BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM stages WHERE id = NEW.stage_id;
END;
CREATE TRIGGER stage_acts_changed AFTER UPDATE ON stage_acts BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM stages WHERE id = NEW.stage_id;
END;
CREATE TRIGGER stage_acts_removed AFTER DELETE ON stage_acts BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM stages WHERE id = OLD.stage_id;
END;

CREATE TRIGGER announcements_added AFTER INSERT ON announcements BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM stages WHERE id = NEW.stage_id;
END;
CREATE TRIGGER announcements_changed AFTER UPDATE ON announcements BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM stages WHERE id = NEW.stage_id;
END;
CREATE TRIGGER announcements_removed AFTER DELETE ON announcements BEGIN
    INSERT INTO competition_changes (competition_id, number)
        SELECT competition_id, 1 FROM stages WHERE id = OLD.stage_id;
END;
