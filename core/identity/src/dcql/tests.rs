use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::select::places;
use super::*;

const PID: &str = "urn:eudi:pid:1";

fn parse(value: Value) -> Result<Query, DcqlError> {
    Query::from_value(&value)
}

fn pid_query(extra: &[(&str, Value)]) -> Value {
    let mut query = json!({"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}});
    for (name, value) in extra {
        query[name] = value.clone();
    }
    json!({"credentials": [query]})
}

fn person() -> Value {
    json!({"vct": PID, "given_name": "Mari", "age": 30, "address": {"locality": "Tartu"},
           "nationalities": ["EE", "FI"]})
}

fn held<'a>(id: &'a str, claims: &'a Value) -> HeldCredential<'a> {
    HeldCredential { id, format: DC_SD_JWT, vct: PID, claims, authorities: &[] }
}

#[test]
fn a_query_reads_and_writes_the_same() {
    let value = pid_query(&[
        ("claims", json!([{"id": "n", "path": ["nationalities", null]}, {"path": ["nationalities", 0]}])),
        ("multiple", json!(true)),
    ]);
    let query = parse(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&query).unwrap(), value);
    assert_eq!(query.credentials[0].claims.as_ref().unwrap()[0].path.to_string(), "nationalities.*");
    assert!(query.credentials[0].require_cryptographic_holder_binding);
}

#[test]
fn malformed_queries_are_refused() {
    let claim = json!([{"id": "a", "path": ["x"]}]);
    let cases = [
        (json!({}), DcqlError::Malformed),
        (json!({"credentials": []}), DcqlError::Empty),
        (json!({"credentials": [{"id": "a", "format": "dc+sd-jwt"}]}), DcqlError::Malformed),
        (pid_query(&[("id", json!("a b"))]), DcqlError::Identifier),
        (pid_query(&[("id", json!(""))]), DcqlError::Identifier),
        (pid_query(&[("meta", json!({}))]), DcqlError::Empty),
        (pid_query(&[("claims", json!([]))]), DcqlError::Empty),
        (pid_query(&[("claims", json!([{"path": []}]))]), DcqlError::Path),
        (pid_query(&[("claims", json!([{"path": [-1]}]))]), DcqlError::Malformed),
        (pid_query(&[("claims", json!([{"path": [true]}]))]), DcqlError::Malformed),
        (pid_query(&[("claims", json!([{"path": vec!["x"; 9]}]))]), DcqlError::Path),
        (pid_query(&[("claims", json!([{"path": ["x"], "values": []}]))]), DcqlError::Empty),
        (pid_query(&[("claims", json!(vec![json!({"path": ["x"]}); 65]))]), DcqlError::TooLarge),
        (
            pid_query(&[("claims", json!([{"id": "a", "path": ["x"]}, {"id": "a", "path": ["y"]}]))]),
            DcqlError::Repeated,
        ),
        (pid_query(&[("claim_sets", json!([["a"]]))]), DcqlError::UnknownReference),
        (
            pid_query(&[("claims", claim.clone()), ("claim_sets", json!([["b"]]))]),
            DcqlError::UnknownReference,
        ),
        (pid_query(&[("claims", claim.clone()), ("claim_sets", json!([[]]))]), DcqlError::Empty),
        (pid_query(&[("trusted_authorities", json!([]))]), DcqlError::Empty),
    ];
    for (value, error) in cases {
        assert_eq!(parse(value.clone()), Err(error), "{value}");
    }
    let mut twice = pid_query(&[]);
    twice["credentials"] = json!([twice["credentials"][0], twice["credentials"][0]]);
    assert_eq!(parse(twice), Err(DcqlError::Repeated));
    let mut sets = pid_query(&[]);
    sets["credential_sets"] = json!([{"options": [["nobody"]]}]);
    assert_eq!(parse(sets), Err(DcqlError::UnknownReference));
    assert_eq!(Query::parse(&vec![b' '; MAX_QUERY + 1]), Err(DcqlError::TooLarge));
}

#[test]
fn paths_lead_to_values_or_nowhere() {
    let person = person();
    let at = |path: Value| {
        let path: ClaimPath = serde_json::from_value(path).unwrap();
        places(&person, &path).into_iter().map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(at(json!(["address", "locality"])), [json!("Tartu")]);
    assert_eq!(at(json!(["nationalities", null])), [json!("EE"), json!("FI")]);
    assert_eq!(at(json!(["nationalities", 1])), [json!("FI")]);
    for nowhere in [
        json!(["nationalities", 2]),
        json!(["nationalities", "0"]),
        json!(["address", 0]),
        json!(["age", null]),
    ] {
        assert!(at(nowhere.clone()).is_empty(), "{nowhere}");
    }
}

#[test]
fn only_the_claims_asked_for_would_be_disclosed() {
    let person = person();
    let query = parse(pid_query(&[("claims", json!([{"path": ["given_name"]}]))])).unwrap();
    let matches = select(&query, &[held("1", &person)]);
    assert_eq!(matches.credentials[0].candidates[0].claims, [ClaimPath::of(&["given_name"])]);
    let nothing = select(&parse(pid_query(&[])).unwrap(), &[held("1", &person)]);
    assert!(nothing.credentials[0].candidates[0].claims.is_empty());
}

#[test]
fn what_is_missing_is_named() {
    let person = person();
    let query = parse(pid_query(&[("claims", json!([{"path": ["given_name"]}, {"path": ["roll_number"]}]))]))
        .unwrap();
    let matches = select(&query, &[held("1", &person)]);
    assert!(!matches.is_answerable());
    assert_eq!(matches.credentials[0].missing, [ClaimPath::of(&["roll_number"])]);
}

#[test]
fn of_several_elements_only_those_asked_for_are_disclosed() {
    let person = person();
    let disclosed = |claim: Value| {
        let query = parse(pid_query(&[("claims", json!([claim]))])).unwrap();
        let candidate = select(&query, &[held("c", &person)]).credentials.remove(0).candidates.remove(0);
        candidate.claims.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let path = json!(["nationalities", null]);
    assert_eq!(disclosed(json!({"path": path, "values": ["FI"]})), ["nationalities.1"]);
    assert_eq!(disclosed(json!({"path": path, "values": ["FI", "SE"]})), ["nationalities.1"]);
    assert_eq!(
        disclosed(json!({"path": path, "values": ["FI", "EE"]})),
        ["nationalities.0", "nationalities.1"]
    );
    assert_eq!(disclosed(json!({"path": path})), ["nationalities.*"]);
    assert_eq!(disclosed(json!({"path": ["age"], "values": [30]})), ["age"]);
}

#[test]
fn values_types_formats_and_authorities_narrow() {
    let person = person();
    let answerable = |extra: &[(&str, Value)]| {
        select(&parse(pid_query(extra)).unwrap(), &[held("1", &person)]).is_answerable()
    };
    let with_values =
        |path: Value, values: Value| answerable(&[("claims", json!([{"path": path, "values": values}]))]);
    assert!(with_values(json!(["age"]), json!([29, 30])));
    assert!(with_values(json!(["nationalities", null]), json!(["FI"])));
    assert!(!with_values(json!(["age"]), json!(["30"])));
    assert!(!with_values(json!(["nationalities", null]), json!(["SE"])));
    assert!(!answerable(&[("meta", json!({"vct_values": ["urn:other"]}))]));
    assert!(!answerable(&[("format", json!("mso_mdoc"))]));
    assert!(!answerable(&[("trusted_authorities", json!([{"type": "aki", "values": ["AQ"]}]))]));
    assert!(!answerable(&[("trusted_authorities", json!([{"type": "etsi_tl", "values": ["AQ"]}]))]));
    let query =
        parse(pid_query(&[("trusted_authorities", json!([{"type": "aki", "values": ["AQ"]}]))])).unwrap();
    let authority = HeldCredential { authorities: &[vec![1]], ..held("1", &person) };
    assert!(select(&query, &[authority]).is_answerable());
}

#[test]
fn the_first_claim_set_that_can_be_met_is_taken() {
    let person = person();
    let query = parse(pid_query(&[
        (
            "claims",
            json!([{"id": "r", "path": ["roll_number"]}, {"id": "n", "path": ["given_name"]},
                          {"id": "a", "path": ["age"]}]),
        ),
        ("claim_sets", json!([["r", "n"], ["a"], ["n"]])),
    ]))
    .unwrap();
    let matches = select(&query, &[held("1", &person)]);
    assert_eq!(matches.credentials[0].candidates[0].claims, [ClaimPath::of(&["age"])]);
}

#[test]
fn several_matching_credentials_are_a_choice() {
    let person = person();
    let matches = select(&parse(pid_query(&[])).unwrap(), &[held("old", &person), held("new", &person)]);
    assert_eq!(matches.credentials[0].candidates.len(), 2);
    let picks = |names: &[&str]| {
        BTreeMap::from([("pid".to_owned(), names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())])
    };
    let selection = matches.choose(&picks(&["new"])).unwrap();
    assert_eq!(selection.iter().next().unwrap().1[0].credential, "new");
    assert_eq!(matches.choose(&picks(&["old", "new"])), Err(ChoiceError::TooMany));
    assert_eq!(matches.choose(&picks(&["other"])), Err(ChoiceError::NotACandidate));
    assert_eq!(matches.choose(&picks(&[])), Err(ChoiceError::Incomplete));
    assert_eq!(matches.choose(&BTreeMap::new()), Err(ChoiceError::Incomplete));
    let foreign = BTreeMap::from([("car".to_owned(), vec!["new".to_owned()])]);
    assert_eq!(matches.choose(&foreign), Err(ChoiceError::NotACandidate));
}

#[test]
fn multiple_takes_several_but_none_twice() {
    let person = person();
    let query = parse(pid_query(&[("multiple", json!(true))])).unwrap();
    let matches = select(&query, &[held("old", &person), held("new", &person)]);
    let picks = |a: &str, b: &str| BTreeMap::from([("pid".to_owned(), vec![a.to_owned(), b.to_owned()])]);
    assert!(matches.choose(&picks("old", "new")).is_ok());
    assert_eq!(matches.choose(&picks("old", "old")), Err(ChoiceError::TooMany));
}

#[test]
fn of_the_sets_only_required_ones_are_answered_unasked() {
    let person = person();
    let mut value = pid_query(&[]);
    let mut licence = value["credentials"][0].clone();
    licence["id"] = json!("licence");
    licence["meta"] = json!({"vct_values": ["urn:licence"]});
    let mut other = value["credentials"][0].clone();
    other["id"] = json!("extra");
    value["credentials"] = json!([value["credentials"][0], licence, other]);
    value["credential_sets"] =
        json!([{"options": [["licence"], ["pid"]]}, {"options": [["extra"]], "required": false}]);
    let matches = select(&parse(value.clone()).unwrap(), &[held("1", &person)]);
    let picks = matches.default_picks().unwrap();
    assert_eq!(picks.keys().collect::<Vec<_>>(), ["pid"]);
    assert!(matches.choose(&picks).is_ok());
    value["credential_sets"][0]["options"] = json!([["licence"]]);
    assert!(!select(&parse(value).unwrap(), &[held("1", &person)]).is_answerable());
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
        let _ = Query::parse(&bytes);
    }

    #[test]
    fn resolving_never_panics(parts in proptest::collection::vec(0u8..4, 1..8), index: u64) {
        let parts = parts.iter().map(|part| match part {
            0 => PathPart::Every,
            1 => PathPart::Index(index),
            2 => PathPart::Member("address".into()),
            _ => PathPart::Member("nationalities".into()),
        });
        places(&person(), &ClaimPath::new(parts.collect()).unwrap());
    }
}
