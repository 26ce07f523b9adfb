-- Imports of products by operators' pages: how far each is, and what could not be taken over.
CREATE TABLE import_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_name text NOT NULL,
  shop text NOT NULL,
  -- Of the file: all of it, and how much has been read.
  bytes bigint NOT NULL,
  done_bytes bigint NOT NULL DEFAULT 0,
  row_count bigint NOT NULL DEFAULT 0,
  created bigint NOT NULL DEFAULT 0,
  updated bigint NOT NULL DEFAULT 0,
  unchanged bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0,
  -- The first of the rejected: their lines, and why.
  fault_lines bigint[] NOT NULL DEFAULT '{}',
  fault_reasons text[] NOT NULL DEFAULT '{}',
  begun_at timestamptz NOT NULL DEFAULT now(),
  -- When its gateway gave a sign of life.
  seen_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  -- Why it ended before its time; empty for one that did not.
  failure text NOT NULL DEFAULT ''
);
