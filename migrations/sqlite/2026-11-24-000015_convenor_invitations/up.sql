ALTER TABLE coalition_invitations ADD COLUMN reason TEXT NOT NULL DEFAULT '';
