//! The e-ID: SD-JWT VC, OpenID4VCI, OpenID4VP, DCQL, status lists, trust, DPoP.

pub mod dcql;
pub mod device_key;
pub mod dpop;
pub mod endpoint;
pub mod issuance;
pub mod jose;
pub mod json;
pub mod jwe;
pub mod oauth;
pub mod presentation;
pub mod rebinding;
pub mod sd_jwt;
pub mod status;
pub mod trust;
