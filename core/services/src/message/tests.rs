use proptest::prelude::*;
use serde::Deserialize;

use super::*;

const VECTORS: &str = include_str!("../../../../tests/vectors/xroad/rest-vectors.json");
const NON_BATCH: &[u8] = include_bytes!("../../../../tests/vectors/xroad/rest-request-nonbatch/message.xml");
const NON_BATCH_BODY: &[u8] =
    include_bytes!("../../../../tests/vectors/xroad/rest-request-nonbatch/attachment1");

#[derive(Deserialize)]
struct Vector {
    name: String,
    verb: String,
    path: String,
    query: Option<String>,
    body_utf8: Option<String>,
    x_road_request_id: String,
    headers_in: Vec<(String, String)>,
    accepted: bool,
    client: Option<String>,
    service: Option<String>,
    service_path: Option<String>,
    target_ss: Option<String>,
    represented: Option<String>,
    x_road_id: Option<String>,
    message: Option<String>,
    request_hash: Option<String>,
}

impl Vector {
    fn body(&self) -> Vec<u8> {
        self.body_utf8.clone().unwrap_or_default().into_bytes()
    }

    fn lenient(&self) -> Result<RestRequest, MessageError> {
        let headers = Headers::parse(self.headers_in.clone())?;
        RestRequest::parse_lenient(&self.verb, &self.path, self.query.as_deref(), &headers, self.body())
    }

    fn strict(&self) -> Result<StrictRequest, MessageError> {
        let mut headers = Headers::parse(self.headers_in.clone())?;
        if !headers.contains("x-road-userid") {
            headers.push("x-road-userid", "KR1")?; // X-Road does not demand the citizen, we do
        }
        StrictRequest::parse(&self.verb, &self.path, self.query.as_deref(), &headers, self.body())
    }

    fn check(&self, request: &RestRequest) {
        let decoded = |parts: &[&str]| parts.join("/");
        let client = request.client();
        let mut parts = vec![&*client.instance, &client.member_class, &client.member_code];
        let kind = if client.subsystem.is_some() { "SUBSYSTEM" } else { "MEMBER" };
        parts.extend(client.subsystem.as_deref());
        assert_eq!(Some(format!("{kind}:{}", decoded(&parts))), self.client, "{}", self.name);
        let service = request.path().service();
        let parts = [
            &*service.instance,
            &service.member_class,
            &service.member_code,
            &service.subsystem,
            &service.service_code,
        ];
        assert_eq!(Some(format!("SERVICE:{}", decoded(&parts))), self.service, "{}", self.name);
        assert_eq!(Some(request.path().tail()), self.service_path.as_deref(), "{}", self.name);
        let server = request.server().map_or("null".to_owned(), |server| format!("SERVER:{server}"));
        assert_eq!(Some(server), self.target_ss, "{}", self.name);
        let represented = request.represented_party().map_or("null".to_owned(), |party| {
            format!("{}/{}", party.class.as_deref().unwrap_or("null"), party.code)
        });
        assert_eq!(Some(represented), self.represented, "{}", self.name);
        let id = self.x_road_id.as_deref().unwrap();
        let message = request.message(&self.x_road_request_id, id);
        assert_eq!(std::str::from_utf8(&message).ok(), self.message.as_deref(), "{}", self.name);
        assert_eq!(Some(request.request_hash(&self.x_road_request_id, id)), self.request_hash);
    }
}

fn vectors() -> Vec<Vector> {
    // one vector names `accepted` twice: through a map, where the last one counts
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    serde_json::from_value(vectors).unwrap()
}

#[test]
fn all_45_vectors_of_x_road_7_8_0() {
    let vectors = vectors();
    assert_eq!((vectors.len(), vectors.iter().filter(|v| v.accepted).count()), (45, 26));
    for vector in vectors {
        let result = vector.lenient();
        assert_eq!(result.is_ok(), vector.accepted, "{}: {result:?}", vector.name);
        if let Ok(request) = result {
            vector.check(&request);
        }
    }
}

#[test]
fn a_strict_request_is_one_that_nobody_reads_differently() {
    let refused: Vec<(String, MessageError)> = vectors()
        .into_iter()
        .filter(|vector| vector.accepted)
        .filter_map(|vector| vector.strict().err().map(|error| (vector.name, error)))
        .collect();
    let expected = [
        ("no_id_generated", MessageError::XRoadId),
        ("filtered_hop_headers", MessageError::HopHeader),
        ("client_supplied_request_id_and_hash_dropped", MessageError::HopHeader),
        ("two_clients_last_wins", MessageError::Client),
        ("bad_pct_in_path_tail_ok", MessageError::Address(AddressError::Encoding)),
        ("dot_segments", MessageError::Address(AddressError::DotSegment)),
        ("repr_empty", MessageError::Address(AddressError::Blank)),
        ("xroad_id_empty", MessageError::XRoadId),
    ];
    assert_eq!(refused, expected.map(|(name, error)| (name.to_owned(), error)));
}

#[test]
fn the_signed_container_of_x_road_has_the_hash_that_x_road_says() {
    let text = std::str::from_utf8(NON_BATCH).unwrap();
    let mut lines = text.split_terminator("\r\n");
    let (method, path) = (lines.next().unwrap(), lines.next().unwrap());
    let fields: Vec<_> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let value = |name| fields.iter().find(|(other, _)| other == name).unwrap().1.clone();
    let (request_id, id) = (value("x-road-request-id"), value("x-road-id"));
    let sent = fields[..fields.len() - 2].to_vec();
    let headers = Headers::parse(sent).unwrap();
    let request = RestRequest::parse_lenient(method, path, None, &headers, NON_BATCH_BODY.to_vec()).unwrap();
    assert_eq!(request.message(&request_id, &id), NON_BATCH);
    assert_eq!(
        request.request_hash(&request_id, &id),
        "bCMIMufF9KmeMBqDHbA1yWlz+LOeWvoQ6zhdChcPBj6zu6xg/tgMbbSl+mP7osT220ftJ11HnPicCtLZK275VA=="
    );
}

fn exchange() -> (StrictRequest, RestResponse) {
    let headers =
        [("x-road-client", "KR/GOV/1000/kodanik"), ("x-road-id", "42"), ("x-road-userid", "KR9001011234567")];
    let headers = Headers::parse(headers.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()).unwrap();
    let path = "/r1/KR/GOV/2000/tax/returns";
    let request = StrictRequest::parse("POST", path, None, &headers, b"{}".to_vec()).unwrap();
    let mut answer = Headers::new();
    answer.push("x-road-client", "KR/GOV/1000/kodanik").unwrap();
    answer.push("x-road-service", "KR/GOV/2000/tax/returns").unwrap();
    answer.push("x-road-id", "42").unwrap();
    answer.push("x-road-request-id", "r").unwrap();
    answer.push("x-road-request-hash", request.request_hash("r")).unwrap();
    (request, RestResponse { status: 200, headers: answer, body: Vec::new() })
}

#[test]
fn an_answer_is_held_against_its_request() {
    let (request, answer) = exchange();
    let ids = answer.check(&request).unwrap();
    assert_eq!(ids.request_id, "r");
    let changed = |name: &str, value: &str| {
        let mut headers = answer.headers.filtered(|other| other != name);
        headers.push(name, value).unwrap();
        RestResponse { headers, ..answer.clone() }.check(&request)
    };
    assert_eq!(changed("x-road-id", "43"), Err(AnswerError::OtherRequest));
    assert_eq!(changed("x-road-client", "KR/GOV/1000/other"), Err(AnswerError::OtherRequest));
    assert_eq!(changed("x-road-service", "KR/GOV/2000/tax/other"), Err(AnswerError::OtherRequest));
    assert_eq!(changed("x-road-service", "?"), Err(AnswerError::OtherRequest));
    assert_eq!(changed("x-road-request-id", "s"), Err(AnswerError::RequestHash));
    assert_eq!(changed("x-road-request-hash", "s"), Err(AnswerError::RequestHash));
    assert!(matches!(changed("x-road-error", "Server.X"), Err(AnswerError::Fault(_))));
    let missing = answer.headers.filtered(|name| name != "x-road-request-id");
    let missing = RestResponse { headers: missing, ..answer.clone() };
    assert_eq!(missing.check(&request), Err(AnswerError::RequestId));
}

#[test]
fn strict_requests_refuse_what_is_not_exactly_one() {
    let parse = |extra: &[(&str, &str)], query| {
        let mut headers = Headers::new();
        for (name, value) in extra {
            headers.push(name, *value).unwrap();
        }
        StrictRequest::parse("GET", "/r1/KR/GOV/2000/tax/returns", query, &headers, Vec::new())
    };
    let base = [("x-road-client", "KR/GOV/1/k"), ("x-road-id", "42"), ("x-road-userid", "KR1")];
    assert!(parse(&base, None).is_ok());
    let with = |field| parse(&[base[0], base[1], base[2], field], None).unwrap_err();
    assert_eq!(with(("X-ROAD-CLIENT", "KR/GOV/1/k")), MessageError::Client);
    assert_eq!(with(("X-Road-Id", "43")), MessageError::Duplicate);
    assert_eq!(with(("x-road-userId", "KR2")), MessageError::Duplicate);
    assert_eq!(with(("content-length", "3")), MessageError::HopHeader);
    assert_eq!(with(("X-Road-Request-Hash", "h")), MessageError::HopHeader);
    assert_eq!(parse(&base[..2], None).unwrap_err(), MessageError::User);
    assert_eq!(parse(&[base[0], base[2]], None).unwrap_err(), MessageError::XRoadId);
    assert_eq!(parse(&[base[0], ("x-road-id", "4 2"), base[2]], None).unwrap_err(), MessageError::XRoadId);
    assert_eq!(parse(&base, Some("a b")).unwrap_err(), MessageError::Query);
    assert_eq!(parse(&base, Some("a#b")).unwrap_err(), MessageError::Query);
    assert_eq!(parse(&base, Some(&"q".repeat(5000))).unwrap_err(), MessageError::Query);
}

proptest! {
    #[test]
    fn two_different_requests_have_two_different_hashes(a in "[a-z]{1,6}", b in "[a-z]{1,6}", body: Vec<u8>) {
        let request = |id: &str, body: &[u8]| {
            let mut headers = Headers::new();
            headers.push("X-Road-Client", "KR/GOV/1/k").unwrap();
            headers.push("X-Road-Id", id).unwrap();
            RestRequest::parse_lenient("PUT", "/r1/KR/GOV/2/t/r", None, &headers, body.to_vec()).unwrap()
        };
        prop_assert_eq!(a == b, request(&a, &body).request_hash("r", "") == request(&b, &body).request_hash("r", ""));
        let longer = [&body[..], b"x"].concat();
        prop_assert_ne!(request(&a, &body).request_hash("r", ""), request(&a, &longer).request_hash("r", ""));
    }
}
