-- Each upload lies under a name of its own: the same bytes of two coalitions have nothing to do
-- with each other. What is there keeps its name.
ALTER TABLE files RENAME COLUMN digest TO name;
ALTER TABLE files ADD COLUMN digest TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE files SET digest = name;
