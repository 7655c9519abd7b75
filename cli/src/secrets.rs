//! How PINs and passphrases come in: a file, an environment variable, or a prompt that does not echo. Never an
//! argument, which every process of the machine could read.

use std::path::Path;

use kodanik_crypto::secret::SecretBytes;

use crate::failure::Failure;

/// Reads a secret: from `file` if given, else from the environment variable, else from a prompt.
pub(crate) fn read(file: Option<&Path>, variable: &str, prompt: &str) -> Result<SecretBytes, Failure> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)?;
        return Ok(SecretBytes::new(text.trim_end_matches(['\r', '\n']).as_bytes().to_vec()));
    }
    if let Some(text) = std::env::var_os(variable) {
        return Ok(SecretBytes::new(text.into_encoded_bytes()));
    }
    self::prompt(prompt).map_err(|_| {
        Failure::usage(
            "There is no terminal to ask for the secret.",
            format!("Set {variable}, or name a file that holds it."),
        )
    })
}

/// Asks at the terminal, without echo.
pub(crate) fn prompt(question: &str) -> Result<SecretBytes, Failure> {
    let typed = rpassword::prompt_password(format!("{question}: "))
        .map_err(|_| Failure::usage("There is no terminal to ask you.", ""))?;
    Ok(SecretBytes::new(typed.into_bytes()))
}
