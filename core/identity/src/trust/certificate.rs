//! What is read from one certificate.

use der::oid::{AssociatedOid, ObjectIdentifier};
use der::{Decode, Encode};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName,
};

use super::{Purpose, TrustError};

pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(super) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// Parses DER, and nothing after it.
pub(super) fn parse(der: &[u8]) -> Result<Certificate, TrustError> {
    Certificate::from_der(der).map_err(|_| TrustError::Certificate)
}

/// The one extension of a kind; two of them are a fault.
pub(super) fn extension<'a, T: Decode<'a> + AssociatedOid>(
    certificate: &'a Certificate,
) -> Result<Option<T>, TrustError> {
    let found = certificate.tbs_certificate.get::<T>().map_err(|_| TrustError::Certificate)?;
    Ok(found.map(|(_critical, value)| value))
}

pub(super) fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.tbs_certificate.issuer == certificate.tbs_certificate.subject
}

pub(super) fn is_valid_at(certificate: &Certificate, now: UnixSeconds) -> bool {
    let validity = &certificate.tbs_certificate.validity;
    let from = validity.not_before.to_unix_duration().as_secs();
    let until = validity.not_after.to_unix_duration().as_secs();
    (from..=until).contains(&now.0)
}

pub(super) fn may_sign_certificates(certificate: &Certificate) -> Result<bool, TrustError> {
    Ok(extension::<KeyUsage>(certificate)?.is_some_and(|usage| usage.key_cert_sign()))
}

/// keyUsage, basicConstraints and the leaf's purpose, which path validation leaves to its caller.
pub(super) fn check_usage(chain: &[Certificate], purpose: Purpose) -> Result<(), TrustError> {
    let (leaf, issuers) = chain.split_first().ok_or(TrustError::Length)?;
    let usage = extension::<KeyUsage>(leaf)?.ok_or(TrustError::KeyUsage)?;
    let is_authority = extension::<BasicConstraints>(leaf)?.is_some_and(|constraints| constraints.ca);
    if !usage.digital_signature() || usage.key_cert_sign() || is_authority {
        return Err(TrustError::KeyUsage);
    }
    for issuer in issuers {
        let is_authority = extension::<BasicConstraints>(issuer)?.is_some_and(|constraints| constraints.ca);
        if !is_authority || !may_sign_certificates(issuer)? {
            return Err(TrustError::KeyUsage);
        }
    }
    let purposes = extension::<ExtendedKeyUsage>(leaf)?.ok_or(TrustError::Purpose)?;
    let wanted = purposes.0.iter().any(|oid| oid.as_bytes() == purpose.oid());
    wanted.then_some(()).ok_or(TrustError::Purpose)
}

/// The key, an uncompressed point on P-256.
pub(super) fn key(certificate: &Certificate) -> Result<VerifyingKey, TrustError> {
    let info = &certificate.tbs_certificate.subject_public_key_info;
    let bytes = info.subject_public_key.as_bytes().ok_or(TrustError::Certificate)?;
    VerifyingKey::from_uncompressed_sec1(bytes).map_err(|_| TrustError::Certificate)
}

/// The organization, or the common name.
pub(super) fn name(certificate: &Certificate) -> Result<String, TrustError> {
    let name = attribute(certificate, ORGANIZATION).or_else(|| attribute(certificate, COMMON_NAME));
    let name = name.ok_or(TrustError::Name)?;
    if name.trim().is_empty() || name.chars().any(is_deceptive) {
        return Err(TrustError::Name);
    }
    Ok(name)
}

/// Controls and bidirectional overrides: they make a name look like another one.
fn is_deceptive(character: char) -> bool {
    let directional = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    character.is_control() || directional
}

fn attribute(certificate: &Certificate, oid: ObjectIdentifier) -> Option<String> {
    let names = certificate.tbs_certificate.subject.0.iter();
    let attribute = names.flat_map(|name| name.0.iter()).find(|attribute| attribute.oid == oid)?;
    // UTF8String and PrintableString are both UTF-8; other string types are not read.
    let text = matches!(der::Tagged::tag(&attribute.value), der::Tag::Utf8String | der::Tag::PrintableString);
    text.then(|| String::from_utf8(attribute.value.value().to_vec()).ok()).flatten()
}

/// DNS names and URIs.
pub(super) fn alternative_names(certificate: &Certificate) -> Result<(Vec<String>, Vec<String>), TrustError> {
    let (mut dns, mut uris) = (Vec::new(), Vec::new());
    for name in extension::<SubjectAltName>(certificate)?.map_or(Vec::new(), |names| names.0) {
        match name {
            GeneralName::DnsName(name) => dns.push(name.to_string()),
            GeneralName::UniformResourceIdentifier(uri) => uris.push(uri.to_string()),
            _ => {}
        }
    }
    Ok((dns, uris))
}

pub(super) fn authority_key_id(certificate: &Certificate) -> Option<Vec<u8>> {
    let identifier = extension::<AuthorityKeyIdentifier>(certificate).ok().flatten()?;
    identifier.key_identifier.map(|id| id.as_bytes().to_vec())
}

/// What webpki's verdict means here.
pub(super) fn fault(error: webpki::Error) -> TrustError {
    use webpki::Error;
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } | Error::InvalidCertValidity => {
            TrustError::Validity
        }
        Error::RequiredEkuNotFoundContext(_) => TrustError::Purpose,
        Error::BadDer | Error::UnsupportedCertVersion | Error::UnsupportedCriticalExtension => {
            TrustError::Certificate
        }
        _ => TrustError::Unknown,
    }
}

/// DER of something that we built ourselves.
pub(super) fn to_der(value: &impl Encode) -> Result<Vec<u8>, TrustError> {
    value.to_der().map_err(|_| TrustError::Certificate)
}
