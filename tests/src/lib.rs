//! All parties in one process: numbered scenarios, architecture, vectors.
