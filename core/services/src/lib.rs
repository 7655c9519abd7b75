//! Public services the X-Road way.
//!
//! Four actors take part. The **citizen**'s wallet composes a request for a service of a public body and signs it
//! with the device key of the e-ID. The **gateway** is an X-Road consumer: it hands the request to its **security
//! server**, which logs, signs and forwards it. The **provider** is the public body: it verifies the citizen's own
//! signature, which survives the way because it covers only what no hop changes, and signs its answer.
//!
//! The crate does no I/O and reads no clock. Bytes from outside become typed values once:
//! [`message::RestRequest`] is what a security server makes of a request, [`message::StrictRequest`] is the
//! narrower form that a wallet sends and a gateway forwards.
//!
//! Where to start:
//! - [`address`]: members, services and the path `/r1/...` that names them;
//! - [`message`]: the canonical message, `X-Road-Request-Hash`, and the check of an answer against its request;
//! - [`signature`]: the citizen's RFC 9421 signature and the provider's, `Content-Digest` (RFC 9530);
//! - [`catalogue`]: what can be asked for, and the form for it;
//! - [`tracker`]: where a case stands and when to ask again;
//! - [`evidence`]: what the citizen keeps, and anyone can verify offline;
//! - [`error`]: what a security server says when it fails, in both of its dialects.
//!
//! The wire is described in `protocol.md §6`.

pub mod address;
pub mod catalogue;
pub mod error;
pub mod evidence;
pub mod headers;
pub mod message;
pub mod signature;
pub mod tracker;
