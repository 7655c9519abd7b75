//! Every text of every screen, in every language.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::MADE;

/// The languages that every text has; the first one is the source.
pub const LANGUAGES: [&str; 3] = ["en", "et", "ko"];

/// The texts of `words.json` by key.
#[derive(Debug)]
pub struct Words(BTreeMap<String, Word>);

/// One text in every language, in the order of [`LANGUAGES`].
#[derive(Debug)]
pub struct Word {
    texts: [String; LANGUAGES.len()],
    /// How many placeholders: `{0}` and so on.
    arguments: usize,
}

impl Words {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let found: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut names = BTreeSet::new();
        let mut words = BTreeMap::new();
        for (key, texts) in found {
            if !names.insert(camel(&key)) || key.is_empty() || !key.split('.').all(is_part) {
                return Err(format!("{key} is no key, or too much like another one"));
            }
            let word = Word::new(texts).map_err(|error| format!("{key}: {error}"))?;
            words.insert(key, word);
        }
        Ok(Self(words))
    }

    /// Every key, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn kotlin(&self) -> String {
        let mut out = format!("// {MADE}\npackage org.kodanik.ui.design\n\n");
        out.push_str("/** Every text of every screen, with the number of its arguments. */\n");
        out.push_str("enum class Word(val key: String, val arguments: Int) {\n");
        for (key, word) in &self.0 {
            let _ = writeln!(out, "    {}(\"{key}\", {}),", camel(key), word.arguments);
        }
        out.push_str("}\n\n/** The citizen's language. */\n");
        out.push_str("fun interface Words {\n    fun of(word: Word, vararg arguments: Any): String\n}\n");
        out
    }

    pub(super) fn swift(&self) -> String {
        let mut out = format!(
            "// {MADE}\n\n/// Every text of every screen; the raw value is its key in the String Catalog.\n"
        );
        out.push_str("public enum Word: String, CaseIterable, Sendable {\n");
        for key in self.keys() {
            let name = camel(key);
            let _ = writeln!(out, "    case {}{} = \"{key}\"", name[..1].to_lowercase(), &name[1..]);
        }
        out.push_str("}\n");
        out
    }

    /// `strings.xml`: dots of a key are underscores.
    pub(super) fn android_strings(&self, language: &str) -> String {
        let at = LANGUAGES.iter().position(|it| *it == language).unwrap_or_default();
        let mut out = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- {MADE} -->\n<resources>\n");
        for (key, word) in &self.0 {
            let _ =
                writeln!(out, "    <string name=\"{}\">{}</string>", key.replace('.', "_"), word.android(at));
        }
        out.push_str("</resources>\n");
        out
    }

    pub(super) fn string_catalog(&self) -> String {
        let entry = |(key, word): (&String, &Word)| {
            let texts = LANGUAGES.iter().enumerate().map(|(at, language)| {
                let value = json!({ "stringUnit": { "state": "translated", "value": word.apple(at) } });
                ((*language).to_owned(), value)
            });
            let localizations: Map<String, Value> = texts.collect();
            (key.clone(), json!({ "extractionState": "manual", "localizations": localizations }))
        };
        let strings: Map<String, Value> = self.0.iter().map(entry).collect();
        let catalog = json!({ "sourceLanguage": LANGUAGES[0], "strings": strings, "version": "1.0" });
        format!("{catalog:#}\n")
    }
}

impl Word {
    fn new(mut texts: BTreeMap<String, String>) -> Result<Self, String> {
        let mut take = |language: &str| {
            let text = texts.remove(language).filter(|text| !text.trim().is_empty());
            text.ok_or_else(|| format!("no text in {language}"))
        };
        let texts_in_order = [take(LANGUAGES[0])?, take(LANGUAGES[1])?, take(LANGUAGES[2])?];
        if let Some(language) = texts.keys().next() {
            return Err(format!("{language} is no language of ours"));
        }
        let used: Vec<BTreeSet<usize>> =
            texts_in_order.iter().map(|text| placeholders(text)).collect::<Result<_, _>>()?;
        let arguments = used[0].len();
        if used.iter().any(|used| *used != (0..arguments).collect()) {
            return Err("placeholders are not {0}, {1}.. in every language".to_owned());
        }
        Ok(Self { texts: texts_in_order, arguments })
    }

    fn android(&self, language: usize) -> String {
        let escaped = self
            .with_arguments(language, "s")
            .replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace('"', "\\\"");
        let escaped = escaped.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "\\n");
        // What these begin is a reference.
        if escaped.starts_with(['@', '?']) { format!("\\{escaped}") } else { escaped }
    }

    fn apple(&self, language: usize) -> String {
        self.with_arguments(language, "@")
    }

    /// `%1$s` for `{0}`; a text without arguments is not formatted, and keeps its percent signs.
    fn with_arguments(&self, language: usize, kind: &str) -> String {
        let text = &self.texts[language];
        if self.arguments == 0 {
            return text.clone();
        }
        (0..self.arguments).fold(text.replace('%', "%%"), |text, at| {
            text.replace(&format!("{{{at}}}"), &format!("%{}${kind}", at + 1))
        })
    }
}

fn placeholders(text: &str) -> Result<BTreeSet<usize>, String> {
    let mut found = BTreeSet::new();
    for part in text.split('{').skip(1) {
        let number = part.split_once('}').and_then(|(number, _)| number.parse().ok());
        found.insert(number.ok_or("a brace that is no placeholder")?);
    }
    Ok(found)
}

fn is_part(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_alphabetic())
        && part.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}

/// A key as a name in Kotlin: `pin.create.title` is `PinCreateTitle`.
pub fn camel(key: &str) -> String {
    let capital = |part: &str| {
        part.chars()
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(part.chars().skip(1))
            .collect::<String>()
    };
    key.split(['.', '_']).map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_language_lacks_is_refused() {
        let words = |text: &str| Words::parse(text).map(|words| words.kotlin());
        let good = r#"{"a.b": {"en": "one {0}", "et": "{0} kaks", "ko": "{0}"}}"#;
        assert!(words(good).unwrap().contains("AB(\"a.b\", 1)"));
        let changed = |from: &str, to: &str| words(&good.replace(from, to));
        for (from, to) in [
            (r#", "ko": "{0}""#, ""),
            (r#""ko": "{0}""#, r#""ko": " ""#),
            (r#""ko""#, r#""fi": "{0}", "ko""#),
            ("{0} kaks", "kaks"),
            ("{0} kaks", "{1} kaks"),
            ("{0} kaks", "{0} {kaks}"),
            ("a.b", "A.b"),
            ("a.b", "a..b"),
            ("a.b", ""),
        ] {
            assert!(changed(from, to).is_err(), "{from} -> {to}");
        }
        let alike = r#"{"a.b": {"en": "x", "et": "x", "ko": "x"}, "a_b": {"en": "x", "et": "x", "ko": "x"}}"#;
        assert!(words(alike).is_err());
    }
}
