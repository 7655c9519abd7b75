//! What can be asked for: services out of X-Road's metaservices `listMethods` and `getOpenAPI` (PR-MREST), and the
//! form for an operation out of a small part of JSON Schema (`protocol.md §6.8`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::address::{ClientId, RestPath, ServiceId};
use crate::message::Method;

/// Most bytes of a metaservice's answer.
pub const MAX_METADATA: usize = 256 * 1024;
/// Most clients of an instance, services of a provider, operations of a service, and fields of a form.
const MAX_CLIENTS: usize = 2000;
const MAX_SERVICES: usize = 500;
const MAX_OPERATIONS: usize = 50;
const MAX_FIELDS: usize = 60;
/// Longest text of a field, in characters, where the schema names no bound.
const MAX_TEXT: u64 = 2000;

/// Why metadata describes no service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// An identifier that names no service.
    #[error("an identifier that names no service")]
    Address,
    /// A schema beyond what a form can show: nested objects, arrays, unions, references.
    #[error("a form that cannot be shown")]
    Schema,
    /// Not JSON of the expected shape.
    #[error("not the expected document")]
    Shape,
    /// Over a cap.
    #[error("too large")]
    TooLarge,
}

/// A service and what a citizen can do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its address.
    pub id: ServiceId,
    /// Its name in words (`info.title`).
    pub title: String,
    /// The life event it belongs to (`x-kodanik-life-event`), for grouping.
    pub life_event: Option<String>,
    /// What can be done.
    pub operations: Vec<Operation>,
}

/// One thing that can be asked of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The rest of the path behind the service: empty, or starting with `/`, without parameters in it.
    pub path: String,
    /// In words (`summary`).
    pub summary: String,
    /// The claims of the e-ID that the provider asks for (`x-kodanik-claims`), beside the personal number that is
    /// always shown.
    pub claims: Vec<String>,
    /// The form; empty for an operation without body.
    pub fields: Vec<Field>,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The JSON member.
    pub name: String,
    /// In words.
    pub title: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it holds.
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldKind {
    /// Yes or no.
    Boolean,
    /// One of several.
    Choice {
        /// The values.
        options: Vec<String>,
    },
    /// A calendar date, `YYYY-MM-DD` (RFC 3339 `full-date`).
    Date,
    /// A whole number.
    Integer {
        /// Least value.
        minimum: i64,
        /// Greatest value.
        maximum: i64,
    },
    /// Text.
    Text {
        /// Most characters.
        max_length: u64,
    },
}

/// What is wrong with a citizen's input. Names the field, never its value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// Not a value of the field's kind.
    #[error("{field}: not a valid value")]
    Invalid {
        /// The field's name.
        field: String,
    },
    /// A required field is empty.
    #[error("{field}: must be filled in")]
    Required {
        /// The field's name.
        field: String,
    },
    /// No such field.
    #[error("{field}: there is no such field")]
    Unknown {
        /// The name that is none.
        field: String,
    },
}

impl Operation {
    /// Checks what the citizen typed and gives the body to send. Empty text counts as not given.
    pub fn parse_input(&self, input: &BTreeMap<String, String>) -> Result<Value, InputError> {
        let known = |name: &String| self.fields.iter().any(|field| field.name == *name);
        if let Some(field) = input.keys().find(|name| !known(name)) {
            return Err(InputError::Unknown { field: field.clone() });
        }
        let mut body = Map::new();
        for field in &self.fields {
            let text = input.get(&field.name).map(|text| text.trim()).filter(|text| !text.is_empty());
            match text {
                Some(text) => {
                    let invalid = || InputError::Invalid { field: field.name.clone() };
                    body.insert(field.name.clone(), field.kind.parse(text).ok_or_else(invalid)?);
                }
                None if field.required => {
                    return Err(InputError::Required { field: field.name.clone() });
                }
                None => {}
            }
        }
        Ok(Value::Object(body))
    }
}

impl FieldKind {
    /// The value that `text` means.
    pub fn parse(&self, text: &str) -> Option<Value> {
        match self {
            Self::Boolean => text.parse().ok().map(Value::Bool),
            Self::Choice { options } => options.iter().any(|option| option == text).then(|| text.into()),
            Self::Date => is_date(text).then(|| text.into()),
            Self::Integer { minimum, maximum } => {
                let number = text.parse::<i64>().ok();
                number.filter(|number| (minimum..=maximum).contains(&number)).map(Value::from)
            }
            Self::Text { max_length } => {
                let fits = u64::try_from(text.chars().count()).is_ok_and(|length| length <= *max_length);
                fits.then(|| text.into())
            }
        }
    }
}

fn is_date(text: &str) -> bool {
    let numbers: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    let [Some(year), Some(month), Some(day)] = numbers[..] else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    let shape: Vec<usize> = text.split('-').map(str::len).collect();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    digits && shape == [4, 2, 2] && (1..=days).contains(&day)
}

#[derive(Deserialize)]
struct Methods {
    service: Vec<MethodRecord>,
}

#[derive(Deserialize)]
struct MethodRecord {
    service_type: Option<String>,
    xroad_instance: String,
    member_class: String,
    member_code: String,
    subsystem_code: Option<String>,
    service_code: String,
}

#[derive(Deserialize)]
struct Clients {
    member: Vec<ClientRecord>,
}

#[derive(Deserialize)]
struct ClientRecord {
    id: ClientIdRecord,
}

#[derive(Deserialize)]
struct ClientIdRecord {
    xroad_instance: String,
    member_class: String,
    member_code: String,
    subsystem_code: Option<String>,
}

/// Reads `listClients` (PR-META §4.1): the subsystems that X-Road knows, which may be providers.
pub fn parse_clients(bytes: &[u8]) -> Result<Vec<ClientId>, CatalogueError> {
    let Clients { member } = parse_json(bytes)?;
    if member.len() > MAX_CLIENTS {
        return Err(CatalogueError::TooLarge);
    }
    let client = |ClientRecord { id }: ClientRecord| {
        let client = ClientId {
            instance: id.xroad_instance,
            member_class: id.member_class,
            member_code: id.member_code,
            subsystem: id.subsystem_code,
        };
        let survives = client.to_string().parse().as_ref() == Ok(&client);
        survives.then_some(client).ok_or(CatalogueError::Address)
    };
    let clients: Vec<ClientId> = member.into_iter().map(client).collect::<Result<_, _>>()?;
    Ok(clients.into_iter().filter(|client| client.subsystem.is_some()).collect())
}

/// Reads `listMethods` or `allowedMethods` of `provider`: its OpenAPI services. Records of other providers are a
/// lie and refused; other kinds of services (SOAP, plain REST) are passed over.
pub fn parse_methods(bytes: &[u8], provider: &ClientId) -> Result<Vec<ServiceId>, CatalogueError> {
    let Methods { service } = parse_json(bytes)?;
    if service.len() > MAX_SERVICES {
        return Err(CatalogueError::TooLarge);
    }
    let openapi = service.into_iter().filter(|record| record.service_type.as_deref() == Some("OPENAPI"));
    openapi.map(|record| service_of(record, provider)).collect()
}

fn service_of(record: MethodRecord, provider: &ClientId) -> Result<ServiceId, CatalogueError> {
    let named = ClientId {
        instance: record.xroad_instance,
        member_class: record.member_class,
        member_code: record.member_code,
        subsystem: record.subsystem_code,
    };
    let service = (named == *provider).then(|| ServiceId::of(provider, &record.service_code)).flatten();
    // the identifier must survive a trip through its text
    service
        .filter(|service| service.to_string().parse().as_ref() == Ok(service))
        .ok_or(CatalogueError::Address)
}

/// Reads an OpenAPI 3 description of the service `id`. Operations whose form cannot be shown, or whose path has
/// parameters or cannot be asked for behind the service, are not offered.
pub fn parse_openapi(bytes: &[u8], id: ServiceId) -> Result<Service, CatalogueError> {
    let document: Value = parse_json(bytes)?;
    let title = text(&document["info"]["title"]).ok_or(CatalogueError::Shape)?;
    let life_event = text(&document["info"]["x-kodanik-life-event"]);
    let paths = document["paths"].as_object().ok_or(CatalogueError::Shape)?;
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().ok_or(CatalogueError::Shape)? {
            let method: Option<Method> = method.to_ascii_uppercase().parse().ok();
            operations.extend(method.and_then(|method| parse_operation(&id, method, path, operation)));
        }
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(CatalogueError::TooLarge);
    }
    Ok(Service { id, title, life_event, operations })
}

fn parse_operation(id: &ServiceId, method: Method, path: &str, operation: &Value) -> Option<Operation> {
    let path = if path == "/" { "" } else { path };
    // A path with a parameter has braces, which no path can hold.
    if RestPath::new(id, path).is_err() || operation.get("parameters").is_some() {
        return None;
    }
    let fields = match operation.get("requestBody") {
        Some(body) => parse_form(&body["content"]["application/json"]["schema"]).ok()?,
        None => Vec::new(),
    };
    let summary = text(&operation["summary"])?;
    let claims = match operation.get("x-kodanik-claims") {
        Some(claims) => claims.as_array()?.iter().map(text).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    Some(Operation { method, path: path.to_owned(), summary, claims, fields })
}

/// Reads a flat object schema as a form.
pub fn parse_form(schema: &Value) -> Result<Vec<Field>, CatalogueError> {
    if schema["type"] != "object" {
        return Err(CatalogueError::Schema);
    }
    let properties = schema["properties"].as_object().ok_or(CatalogueError::Schema)?;
    if properties.len() > MAX_FIELDS {
        return Err(CatalogueError::TooLarge);
    }
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !required.iter().all(|name| properties.contains_key(*name)) {
        return Err(CatalogueError::Schema);
    }
    let field = |(name, property): (&String, &Value)| {
        Ok(Field {
            name: name.clone(),
            title: text(&property["title"]).unwrap_or_else(|| name.clone()),
            required: required.contains(&name.as_str()),
            kind: parse_kind(property)?,
        })
    };
    properties.iter().map(field).collect()
}

fn parse_kind(property: &Value) -> Result<FieldKind, CatalogueError> {
    const SHOWN: [&str; 9] =
        ["type", "title", "description", "enum", "format", "minimum", "maximum", "maxLength", "minLength"];
    let members = property.as_object().ok_or(CatalogueError::Schema)?;
    if !members.keys().all(|name| SHOWN.contains(&name.as_str())) {
        return Err(CatalogueError::Schema);
    }
    match (property["type"].as_str(), property.get("enum"), property["format"].as_str()) {
        (Some("boolean"), None, None) => Ok(FieldKind::Boolean),
        (Some("integer"), None, _) => Ok(FieldKind::Integer {
            minimum: property["minimum"].as_i64().unwrap_or(i64::MIN),
            maximum: property["maximum"].as_i64().unwrap_or(i64::MAX),
        }),
        (Some("string"), Some(options), None) => Ok(FieldKind::Choice { options: choices(options)? }),
        (Some("string"), None, Some("date")) => Ok(FieldKind::Date),
        (Some("string"), None, None) => Ok(FieldKind::Text {
            max_length: property["maxLength"].as_u64().unwrap_or(MAX_TEXT).min(MAX_TEXT),
        }),
        _ => Err(CatalogueError::Schema),
    }
}

fn choices(options: &Value) -> Result<Vec<String>, CatalogueError> {
    let options = options.as_array().filter(|options| !options.is_empty());
    let text = |option: &Value| option.as_str().map(str::to_owned).ok_or(CatalogueError::Schema);
    options.ok_or(CatalogueError::Schema)?.iter().map(text).collect()
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let shown = !text.is_empty() && text.len() <= 500 && !text.chars().any(char::is_control);
    shown.then(|| text.to_owned())
}

fn parse_json<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, CatalogueError> {
    if bytes.len() > MAX_METADATA {
        return Err(CatalogueError::TooLarge);
    }
    serde_json::from_slice(bytes).map_err(|_| CatalogueError::Shape)
}

#[cfg(test)]
mod tests;
