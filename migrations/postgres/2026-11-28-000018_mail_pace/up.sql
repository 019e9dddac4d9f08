-- When a message was tried last, so that all servers together keep to so many a minute.
ALTER TABLE messages ADD COLUMN tried_at TIMESTAMPTZ;
CREATE INDEX messages_tried_at ON messages (tried_at);
