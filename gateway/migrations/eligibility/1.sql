-- An eligibility issuer's database (protocol.md §3.3). A person is a salted hash, never a number or a name.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE election_keys (
    slug  TEXT NOT NULL,
    style TEXT NOT NULL,
    pkcs8 BLOB NOT NULL,
    PRIMARY KEY (slug, style)
) STRICT;

CREATE TABLE roll (
    slug   TEXT NOT NULL,
    person BLOB NOT NULL,
    style  TEXT NOT NULL,
    PRIMARY KEY (slug, person)
) STRICT;

-- The primary key is the rule "at most once per person and election".
CREATE TABLE issued (
    election          BLOB NOT NULL,
    person            BLOB NOT NULL,
    style             TEXT NOT NULL,
    blinded_hash      BLOB NOT NULL,
    citizen_signature TEXT NOT NULL,
    at                INTEGER NOT NULL,
    PRIMARY KEY (election, person)
) STRICT;

CREATE TABLE closed (
    election BLOB PRIMARY KEY,
    at       INTEGER NOT NULL
) STRICT;
