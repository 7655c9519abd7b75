//! How PINs and passphrases come in: a file, an environment variable, or a prompt that does not echo. Never an
//! argument, which every process of the machine could read.

use std::path::Path;

use kodanik_crypto::secret::{SecretBytes, SecretText};

use crate::failure::Failure;

/// The shortest passphrase that a key is put under.
const MIN_PASSPHRASE: usize = 12;

/// Reads a secret: from `file` if given, else from the environment variable, else from a prompt.
pub(crate) fn read(file: Option<&Path>, variable: &str, prompt: &str) -> Result<SecretBytes, Failure> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
        let text = SecretText::new(text);
        return Ok(SecretBytes::new(text.expose().trim_end_matches(['\r', '\n']).as_bytes().to_vec()));
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

/// Reads a secret that something is put under from now on: typed twice at a prompt, since a slip would lock it away.
pub(crate) fn choose(file: Option<&Path>, variable: &str, prompt: &str) -> Result<SecretBytes, Failure> {
    let chosen = read(file, variable, &format!("New {prompt}"))?;
    let typed = file.is_none() && std::env::var_os(variable).is_none();
    if typed && self::prompt("Once more")?.expose() != chosen.expose() {
        return Err(Failure::usage("The two are not the same.", "Nothing was made. Try again."));
    }
    Ok(chosen)
}

/// Reads the passphrase of a key that is about to be made.
pub(crate) fn choose_passphrase(file: Option<&Path>) -> Result<SecretBytes, Failure> {
    let chosen = choose(file, "KODANIK_PASSPHRASE", "passphrase")?;
    if chosen.expose().len() < MIN_PASSPHRASE {
        let short = format!("The passphrase has fewer than {MIN_PASSPHRASE} characters.");
        return Err(Failure::usage(short, "Take several words. Nothing was made."));
    }
    Ok(chosen)
}

/// Asks at the terminal, without echo.
pub(crate) fn prompt(question: &str) -> Result<SecretBytes, Failure> {
    let typed = rpassword::prompt_password(format!("{question}: "))
        .map_err(|_| Failure::usage("There is no terminal to ask you.", ""))?;
    Ok(SecretBytes::new(typed.into_bytes()))
}
