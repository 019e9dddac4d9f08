-- The stage that an act belongs to, as its detail says: no part of what is chained, but of who
-- may see the row.
ALTER TABLE audit_log ADD COLUMN stage_id BIGINT;
UPDATE audit_log SET stage_id = (detail::jsonb ->> 'stage')::bigint
WHERE jsonb_typeof(detail::jsonb -> 'stage') = 'number';
CREATE INDEX audit_log_stage_id ON audit_log (stage_id);
