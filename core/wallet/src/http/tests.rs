use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// Answers one connection with fixed bytes; a test double of a server.
fn answer_once(response: impl Into<Vec<u8>>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let response = response.into();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(&response);
    });
    Url::parse(&format!("http://{address}/")).unwrap()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

async fn get(response: impl Into<Vec<u8>>, cap: usize) -> Result<Answer, WalletError> {
    Plane::new(true).unwrap().get(&answer_once(response), cap).await
}

#[test]
fn only_https_and_allowed_loopback() {
    let check = |text: &str, allow| check_address(&Url::parse(text).unwrap(), allow);
    for text in ["http://127.0.0.1:8080/", "http://[::1]/", "http://localhost/", "http://127.1.2.3/"] {
        assert_eq!(check(text, true), Ok(()), "{text}");
        assert_eq!(check(text, false), Err(AddressError::Insecure), "{text}");
    }
    for text in
        ["http://example.org/", "http://127.0.0.1.example.org/", "http://10.0.0.1/", "ftp://127.0.0.1/"]
    {
        assert_eq!(check(text, true), Err(AddressError::Insecure), "{text}");
    }
    for text in ["https://user@example.org/", "https://u:p@example.org/", "mailto:a@example.org"] {
        assert_eq!(check(text, true), Err(AddressError::Malformed), "{text}");
    }
    assert_eq!(check("https://example.org/", false), Ok(()));
}

#[test]
fn paths_append_below_the_base() {
    for base in ["https://a.example/x", "https://a.example/x/"] {
        let joined = join(&Url::parse(base).unwrap(), "/b/c").unwrap();
        assert_eq!(joined.as_str(), "https://a.example/x/b/c");
    }
}

#[tokio::test]
async fn answers_within_the_cap_are_read() {
    let answer = get(ok(r#"{"a":1}"#), 7).await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap()["a"], 1);
    assert_eq!(answer.json::<Vec<u8>>(), Err(AnswerError::Shape));
}

#[tokio::test]
async fn larger_answers_are_refused_with_and_without_a_length() {
    let with = get(ok(r#"{"a":1}"#), 6).await;
    assert!(matches!(with, Err(WalletError::BadAnswer(AnswerError::TooLarge))));
    let without = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "a".repeat(100_000));
    assert!(matches!(get(without, 1000).await, Err(WalletError::BadAnswer(AnswerError::TooLarge))));
}

#[tokio::test]
async fn redirects_are_never_followed() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: https://example.org/\r\nContent-Length: 0\r\n\r\n";
    assert!(matches!(get(moved, 100).await, Err(WalletError::BadAnswer(AnswerError::Redirect))));
}

#[tokio::test]
async fn a_refusal_carries_the_servers_code_and_nothing_wild() {
    let refuse =
        |body: &str| format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let refusal = |result| match result {
        Err(WalletError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    };
    let plain = refusal(get(refuse(r#"{"error":"invalid_grant","error_description":"used\n"}"#), 200).await);
    assert_eq!((plain.code.as_str(), plain.words.as_deref()), ("invalid_grant", Some("used")));
    let wild = refusal(get(refuse(r#"{"error":"<b>not a token</b>"}"#), 200).await);
    assert_eq!((wild.code.as_str(), wild.words), ("http_400", None));
    assert_eq!(refusal(get(refuse("not json"), 200).await).code, "http_400");
}

#[tokio::test]
async fn unreachable_and_broken_are_different_facts() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = Url::parse(&format!("http://{closed}/")).unwrap();
    let error = Plane::new(true).unwrap().get(&url, 10).await.unwrap_err();
    assert!(matches!(error, WalletError::Offline(TransportError::Connect)), "{error:?}");
    let broken = get("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", 100).await.unwrap_err();
    assert!(matches!(broken, WalletError::Offline(TransportError::Interrupted)), "{broken:?}");
    assert!(TransportError::Interrupted.may_have_arrived() && !TransportError::Connect.may_have_arrived());
}

/// What Android has in the system's place (docs/decisions/0015).
#[test]
fn the_compiled_roots_make_a_client() {
    assert!(webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() > 50);
    let builder = with_compiled_roots(reqwest::Client::builder()).unwrap();
    assert!(builder.build().is_ok());
}
