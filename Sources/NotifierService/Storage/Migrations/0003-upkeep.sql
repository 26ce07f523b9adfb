-- What the upkeep removes, by age: without these it reads whole tables to find a little.
CREATE INDEX delivery_dropped ON delivery (created_at) WHERE state = 4;
CREATE INDEX channel_unverified ON channel (code_expires_at) WHERE verified_at IS NULL;
CREATE INDEX pace_age ON pace (greatest(next_slot, blocked_until)) WHERE address <> '';
