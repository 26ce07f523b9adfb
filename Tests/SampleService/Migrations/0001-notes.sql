-- What the sample service was told.
CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  text bytea NOT NULL
);
