use kodanik_crypto::time::UnixSeconds;
use proptest::prelude::*;
use rand_core::OsRng;

use super::{NOW, Operator, tree};
use crate::checkpoint::{CheckpointError, FreshnessError, UnverifiedCheckpoint};
use crate::key::{KeyError, KeyKind, KeyName, NoteSigner, NoteVerifier};
use crate::note::{NoteError, SignedNote};
use crate::policy::{Policy, PolicyError, PolicyParseError};

/// The key pair and the note of the tests of Go's golang.org/x/mod/sumdb/note.
const GO_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn signs_and_verifies_as_go_does() {
    let signer = NoteSigner::parse(GO_SECRET).unwrap();
    let verifier = NoteVerifier::parse(GO_VKEY).unwrap();
    assert_eq!(signer.verifier(), verifier);
    assert_eq!(verifier.to_string(), GO_VKEY);
    assert_eq!(signer.to_secret_text().as_str(), GO_SECRET);
    let note = SignedNote::parse(GO_NOTE.as_bytes()).unwrap();
    assert_eq!(verifier.verify(note.text(), &note.signatures()[0]), Ok(None));
    let ours = SignedNote::new(note.text().to_owned(), vec![signer.sign(note.text(), NOW)]).unwrap();
    assert_eq!(ours.to_string(), GO_NOTE);
}

#[test]
fn the_example_checkpoint_of_the_cosignature_specification_parses() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let checkpoint = UnverifiedCheckpoint::parse(text.as_bytes()).unwrap();
    assert_eq!(checkpoint.dangerous_unverified_head().size, 20_852_163);
    assert_eq!(checkpoint.to_string(), text);
    let cosignature = &checkpoint.note().signatures()[1].bytes;
    assert_eq!(cosignature.len(), 72);
    assert_eq!(u64::from_be_bytes(cosignature[..8].try_into().unwrap()), 1_679_315_147);
}

#[test]
fn malformed_keys_are_refused() {
    let sum = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    assert_eq!(NoteVerifier::parse(sum).unwrap().to_string(), sum);
    for (text, error) in [
        ("sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", KeyError::Id),
        ("sum.golang.com+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", KeyError::Id),
        ("sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", KeyError::Malformed),
        ("sum.golang.org+33de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", KeyError::Malformed),
        ("sum.golang.org+033de0ae", KeyError::Malformed),
        ("sum.golang.org+033de0ae+", KeyError::Malformed),
        ("sum.golang.org+033de0ae+Ac4z", KeyError::Key),
        ("sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", KeyError::Kind),
        (" +033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", KeyError::Name),
        ("+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", KeyError::Name),
    ] {
        assert_eq!(NoteVerifier::parse(text), Err(error), "{text}");
    }
    assert!(NoteSigner::parse(GO_VKEY).is_err());
    assert_eq!(format!("{:?}", NoteSigner::parse(GO_SECRET).unwrap()), "NoteSigner(PeterNeumann, ..)");
}

#[test]
fn malformed_notes_are_refused() {
    let signature = GO_NOTE.rsplit_once("\n\n").unwrap().1;
    let many = format!("text\n\n{}", signature.repeat(65));
    let cases: [(&str, NoteError); 9] = [
        ("", NoteError::Shape),
        ("text\n", NoteError::Shape),
        ("text\n\n", NoteError::Shape),
        (&GO_NOTE[..GO_NOTE.len() - 1], NoteError::Shape),
        ("text\n\n— name\n", NoteError::SignatureLine),
        ("text\n\n— name AAAA!\n", NoteError::SignatureLine),
        ("text\n\n— name AAAAAA==\n", NoteError::SignatureLine),
        ("te\txt\n\n— name AAAAAAA=\n", NoteError::Characters),
        (&many, NoteError::TooLarge),
    ];
    for (text, error) in cases {
        assert_eq!(SignedNote::parse(text.as_bytes()), Err(error), "{text}");
    }
    assert_eq!(SignedNote::parse(&[0xff]), Err(NoteError::Characters));
    assert_eq!(SignedNote::parse(&vec![b'a'; SignedNote::MAX_BYTES + 1]), Err(NoteError::TooLarge));
}

#[test]
fn a_checkpoint_has_one_form() {
    let checkpoint = Operator::make("example.org/log").sign(&tree(3), NOW).to_string();
    let (text, signatures) = checkpoint.rsplit_once("\n\n").unwrap();
    assert!(UnverifiedCheckpoint::parse(checkpoint.as_bytes()).is_ok());
    for changed in [
        text.replace("\n3\n", "\n03\n"),
        text.replace("\n3\n", "\n+3\n"),
        text.replace("\n3\n", "\n-3\n"),
        text.replace("\n3\n", "\n99999999999999999999\n"),
        text.replace('=', ""),
        format!("{text}\nextension"),
        format!("\n{text}"),
        text.replace("example.org/log", "example org/log"),
        "one\n2".to_owned(),
    ] {
        let note = format!("{changed}\n\n{signatures}");
        assert_eq!(
            UnverifiedCheckpoint::parse(note.as_bytes()),
            Err(CheckpointError::Malformed),
            "{changed}"
        );
    }
}

#[test]
fn a_checkpoint_counts_only_with_log_and_quorum() {
    let operator = Operator::make("example.org/log");
    let checkpoint = operator.sign(&tree(3), NOW);
    let verified = checkpoint.clone().verify(&operator.policy).unwrap();
    assert_eq!((verified.size(), verified.cosignatures().len()), (3, 1));
    assert_eq!(verified.freshness(UnixSeconds(NOW.0 + 7)), Ok(7));
    assert_eq!(verified.freshness(UnixSeconds(NOW.0 - 100)), Ok(0));
    assert_eq!(verified.freshness(UnixSeconds(NOW.0 - 121)), Err(FreshnessError::FromTheFuture));

    let other = Operator::make("example.org/log");
    assert_eq!(
        checkpoint.clone().verify(&other.policy),
        Err(CheckpointError::Policy(PolicyError::NotSignedByLog))
    );
    let head = checkpoint.dangerous_unverified_head();
    let alone = head.sign(&[&operator.log], NOW).unwrap();
    assert_eq!(
        alone.clone().verify(&operator.policy),
        Err(CheckpointError::Policy(PolicyError::QuorumMissed))
    );
    let no_witness = Policy::parse(&format!("log {}\nquorum none", operator.log.verifier())).unwrap();
    let verified = alone.verify(&no_witness).unwrap();
    assert_eq!(verified.freshness(NOW), Err(FreshnessError::NoCosignature));
    let clock_only = head.sign(&[&operator.clock], NOW).unwrap();
    assert_eq!(
        clock_only.verify(&operator.policy),
        Err(CheckpointError::Policy(PolicyError::NotSignedByLog))
    );
}

#[test]
fn the_newest_cosignature_counts_and_a_false_one_spoils_the_note() {
    let operator = Operator::make("example.org/log");
    let text = operator.sign(&tree(3), NOW).note().text().to_owned();
    let signatures = vec![
        operator.log.sign(&text, NOW),
        operator.clock.sign(&text, NOW),
        operator.clock.sign(&text, NOW.plus(60)),
    ];
    let verify = |signatures| {
        let note = SignedNote::new(text.clone(), signatures).unwrap().to_string();
        UnverifiedCheckpoint::parse(note.as_bytes()).unwrap().verify(&operator.policy)
    };
    assert_eq!(verify(signatures.clone()).unwrap().cosignatures()[0].at, NOW.plus(60));
    for spoilt in 0..3 {
        let mut signatures = signatures.clone();
        signatures[spoilt].bytes[7] ^= 1;
        assert_eq!(
            verify(signatures),
            Err(CheckpointError::Policy(PolicyError::BadSignature)),
            "signature {spoilt}"
        );
    }
    let mut unknown = signatures;
    unknown[2].key_id.0[0] ^= 1;
    unknown[2].bytes.clear();
    unknown[2].bytes.push(0);
    assert_eq!(verify(unknown).unwrap().cosignatures()[0].at, NOW, "unknown keys are ignored");
}

#[test]
fn quorums_count_groups_within_groups() {
    let origin = KeyName::parse("example.org/log").unwrap();
    let log = NoteSigner::make(origin, KeyKind::Log, &mut OsRng);
    let witness =
        |name: &str| NoteSigner::make(KeyName::parse(name).unwrap(), KeyKind::Cosignature, &mut OsRng);
    let witnesses: Vec<_> = ["x1", "x2", "x3", "y1", "y2"].into_iter().map(witness).collect();
    let mut text = format!("# who watches\n\n  log {} https://example.org\n", log.verifier());
    for witness in &witnesses {
        text += &format!("witness\t{} {}\n", witness.verifier().name(), witness.verifier());
    }
    text += "group X 2 x1 x2 x3\ngroup Y any y1 y2\ngroup both all X Y\nquorum both\n";
    let policy = Policy::parse(&text).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().count()), (1, 5));
    let head = Operator::make("example.org/log").sign(&tree(1), NOW).dangerous_unverified_head().clone();
    for (who, satisfied) in [
        (&[0, 1, 3][..], true),
        (&[0, 2, 4], true),
        (&[0, 1, 2, 3, 4], true),
        (&[0, 3, 4], false),
        (&[0, 1, 2], false),
        (&[3], false),
        (&[], false),
    ] {
        let keys: Vec<_> = std::iter::once(&log).chain(who.iter().map(|i| &witnesses[*i])).collect();
        let checkpoint = head.sign(&keys, NOW).unwrap();
        assert_eq!(checkpoint.verify(&policy).is_ok(), satisfied, "{who:?}");
    }
}

#[test]
fn malformed_policies_are_refused() {
    let operator = Operator::make("example.org/log");
    let (log, clock) = (operator.log.verifier(), operator.clock.verifier());
    let cases = [
        (String::new(), PolicyParseError::Quorum),
        (format!("log {log}\n"), PolicyParseError::Quorum),
        ("quorum none\nquorum none\n".to_owned(), PolicyParseError::Quorum),
        (format!("log {log}\nlog {log}\n"), PolicyParseError::Duplicate(2)),
        (format!("witness a {clock}\nwitness b {clock}\n"), PolicyParseError::Duplicate(2)),
        (format!("witness none {clock}\n"), PolicyParseError::Duplicate(1)),
        (format!("log {clock}\n"), PolicyParseError::Key(1)),
        (format!("witness a {log}\n"), PolicyParseError::Key(1)),
        ("quorum a\n".to_owned(), PolicyParseError::UnknownName(1)),
        (format!("witness a {clock}\ngroup g 1 a\ngroup h 1 a\n"), PolicyParseError::UnknownName(3)),
        (format!("witness a {clock}\ngroup g 1 a a\n"), PolicyParseError::UnknownName(2)),
        ("group g 1 g\n".to_owned(), PolicyParseError::UnknownName(1)),
        (format!("witness a {clock}\ngroup g 2 a\n"), PolicyParseError::Threshold(2)),
        (format!("witness a {clock}\ngroup g 0 a\n"), PolicyParseError::Threshold(2)),
        (format!("witness a {clock}\ngroup g 01 a\n"), PolicyParseError::Threshold(2)),
        ("group g all\n".to_owned(), PolicyParseError::Threshold(1)),
        ("trust everybody\n".to_owned(), PolicyParseError::Syntax(1)),
        ("quorum none none\n".to_owned(), PolicyParseError::Syntax(1)),
        ("quorum none\r\n".to_owned(), PolicyParseError::Syntax(1)),
        ("#".repeat(Policy::MAX_BYTES + 1), PolicyParseError::TooLarge),
    ];
    for (text, error) in cases {
        assert_eq!(Policy::parse(&text), Err(error), "{}", &text[..text.len().min(80)]);
    }
}

proptest! {
    #[test]
    fn parsing_never_panics_and_what_parses_is_written_the_same(bytes: Vec<u8>, text in "(—? ?[a-z0-9+=\n ]{0,9}){0,9}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(note) = SignedNote::parse(bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
        let _ = Policy::parse(&text);
        let _ = NoteVerifier::parse(&text);
    }

    #[test]
    fn a_flipped_byte_of_a_checkpoint_is_never_the_same_checkpoint(position: prop::sample::Index, bit in 0u8..8) {
        let operator = Operator::make("example.org/log");
        let note = operator.sign(&tree(9), NOW).to_string();
        let mut changed = note.clone().into_bytes();
        changed[position.index(note.len())] ^= 1 << bit;
        let verified = UnverifiedCheckpoint::parse(&changed).and_then(|c| c.verify(&operator.policy));
        prop_assert!(verified.is_err());
    }
}
