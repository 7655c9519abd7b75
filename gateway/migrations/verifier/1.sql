-- Presentations asked for. A row lives until it expires; afterwards nothing of it is needed.
CREATE TABLE requests (
    id              TEXT    PRIMARY KEY,
    nonce           TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    decryption_key  BLOB    NOT NULL,
    query           TEXT    NOT NULL,
    transaction_data TEXT   NOT NULL,
    session         BLOB    NOT NULL, -- whatever the role keeps with it
    expires         INTEGER NOT NULL,
    answered        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX requests_by_expiry ON requests (expires);
