ALTER TABLE coalition_invitations ADD COLUMN reason TEXT COLLATE "C" NOT NULL DEFAULT '';
