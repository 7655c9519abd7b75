use proptest::prelude::*;
use serde_json::json;

use super::*;

fn provider() -> ClientId {
    "KR/GOV/2000/family".parse().unwrap()
}

fn methods(change: impl Fn(&mut Value)) -> Result<Vec<ServiceId>, CatalogueError> {
    let mut document = json!({"service": [
        {"object_type": "SERVICE", "service_type": "OPENAPI", "xroad_instance": "KR", "member_class": "GOV",
         "member_code": "2000", "subsystem_code": "family", "service_code": "allowance",
         "endpoint_list": [{"method": "POST", "path": "/applications"}]},
        {"object_type": "SERVICE", "service_type": "REST", "xroad_instance": "KR", "member_class": "GOV",
         "member_code": "2000", "subsystem_code": "family", "service_code": "plain", "endpoint_list": []},
    ]});
    change(&mut document["service"][0]);
    parse_methods(&serde_json::to_vec(&document).unwrap(), &provider())
}

#[test]
fn list_methods_gives_the_openapi_services() {
    assert_eq!(methods(|_| {}).unwrap(), ["KR/GOV/2000/family/allowance".parse().unwrap()]);
}

#[test]
fn list_clients_gives_the_subsystems() {
    let parse = |subsystem: Value, code: &str| {
        let id = json!({"object_type": "SUBSYSTEM", "xroad_instance": "KR", "member_class": "GOV",
                        "member_code": code, "subsystem_code": subsystem});
        let document = json!({"member": [{"id": id, "name": "Family"}]});
        parse_clients(&serde_json::to_vec(&document).unwrap())
    };
    assert_eq!(parse("family".into(), "2000").unwrap(), [provider()]);
    assert_eq!(parse(Value::Null, "2000").unwrap(), []);
    assert_eq!(parse("..".into(), "2000"), Err(CatalogueError::Address));
    assert_eq!(parse("family".into(), " "), Err(CatalogueError::Address));
    assert_eq!(parse_clients(b"{}"), Err(CatalogueError::Shape));
}

#[test]
fn a_provider_cannot_name_services_of_another() {
    assert_eq!(methods(|s| s["member_code"] = "3000".into()), Err(CatalogueError::Address));
    assert_eq!(methods(|s| s["subsystem_code"] = Value::Null), Err(CatalogueError::Address));
    assert_eq!(methods(|s| s["service_code"] = "..".into()), Err(CatalogueError::Address));
    assert_eq!(methods(|s| s["service_code"] = "".into()), Err(CatalogueError::Address));
    assert_eq!(methods(|s| s["service_code"] = 1.into()), Err(CatalogueError::Shape));
    assert_eq!(parse_methods(&vec![b' '; MAX_METADATA + 1], &provider()), Err(CatalogueError::TooLarge));
}

fn openapi(properties: Value) -> Service {
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Parental allowance", "version": "1", "x-kodanik-life-event": "A child is born"},
        "paths": {
            "/applications": {"post": {"summary": "Apply", "requestBody": {"content": {"application/json": {
                "schema": {"type": "object", "required": ["child"], "properties": properties}}}}}},
            "/cases/{id}": {"get": {"summary": "State"}},
            "/": {"get": {"summary": "Conditions"}},
        }
    });
    let id = "KR/GOV/2000/family/allowance".parse().unwrap();
    parse_openapi(&serde_json::to_vec(&document).unwrap(), id).unwrap()
}

fn form() -> Operation {
    let service = openapi(json!({
        "child": {"type": "string", "title": "Child's name", "maxLength": 10},
        "born": {"type": "string", "format": "date"},
        "months": {"type": "integer", "minimum": 1, "maximum": 18},
        "to": {"type": "string", "enum": ["mother", "father"]},
        "twins": {"type": "boolean"},
    }));
    service.operations.into_iter().find(|operation| operation.method == Method::Post).unwrap()
}

#[test]
fn a_description_becomes_operations_and_a_form() {
    let service = openapi(json!({"child": {"type": "string"}}));
    let offered: Vec<_> = service.operations.iter().map(|o| (o.method, o.path.as_str())).collect();
    assert_eq!(offered, [(Method::Get, ""), (Method::Post, "/applications")]);
    assert_eq!(service.life_event.as_deref(), Some("A child is born"));
    assert_eq!(form().fields.len(), 5);
}

#[test]
fn forms_that_cannot_be_shown_are_not_offered() {
    for property in [
        json!({"type": "object", "properties": {}}),
        json!({"type": "array", "items": {}}),
        json!({"$ref": "#/components/schemas/X"}),
        json!({"type": "string", "pattern": "(a+)+"}),
        json!({"type": "string", "enum": []}),
        json!({"type": "string", "enum": [1]}),
        json!({"type": ["string", "null"]}),
        json!({"type": "number"}),
        json!(true),
    ] {
        let service = openapi(json!({"child": property}));
        assert_eq!(service.operations.len(), 1, "{property}");
    }
    let without = json!({"type": "object", "required": ["x"], "properties": {}});
    assert_eq!(parse_form(&without), Err(CatalogueError::Schema));
}

#[test]
fn operations_that_cannot_be_asked_for_are_not_offered() {
    let offered = |path: &str| {
        let document = json!({"info": {"title": "T"}, "paths": {path: {"get": {"summary": "S"}}}});
        let id = "KR/GOV/2000/family/allowance".parse().unwrap();
        parse_openapi(&serde_json::to_vec(&document).unwrap(), id).unwrap().operations.len()
    };
    assert_eq!([offered("/"), offered("/cases/mine")], [1, 1]);
    for path in ["cases", "s/cases", "/../returns", "/%2E%2e", "/a b", "/%zz", "/a?b", "/a#b", "/cases/{id}"]
    {
        assert_eq!(offered(path), 0, "{path}");
    }
}

#[test]
fn input_becomes_a_body() {
    let input = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        form().parse_input(&pairs.collect())
    };
    let all =
        [("child", " Mari "), ("born", "2024-02-29"), ("months", "3"), ("to", "father"), ("twins", "false")];
    let body = json!({"child": "Mari", "born": "2024-02-29", "months": 3, "to": "father", "twins": false});
    assert_eq!(input(&all), Ok(body));
    assert_eq!(input(&[]), Err(InputError::Required { field: "child".into() }));
    assert_eq!(input(&[("child", " ")]), Err(InputError::Required { field: "child".into() }));
    assert_eq!(input(&[("x", "1")]), Err(InputError::Unknown { field: "x".into() }));
    for (field, value) in [
        ("child", "01234567890"),
        ("born", "2023-02-29"),
        ("born", "2023-2-9"),
        ("born", "+023-02-09"),
        ("born", "2023-13-01"),
        ("months", "0"),
        ("months", "19"),
        ("months", "1.5"),
        ("to", "Mother"),
        ("twins", "yes"),
    ] {
        let error = InputError::Invalid { field: field.to_owned() };
        assert_eq!(input(&[("child", "M"), (field, value)]), Err(error), "{field} {value}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_the_parsers(bytes: Vec<u8>, text in "[-0-9]{0,12}") {
        let _ = parse_methods(&bytes, &provider());
        let _ = parse_openapi(&bytes, "A/B/C/D/E".parse().unwrap());
        let _ = is_date(&text);
    }
}
