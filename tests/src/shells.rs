//! What both shells take from one place: colours, type, space and words. `bindings/design/tokens.json` and `words.json` are
//! written by people; everything that [`Shells::files`] names is made from them, the same every time.
//!
//! A colour pair that is hard to read, a text that lacks a language, and a placeholder that is not in every language
//! are refused here ([`Shells::read`]), so no shell can have them.

mod tokens;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

pub use tokens::{Mode, Tokens, contrast};
pub use words::{LANGUAGES, Word, Words, camel};

/// Where the two files are, below the repository's root.
pub const FOLDER: &str = "bindings/design";
/// What a made file says about itself; in XML too, where a comment holds no two hyphens.
const MADE: &str = "Made by make-shells (package scenarios) from bindings/design. Not to be changed by hand.";

/// Both files, checked.
#[derive(Debug)]
pub struct Shells {
    /// Colours, type, space.
    pub tokens: Tokens,
    /// Every text of every screen.
    pub words: Words,
}

impl Shells {
    /// Reads and checks; the error says where what is wrong.
    pub fn read(root: &Path) -> Result<Self, String> {
        let read = |name: &str| {
            let path = root.join(FOLDER).join(name);
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let tokens = Tokens::parse(&read("tokens.json")?).map_err(|error| format!("tokens.json: {error}"))?;
        let words = Words::parse(&read("words.json")?).map_err(|error| format!("words.json: {error}"))?;
        Ok(Self { tokens, words })
    }

    /// Every made file, by its path below the repository's root.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let kotlin = "android/ui/src/main/kotlin/org/kodanik/ui/design";
        let swift = "ios/KodanikKit/Sources/KodanikKit/Design";
        let mut files = vec![
            (format!("{kotlin}/Tokens.kt"), self.tokens.kotlin()),
            (format!("{kotlin}/Word.kt"), self.words.kotlin()),
            (format!("{swift}/Tokens.swift"), self.tokens.swift()),
            (format!("{swift}/Word.swift"), self.words.swift()),
            ("ios/App/Resources/Localizable.xcstrings".to_owned(), self.words.string_catalog()),
        ];
        for language in LANGUAGES {
            let folder = if language == "en" { "values".to_owned() } else { format!("values-{language}") };
            let path = format!("android/app/src/main/res/{folder}/strings.xml");
            files.push((path, self.words.android_strings(language)));
        }
        files.into_iter().map(|(path, text)| (PathBuf::from(path), text)).collect()
    }
}
