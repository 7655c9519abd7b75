-- One row of key material, and rows that say nothing but how many there are and how large they are.
CREATE TABLE vault (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    store_id    BLOB NOT NULL,    -- 16 random bytes; the platform's secret store names the same
    salt        BLOB NOT NULL,    -- 16 bytes, Argon2id
    memory_kib  INTEGER NOT NULL,
    passes      INTEGER NOT NULL,
    lanes       INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL,    -- platform key ( PIN key ( data key ) )
    head        BLOB NOT NULL     -- sealed: write counter and digest of all rows
) STRICT;

CREATE TABLE sealed_row (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT, -- order of first writing
    kind   TEXT NOT NULL,
    name   BLOB NOT NULL,                     -- keyed hash of the row's id
    sealed BLOB NOT NULL,
    UNIQUE (kind, name)
) STRICT;
