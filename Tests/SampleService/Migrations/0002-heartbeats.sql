-- One row that the background task keeps fresh.
CREATE TABLE heartbeats (
  name text PRIMARY KEY,
  beats bigint NOT NULL
);
