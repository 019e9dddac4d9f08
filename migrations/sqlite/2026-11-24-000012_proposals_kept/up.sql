-- An edition is unique among published calls; two offices may draft one, and neither learns of the other.
-- A constraint can't be dropped here, so the table is written anew; who refers to it finds the same rows at the end.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE competitions_kept AS SELECT * FROM competitions;
DROP TABLE competitions;
CREATE TABLE competitions (
    id INTEGER NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    edition TEXT NOT NULL,
    summary TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    language TEXT NOT NULL,
    required_sectors TEXT NOT NULL,
    eligibility TEXT NOT NULL,
    match_required_percent INTEGER NOT NULL,
    continues_id INTEGER,
    roster_public INTEGER NOT NULL,
    published_at TEXT,
    created_by INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
INSERT INTO competitions SELECT * FROM competitions_kept;
DROP TABLE competitions_kept;
CREATE UNIQUE INDEX competitions_programme_edition_published ON competitions (programme, edition) WHERE published_at IS NOT NULL;
CREATE INDEX competitions_programme_edition ON competitions (programme, edition);

-- What an open stage said before its texts were changed.
CREATE TABLE stage_texts (
    id INTEGER NOT NULL PRIMARY KEY,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    name TEXT NOT NULL,
    form TEXT NOT NULL,
    rubric TEXT NOT NULL,
    replaced_at TEXT NOT NULL,
    replaced_by INTEGER NOT NULL
) STRICT;
CREATE INDEX stage_texts_stage_id ON stage_texts (stage_id);

-- Since when the bytes of a file that nothing shows are being deleted.
ALTER TABLE files ADD COLUMN leaving_at TEXT;
