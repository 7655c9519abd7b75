use kodanik_crypto::time::UnixMinute;
use proptest::prelude::*;

use crate::leaf::{Leaf, LeafError};
use crate::tile::{TileError, TileKind, TilePath, append_to_bundle, parse_bundle};

#[test]
fn paths_of_the_specification() {
    for (text, kind, index, width) in [
        ("0/x001/x234/067", TileKind::Hashes(0), 1_234_067, 256),
        ("1/000", TileKind::Hashes(1), 0, 256),
        ("7/001.p/255", TileKind::Hashes(7), 1, 255),
        ("entries/999.p/1", TileKind::Entries, 999, 1),
        ("entries/x001/000", TileKind::Entries, 1000, 256),
    ] {
        let path = TilePath { kind, index, width };
        assert_eq!(path.to_string(), text);
        assert_eq!(TilePath::parse(text), Ok(path));
    }
}

#[test]
fn a_tile_has_one_path() {
    for text in [
        "",
        "0",
        "0/",
        "0/1",
        "0/0001",
        "0/x000/001",
        "0/x001/x002",
        "0/001/002",
        "00/001",
        "8/001",
        "-1/001",
        "0/001.p/0",
        "0/001.p/256",
        "0/001.p/01",
        "0/001.p/",
        "0/001.p/1.p/1",
        "entries/00a",
        "Entries/001",
        "0/x999/x999/x999/x999/x999/x999/999",
        "0/../001",
        "0/001/",
    ] {
        assert_eq!(TilePath::parse(text), Err(TileError::Path), "{text}");
    }
}

#[test]
fn the_tiles_of_the_specifications_tree_of_70_000() {
    let widths = |kind| TilePath::all(kind, 70_000).map(|tile| tile.width).collect::<Vec<_>>();
    let leaves = widths(TileKind::Hashes(0));
    assert_eq!((leaves.len(), leaves[272], leaves[273]), (274, 256, 112));
    assert_eq!(widths(TileKind::Hashes(1)), [256, 17]);
    assert_eq!(widths(TileKind::Hashes(2)), [1]);
    assert_eq!(widths(TileKind::Hashes(3)), [0u16; 0]);
    assert_eq!(widths(TileKind::Entries), leaves);
}

#[test]
fn bundles_hold_exactly_their_leaves() {
    let leaves: Vec<_> =
        (0..5).map(|i| Leaf::new(UnixMinute(i), vec![b'e'; 1 + i as usize]).unwrap()).collect();
    let mut bundle = Vec::new();
    leaves.iter().for_each(|leaf| append_to_bundle(&mut bundle, leaf));
    assert_eq!(parse_bundle(&bundle, 5), Ok(leaves));
    for width in [0, 1, 4, 6, 256] {
        assert_eq!(parse_bundle(&bundle, width), Err(TileError::Bundle), "{width}");
    }
    for length in 0..bundle.len() {
        assert!(parse_bundle(&bundle[..length], 5).is_err(), "cut at {length}");
    }
    bundle.push(0);
    assert_eq!(parse_bundle(&bundle, 5), Err(TileError::Bundle));
    assert_eq!(parse_bundle(&[0, 3, 1, 2, 3], 1), Err(TileError::Leaf(LeafError::Empty)));
}

proptest! {
    #[test]
    fn every_path_reads_as_it_is_written(level in 0u8..=7, entries: bool, index in 0..u64::MAX / 256, width in 1u16..=256) {
        let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
        let path = TilePath { kind, index, width };
        prop_assert_eq!(TilePath::parse(&path.to_string()), Ok(path));
    }

    #[test]
    fn whatever_parses_is_the_one_path(text in "[0-8e]{1,2}/(x[0-9]{3}/){0,2}[0-9]{3}(.p/[0-9]{1,3})?") {
        if let Ok(path) = TilePath::parse(&text) {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}
