-- An edition is unique among published calls; two offices may draft one, and neither learns of the other.
ALTER TABLE competitions DROP CONSTRAINT competitions_programme_edition_key;
CREATE UNIQUE INDEX competitions_programme_edition_published ON competitions (programme, edition) WHERE published_at IS NOT NULL;
CREATE INDEX competitions_programme_edition ON competitions (programme, edition);

-- What an open stage said before its texts were changed.
CREATE TABLE stage_texts (
    id BIGINT NOT NULL PRIMARY KEY,
    stage_id BIGINT NOT NULL REFERENCES stages (id),
    name TEXT COLLATE "C" NOT NULL,
    form TEXT COLLATE "C" NOT NULL,
    rubric TEXT COLLATE "C" NOT NULL,
    replaced_at TIMESTAMPTZ NOT NULL,
    replaced_by BIGINT NOT NULL
);
CREATE INDEX stage_texts_stage_id ON stage_texts (stage_id);

-- Since when the bytes of a file that nothing shows are being deleted.
ALTER TABLE files ADD COLUMN leaving_at TIMESTAMPTZ;
