-- Signatures that were accepted, until they expire: none counts twice.
CREATE TABLE seen_nonce (nonce TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
-- What was answered to an application: sent again under the same id, it gets the same answer.
CREATE TABLE answered (
    user TEXT NOT NULL,
    x_road_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (user, x_road_id)
) WITHOUT ROWID;
CREATE TABLE case_file (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    application BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE residence (user TEXT PRIMARY KEY, street TEXT NOT NULL, municipality TEXT NOT NULL, since TEXT NOT NULL) WITHOUT ROWID;
