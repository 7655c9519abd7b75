-- What became of a request. Names of claims only: the demo's relying party keeps no values.
CREATE TABLE results (
    id      TEXT    PRIMARY KEY,
    created INTEGER NOT NULL,
    verdict TEXT,            -- NULL while nothing was answered
    reason  TEXT,
    claims  TEXT    NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX results_by_age ON results (created);
