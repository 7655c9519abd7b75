//! The story that `cargo run` tells, as a script asks for it.

use crate::terminal::Terminal;

#[test]
fn s01_the_demo_tells_the_whole_story_and_ends_with_0() {
    let told = Terminal::open().run(&["demo", "--exit", "--voters", "3", "--json"]).json(0);
    assert_eq!(told["voters"], 4);
    // Genesis, manifest, 20 of the ceremony, opening, 3 + 3 ballots, close, 3 counts, 3 statements, 3 shares at most, result.
    assert!(told["entries"].as_u64().unwrap() >= 36, "{told}");
    let contests = told["contests"].as_array().unwrap();
    assert_eq!(contests.len(), 2);
    for contest in contests {
        assert_eq!(contest["ballots"], 4, "everybody's last ballot");
    }
}
