-- The stage that an act belongs to, as its detail says: no part of what is chained, but of who
-- may see the row.
ALTER TABLE audit_log ADD COLUMN stage_id INTEGER;
UPDATE audit_log SET stage_id = json_extract(detail, '$.stage')
WHERE json_type(detail, '$.stage') = 'integer';
CREATE INDEX audit_log_stage_id ON audit_log (stage_id);
