//! Makes a gateway's folder: configuration, and each role's keys and certificates. Nothing is overwritten.

use std::path::Path;

use crate::config::{Config, FILE_NAME};
use crate::error::GatewayError;

/// Makes `dir` (which must not hold a gateway yet) ready for [`crate::server::Gateway::start`].
pub fn init(dir: &Path, config: &Config) -> Result<(), GatewayError> {
    if dir.join(FILE_NAME).exists() {
        return Err(GatewayError::NotEmpty(dir.to_owned()));
    }
    std::fs::create_dir_all(dir).map_err(|source| GatewayError::File { path: dir.to_owned(), source })?;
    // The configuration comes last: a folder without it is unfinished and can be made again.
    config.write(dir)
}
