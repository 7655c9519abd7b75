-- The register of people, as the issuer of the e-ID keeps it.
CREATE TABLE people (
    id                             INTEGER PRIMARY KEY,
    given_name                     TEXT NOT NULL,
    family_name                    TEXT NOT NULL,
    birthdate                      TEXT NOT NULL,
    personal_administrative_number TEXT NOT NULL UNIQUE,
    roll_number                    TEXT NOT NULL UNIQUE,
    nationality                    TEXT NOT NULL,
    id_card_key                    BLOB -- SEC 1 compressed; the key of the plastic card
) STRICT;

-- Offers: codes are kept as hashes only.
CREATE TABLE offers (
    code_hash    BLOB    PRIMARY KEY,
    person       INTEGER NOT NULL REFERENCES people (id),
    tx_code_hash BLOB    NOT NULL,
    tries_left   INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    redeemed     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE access_tokens (
    token_hash BLOB    PRIMARY KEY,
    person     INTEGER NOT NULL REFERENCES people (id),
    thumbprint BLOB    NOT NULL, -- RFC 7638, of the DPoP key
    expires    INTEGER NOT NULL
) STRICT;

CREATE TABLE spent_nonces (
    nonce   TEXT    PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT;

-- One row per credential ever issued; the index is its place in the status list. Rows are never deleted.
CREATE TABLE credentials (
    status_index INTEGER PRIMARY KEY,
    person       INTEGER NOT NULL REFERENCES people (id),
    token_hash   BLOB    NOT NULL,
    holder_key   BLOB    NOT NULL, -- SEC 1 compressed
    issued       INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    revoked      INTEGER           -- when; NULL while valid
) STRICT;
CREATE INDEX credentials_by_person ON credentials (person);
CREATE INDEX credentials_by_token ON credentials (token_hash);

CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
