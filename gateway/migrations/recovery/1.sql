CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

-- One per person who ever asked for one. `device_key` is the phone that last showed the e-ID here.
CREATE TABLE account (
    id         BLOB PRIMARY KEY,
    person     TEXT NOT NULL UNIQUE,
    device_key BLOB
) STRICT;

-- Keys of phones that were put out of force.
CREATE TABLE retired_phone (device_key BLOB PRIMARY KEY) STRICT;

-- At most one set per account. The blob's counter only rises.
CREATE TABLE code_set (
    account    BLOB PRIMARY KEY REFERENCES account (id),
    id         BLOB NOT NULL UNIQUE,
    device_key BLOB NOT NULL,
    salt       BLOB NOT NULL,
    memory_kib INTEGER NOT NULL,
    passes     INTEGER NOT NULL,
    lanes      INTEGER NOT NULL,
    blob       BLOB NOT NULL,
    counter    INTEGER NOT NULL
) STRICT;

-- Slots 0..=7 recover; slot 15 revokes and has neither share nor wrap.
CREATE TABLE code (
    id_hash  BLOB PRIMARY KEY,
    account  BLOB NOT NULL REFERENCES code_set (account),
    slot     INTEGER NOT NULL,
    auth_key BLOB NOT NULL,
    share    BLOB,
    wrap     BLOB,
    used_by  BLOB,           -- the re-binding that used it up
    UNIQUE (account, slot)
) STRICT;

CREATE TABLE rebinding (
    id         BLOB PRIMARY KEY,
    account    BLOB NOT NULL REFERENCES account (id),
    slot       INTEGER NOT NULL,
    device_key BLOB NOT NULL,    -- the new phone
    begun      INTEGER NOT NULL,
    not_before INTEGER NOT NULL, -- when a code alone takes effect
    factor     TEXT,             -- the second factor that was given, if any
    state      TEXT NOT NULL CHECK (state IN ('pending', 'active', 'done', 'suspended'))
) STRICT;

-- One-time; bound to whom it was given to.
CREATE TABLE challenge (
    value   BLOB PRIMARY KEY,
    subject BLOB NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE TABLE attempt (
    subject BLOB NOT NULL,
    day     INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (subject, day)
) STRICT;

-- What happened, for the office: no code, no key, no share.
CREATE TABLE log (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    time    INTEGER NOT NULL,
    account BLOB NOT NULL,
    event   TEXT NOT NULL
) STRICT;
