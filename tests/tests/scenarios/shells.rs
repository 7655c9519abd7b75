//! Both shells against the bridge and against each other: the same screens, states, faults and words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use scenarios::shells::{Shells, contrast};
use syn::{Attribute, Item, ItemEnum};

use super::documents::{files, root};

const KOTLIN: &[&str] =
    &["android/kit/src/main", "android/ui/src/main", "android/platform/src/main", "android/app/src/main"];
/// Without what is generated from the bridge, which knows everything.
const SWIFT: &[&str] =
    &["ios/KodanikKit/Sources/KodanikKit", "ios/KodanikKit/Sources/PlatformContract", "ios/App"];
/// iOS's prompt has a reason and no title.
const ANDROID_ONLY: [&str; 1] = ["prompt.title"];
/// Android's screen reader has words of its own for it.
const IOS_ONLY: [&str; 2] = ["a11y.chosen", "a11y.not_chosen"];
/// The screens of both.
const SCREENS: [&str; 14] = [
    "Backup",
    "Case",
    "Enrol",
    "History",
    "Home",
    "Notices",
    "Pin",
    "Present",
    "Recover",
    "Scan",
    "Services",
    "Verify",
    "Vote",
    "WhoLooked",
];

#[test]
fn s31_what_is_made_from_tokens_and_words_is_up_to_date() {
    for (path, text) in shells().files() {
        let found = fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert!(found == text, "{} is not what bindings/design makes: run make-shells", path.display());
    }
}

#[test]
fn s31_every_colour_pair_can_be_read() {
    assert!((contrast("#000000", "#ffffff").unwrap() - 21.0).abs() < 0.001);
    let found = contrast("#777777", "#ffffff").unwrap();
    assert!((found - 4.478).abs() < 0.001, "{found}");
    assert!(contrast("red", "#ffffff").is_err());
    let tokens = shells().tokens;
    assert!(tokens.pairs.len() > 8);
    for mode in [&tokens.colours.light, &tokens.colours.dark] {
        for (text, ground) in &tokens.pairs {
            assert!(contrast(&mode[text], &mode[ground]).unwrap() >= 4.5, "{text} on {ground}");
        }
    }
}

#[test]
fn s31_every_variant_of_the_bridge_is_in_both_shells() {
    let (kotlin, swift) = (texts(KOTLIN, "kt"), texts(SWIFT, "swift"));
    let enums = bridge();
    assert!(enums.len() > 15, "the scan found only {} enums", enums.len());
    let mut missing = Vec::new();
    for found in enums {
        let is_flat = found.variants.iter().all(|variant| variant.fields.is_empty()) && !is_error(&found);
        for variant in &found.variants {
            let (name, variant) = (found.ident.to_string(), variant.ident.to_string());
            let in_kotlin = format!("{name}.{}", if is_flat { screaming(&variant) } else { variant.clone() });
            if !mentions(&kotlin, &in_kotlin) {
                missing.push(format!("Android: {in_kotlin}"));
            }
            let in_swift =
                if is_error(&found) { format!(".{variant}") } else { format!(".{}", lower(&variant)) };
            if !mentions(&swift, &in_swift) {
                missing.push(format!("iOS: {name}{in_swift}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A new variant must not fall silently into a branch for whatever is left.
#[test]
fn s31_no_variant_falls_into_a_branch_for_the_rest() {
    let names: Vec<String> = bridge().iter().map(|found| format!("{}.", found.ident)).collect();
    let mut branches = 0;
    for (path, text) in sources(KOTLIN, "kt") {
        let lines: Vec<&str> = text.lines().collect();
        for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with("else ->")) {
            branches += 1;
            let found = siblings(&lines[..at], indent(lines[at]))
                .find(|line| names.iter().any(|name| line.contains(name)));
            assert_eq!(found, None, "{}:{}", path.display(), at + 1);
        }
    }
    assert!(branches > 3, "the scan found only {branches}");
    for (path, text) in sources(SWIFT, "swift") {
        let catches_all = |line: &&str| {
            ["default:", "@unknown", "case _"].iter().any(|it| line.trim_start().starts_with(it))
        };
        assert_eq!(text.lines().find(catches_all), None, "{}", path.display());
    }
}

/// What the branches of the same `when` compare with, from the last one up.
fn siblings<'a>(before: &'a [&'a str], depth: usize) -> impl Iterator<Item = &'a str> {
    let inside = before.iter().rev().take_while(move |line| line.trim().is_empty() || indent(line) >= depth);
    let own = inside.copied().filter(move |line| indent(line) == depth);
    own.filter_map(|line| line.split("->").next())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[test]
fn s31_both_shells_have_the_same_screens() {
    let names = |text: &str, before: &str| -> BTreeSet<String> {
        let heads = text.split(before).skip(1).filter_map(|rest| rest.split(['(', ':']).next());
        heads.filter_map(|name| name.strip_suffix("Screen")).map(str::to_owned).collect()
    };
    let expected: BTreeSet<String> = SCREENS.map(str::to_owned).into();
    assert_eq!(names(&texts(&KOTLIN[1..2], "kt"), "fun "), expected);
    assert_eq!(names(&texts(&SWIFT[2..], "swift"), "struct "), expected);
}

#[test]
fn s31_every_word_is_said_on_both_and_every_fault_has_words() {
    let (kotlin, swift) = (texts(&KOTLIN[1..], "kt"), texts(SWIFT, "swift"));
    let shells = shells();
    let keys: BTreeSet<&str> = shells.words.keys().collect();
    let mut unsaid = Vec::new();
    // Those that are looked up by a code or a claim's name.
    let by_name = |key: &str| key.starts_with("fault.") || key.starts_with("claim.");
    for key in keys.iter().filter(|key| !by_name(key)) {
        let name = scenarios::shells::camel(key);
        if !mentions(&kotlin, &format!("Word.{name}")) && !IOS_ONLY.contains(key) {
            unsaid.push(format!("Android: {key}"));
        }
        let in_swift = format!(".{}", lower(&name));
        if !mentions(&swift, &in_swift) && !ANDROID_ONLY.contains(key) {
            unsaid.push(format!("iOS: {key}"));
        }
    }
    assert!(unsaid.is_empty(), "{unsaid:#?}");
    let fault = bridge().into_iter().find(|found| found.ident == "Fault").unwrap();
    for variant in fault.variants {
        let key = format!("fault.{}", screaming(&variant.ident.to_string()).to_lowercase());
        assert!(keys.contains(key.as_str()), "there are no words for {key}");
    }
}

fn shells() -> Shells {
    Shells::read(&root()).unwrap_or_else(|error| panic!("{error}"))
}

/// Every enum and error that crosses the bridge.
fn bridge() -> Vec<ItemEnum> {
    let crosses = |attribute: &Attribute| {
        let list = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        list.contains("uniffi :: Enum") || list.contains("uniffi :: Error")
    };
    let files = sources(&["bindings/src"], "rs").into_iter().map(|(_, text)| syn::parse_file(&text).unwrap());
    let enums = files.flat_map(|file| file.items).filter_map(|item| match item {
        Item::Enum(found) if found.attrs.iter().any(crosses) => Some(found),
        _ => None,
    });
    enums.collect()
}

fn is_error(found: &ItemEnum) -> bool {
    found.ident == "Fault" || found.ident == "KeyFault"
}

fn lower(name: &str) -> String {
    format!("{}{}", name[..1].to_lowercase(), &name[1..])
}

/// `OnBoard` is `ON_BOARD`, as uniffi names the entries of a Kotlin enum class.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(letter.to_uppercase());
    }
    out
}

/// Whether a name is there as a whole.
fn mentions(text: &str, name: &str) -> bool {
    let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    text.match_indices(name).any(|(at, _)| is_end(&text[at + name.len()..]))
}

fn texts(folders: &[&str], ending: &str) -> String {
    sources(folders, ending).into_iter().map(|(_, text)| text).collect()
}

/// Written sources, without what is made from words and tokens.
fn sources(folders: &[&str], ending: &str) -> Vec<(PathBuf, String)> {
    let made = shells().files();
    let is_made = |path: &Path| made.iter().any(|(made, _)| root().join(made) == path);
    let files = folders.iter().flat_map(|folder| files(&root().join(folder), ending));
    files
        .filter(|path| !is_made(path))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}
