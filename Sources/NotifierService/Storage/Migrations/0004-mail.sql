-- Mails to owners of accounts have no channel: their address stands here, and until when they are of use.
ALTER TABLE delivery ADD COLUMN address text CHECK (char_length(address) <= 254);
ALTER TABLE delivery ADD COLUMN expires_at timestamptz;
-- Purpose 6: one mail for each wish, however often it is told.
CREATE UNIQUE INDEX delivery_mail_key ON delivery (idempotency_key) WHERE purpose = 6;
INSERT INTO pace (kind, address) VALUES (3, '') ON CONFLICT DO NOTHING;
