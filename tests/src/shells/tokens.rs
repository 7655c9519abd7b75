//! Colours, type and space.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use super::MADE;

/// What text needs at least (WCAG 2.2, 1.4.3).
const MIN_CONTRAST: f64 = 4.5;

/// The tokens of `tokens.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Colours by role, for both modes.
    pub colours: Colours,
    /// Roles of text and of what it stands on.
    pub pairs: Vec<(String, String)>,
    #[serde(rename = "type")]
    kinds: BTreeMap<String, Kind>,
    space: BTreeMap<String, u32>,
    corner: BTreeMap<String, u32>,
    touch: u32,
}

/// The same roles in both modes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// For a bright screen.
    pub light: Mode,
    /// For a dark one.
    pub dark: Mode,
}

/// `#rrggbb` by role.
pub type Mode = BTreeMap<String, String>;

/// A size and line height in sp or points, a weight as in CSS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    size: u32,
    line: u32,
    weight: u32,
}

impl Tokens {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Colours { light, dark } = &tokens.colours;
        if !light.keys().eq(dark.keys()) {
            return Err("light and dark have different roles".to_owned());
        }
        let (pairs, roles) = (&tokens.pairs, light.keys());
        if let Some(role) =
            roles.clone().find(|role| role.starts_with("on") && !pairs.iter().any(|(text, _)| text == *role))
        {
            return Err(format!("{role} is text, and no pair says on what"));
        }
        for (name, mode) in [("light", light), ("dark", dark)] {
            for (text, ground) in pairs {
                let of = |role: &String| mode.get(role).ok_or_else(|| format!("{name}: there is no {role}"));
                let found = contrast(of(text)?, of(ground)?)?;
                if found < MIN_CONTRAST {
                    return Err(format!(
                        "{name}: {text} on {ground} has a contrast of {found:.2}, not {MIN_CONTRAST}"
                    ));
                }
            }
        }
        Ok(tokens)
    }

    pub(super) fn kotlin(&self) -> String {
        let mut out = format!("// {MADE}\npackage org.kodanik.ui.design\n\n");
        out.push_str("/** Size and line height in sp; the weight as in CSS. */\n");
        out.push_str("class TypeToken(val size: Int, val line: Int, val weight: Int)\n\n");
        out.push_str("/** Colours as ARGB; lengths in dp. */\nobject Tokens {\n");
        for (name, mode) in [("Light", &self.colours.light), ("Dark", &self.colours.dark)] {
            let colours =
                mode.iter().map(|(role, value)| format!("const val {role}: Long = 0xFF{}", digits(value)));
            block(&mut out, &format!("object {name}"), colours);
        }
        let kinds = self
            .kinds
            .iter()
            .map(|(name, it)| format!("val {name} = TypeToken({}, {}, {})", it.size, it.line, it.weight));
        block(&mut out, "object Type", kinds);
        for (name, lengths) in [("Space", &self.space), ("Corner", &self.corner)] {
            block(
                &mut out,
                &format!("object {name}"),
                lengths.iter().map(|(name, it)| format!("const val {name} = {it}")),
            );
        }
        let _ = writeln!(
            out,
            "    /** The least side of what can be touched. */\n    const val touch = {}\n}}",
            self.touch
        );
        out
    }

    pub(super) fn swift(&self) -> String {
        let mut out = format!("// {MADE}\n\n");
        out.push_str("/// Size and line height in points at the standard text size; the weight as in CSS.\n");
        out.push_str("public struct TypeToken: Sendable {\n    public let size, line: Double\n    public let weight: Int\n}\n\n");
        out.push_str("/// Colours as RGB; lengths in points.\npublic enum Tokens {\n");
        for (name, mode) in [("Light", &self.colours.light), ("Dark", &self.colours.dark)] {
            let colours = mode
                .iter()
                .map(|(role, value)| format!("public static let {role}: UInt32 = 0x{}", digits(value)));
            block(&mut out, &format!("public enum {name}"), colours);
        }
        let kinds = self.kinds.iter().map(|(name, it)| {
            format!(
                "public static let {name} = TypeToken(size: {}, line: {}, weight: {})",
                it.size, it.line, it.weight
            )
        });
        block(&mut out, "public enum Kind", kinds);
        for (name, lengths) in [("Space", &self.space), ("Corner", &self.corner)] {
            let lengths = lengths.iter().map(|(name, it)| format!("public static let {name}: Double = {it}"));
            block(&mut out, &format!("public enum {name}"), lengths);
        }
        let _ = writeln!(
            out,
            "    /// The least side of what can be touched.\n    public static let touch: Double = {}\n}}",
            self.touch
        );
        out
    }
}

fn block(out: &mut String, head: &str, lines: impl Iterator<Item = String>) {
    let _ = writeln!(out, "    {head} {{");
    lines.for_each(|line| {
        let _ = writeln!(out, "        {line}");
    });
    out.push_str("    }\n\n");
}

fn digits(colour: &str) -> String {
    colour.trim_start_matches('#').to_uppercase()
}

/// The contrast of two `#rrggbb`, from 1 to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(one: &str, other: &str) -> Result<f64, String> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    Ok((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// WCAG 2.2, "relative luminance".
fn luminance(colour: &str) -> Result<f64, String> {
    let wrong = || format!("{colour} is no #rrggbb");
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(wrong)?;
    let value = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
    let linear = |shift: u32| {
        let share = f64::from((value >> shift) & 0xFF) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    Ok(0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(light: &str, dark: &str, pairs: &str) -> Result<Tokens, String> {
        let colours = format!("\"light\": {{{light}}}, \"dark\": {{{dark}}}");
        let rest = r#""type": {}, "space": {}, "corner": {}, "touch": 48"#;
        Tokens::parse(&format!("{{\"colours\": {{{colours}}}, \"pairs\": [{pairs}], {rest}}}"))
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let (good, pair) = (r##""page": "#ffffff", "onPage": "#101010""##, r#"["onPage", "page"]"#);
        assert!(tokens(good, good, pair).is_ok());
        let refused = |light: &str, dark: &str, pairs: &str| tokens(light, dark, pairs).unwrap_err();
        let faint = good.replace("#101010", "#777777");
        assert!(refused(good, &faint, pair).starts_with("dark: onPage on page"));
        assert!(refused(&faint, good, pair).starts_with("light: onPage on page"));
        assert!(refused(good, good, "").contains("no pair"));
        assert!(refused(good, good, r#"["onPage", "page"], ["onPage", "card"]"#).contains("no card"));
        assert!(refused(good, r##""page": "#ffffff""##, pair).contains("different roles"));
        assert!(refused(&good.replace("#101010", "black"), good, pair).contains("no #rrggbb"));
    }
}
