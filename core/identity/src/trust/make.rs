//! Makes authorities and the certificates they issue: for `kodanik gateway init` and for tests.
//!
//! [`Anchor::make`] makes a self-signed authority, [`Anchor::issue`] a leaf for one [`Purpose`].

use std::time::Duration;

use der::asn1::{Any, BitString, GeneralizedTime, Ia5String, OctetString, SetOfVec, UtcTime};
use der::oid::{AssociatedOid, ObjectIdentifier};
use der::pem::LineEnding;
use der::{DecodePem, Encode, Tag};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rand_core::CryptoRngCore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;
use x509_cert::{Certificate, time};
use zeroize::Zeroizing;

use super::certificate::{self, COMMON_NAME, ORGANIZATION};
use super::{Purpose, TrustError};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const PRIME256V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// UTCTime ends with 2049 (RFC 5280 section 4.1.2.5).
const YEAR_2050: u64 = 2_524_608_000;

/// When a certificate is valid, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: UnixSeconds,
    /// The last second.
    pub not_after: UnixSeconds,
}

impl Validity {
    /// From `now` (an hour earlier, for clocks that are behind) for `days` days.
    pub fn days(now: UnixSeconds, days: u64) -> Self {
        let not_before = UnixSeconds(now.0.saturating_sub(3600));
        Self { not_before, not_after: now.plus(days.saturating_mul(86_400)) }
    }
}

/// What a leaf certificate says.
#[derive(Clone, Copy, Debug)]
pub struct LeafRequest<'a> {
    /// What the key may be used for.
    pub purpose: Purpose,
    /// The subject's common name.
    pub common_name: &'a str,
    /// The subject's organization: the name that people see.
    pub organization: &'a str,
    /// DNS names.
    pub dns_names: &'a [&'a str],
    /// URIs: for an issuer its identifier.
    pub uris: &'a [&'a str],
    /// When it is valid.
    pub validity: Validity,
}

/// An authority: a self-signed certificate and its key.
#[derive(Debug)]
pub struct Anchor {
    certificate: Certificate,
    key: SigningKey,
}

impl Anchor {
    /// A fresh authority that issues leaves and no other authorities.
    pub fn make(rng: &mut impl CryptoRngCore, name: &str, validity: Validity) -> Result<Self, TrustError> {
        let key = SigningKey::make(rng);
        let subject = distinguished_name(&[(COMMON_NAME, name), (ORGANIZATION, name)])?;
        let content = authority(subject.clone(), subject, &key.verifying_key(), validity, 0)?;
        Ok(Self { certificate: content.sign(rng, &key)?, key })
    }

    /// Reads [`Self::certificate_pem`] and [`Self::key_pem`]; they must belong together.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, TrustError> {
        let certificate = Certificate::from_pem(certificate).map_err(|_| TrustError::Pem)?;
        let key = key_from_pem(key)?;
        if certificate::key(&certificate)? != key.verifying_key() {
            return Err(TrustError::Anchor);
        }
        Ok(Self { certificate, key })
    }

    /// The certificate, to be pinned by others.
    pub fn certificate_pem(&self) -> Result<String, TrustError> {
        Ok(certificate_to_pem(&certificate::to_der(&self.certificate)?))
    }

    /// The private key as PKCS#8 PEM.
    pub fn key_pem(&self) -> Result<Zeroizing<String>, TrustError> {
        key_to_pem(&self.key)
    }

    /// The key identifier that DCQL's `aki` names.
    pub fn key_id(&self) -> Result<Vec<u8>, TrustError> {
        key_id(&self.key.verifying_key()).map(OctetString::into_bytes)
    }

    /// DER of a leaf certificate for `key`.
    pub fn issue(
        &self,
        rng: &mut impl CryptoRngCore,
        request: &LeafRequest<'_>,
        key: &VerifyingKey,
    ) -> Result<Vec<u8>, TrustError> {
        let names = [(COMMON_NAME, request.common_name), (ORGANIZATION, request.organization)];
        let content = Content {
            subject: distinguished_name(&names)?,
            issuer: self.certificate.tbs_certificate.subject.clone(),
            key: *key,
            validity: request.validity,
            extensions: self.leaf_extensions(request, key)?,
        };
        certificate::to_der(&content.sign(rng, &self.key)?)
    }

    fn leaf_extensions(
        &self,
        request: &LeafRequest<'_>,
        key: &VerifyingKey,
    ) -> Result<Vec<Extension>, TrustError> {
        let issuer_id = key_id(&self.key.verifying_key())?;
        let authority = AuthorityKeyIdentifier { key_identifier: Some(issuer_id), ..Default::default() };
        let purpose = ObjectIdentifier::from_bytes(request.purpose.oid()).map_err(|_| TrustError::Purpose)?;
        let mut extensions = vec![
            extension(true, &BasicConstraints { ca: false, path_len_constraint: None })?,
            extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
            extension(true, &ExtendedKeyUsage(vec![purpose]))?,
            extension(false, &SubjectKeyIdentifier(key_id(key)?))?,
            extension(false, &authority)?,
        ];
        if !request.dns_names.is_empty() || !request.uris.is_empty() {
            extensions.push(extension(false, &alternative_names(request)?)?);
        }
        Ok(extensions)
    }
}

#[cfg(test)]
impl Anchor {
    /// A self-signed authority that may have `below` intermediate ones.
    pub(super) fn above(name: &str, validity: Validity, below: u8) -> Self {
        let key = SigningKey::make(&mut rand_core::OsRng);
        let subject = distinguished_name(&[(COMMON_NAME, name)]).unwrap();
        let content = authority(subject.clone(), subject, &key.verifying_key(), validity, below).unwrap();
        Self { certificate: content.sign(&mut rand_core::OsRng, &key).unwrap(), key }
    }

    /// An intermediate authority, certified by this one.
    pub(super) fn certify(&self, name: &str, validity: Validity, below: u8) -> Self {
        let key = SigningKey::make(&mut rand_core::OsRng);
        let subject = distinguished_name(&[(COMMON_NAME, name)]).unwrap();
        let issuer = self.certificate.tbs_certificate.subject.clone();
        let content = authority(subject, issuer, &key.verifying_key(), validity, below).unwrap();
        Self { certificate: content.sign(&mut rand_core::OsRng, &self.key).unwrap(), key }
    }

    pub(super) fn der(&self) -> Vec<u8> {
        certificate::to_der(&self.certificate).unwrap()
    }
}

/// An authority's certificate, with at most `below` authorities under it.
fn authority(
    subject: Name,
    issuer: Name,
    key: &VerifyingKey,
    validity: Validity,
    below: u8,
) -> Result<Content, TrustError> {
    let extensions = vec![
        extension(true, &BasicConstraints { ca: true, path_len_constraint: Some(below) })?,
        extension(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?,
        extension(false, &SubjectKeyIdentifier(key_id(key)?))?,
    ];
    Ok(Content { subject, issuer, key: *key, validity, extensions })
}

struct Content {
    subject: Name,
    issuer: Name,
    key: VerifyingKey,
    validity: Validity,
    extensions: Vec<Extension>,
}

impl Content {
    fn sign(self, rng: &mut impl CryptoRngCore, key: &SigningKey) -> Result<Certificate, TrustError> {
        let algorithm = AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None };
        let tbs_certificate = TbsCertificate {
            version: Version::V3,
            serial_number: serial_number(rng)?,
            signature: algorithm.clone(),
            issuer: self.issuer,
            validity: time::Validity {
                not_before: to_time(self.validity.not_before)?,
                not_after: to_time(self.validity.not_after)?,
            },
            subject: self.subject,
            subject_public_key_info: public_key_info(&self.key)?,
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: Some(self.extensions),
        };
        let signature = key.sign(&certificate::to_der(&tbs_certificate)?).to_der();
        let signature = BitString::from_bytes(&signature).map_err(|_| TrustError::Certificate)?;
        Ok(Certificate { tbs_certificate, signature_algorithm: algorithm, signature })
    }
}

fn extension<T: Encode + AssociatedOid>(critical: bool, value: &T) -> Result<Extension, TrustError> {
    let extn_value = OctetString::new(certificate::to_der(value)?).map_err(|_| TrustError::Certificate)?;
    Ok(Extension { extn_id: T::OID, critical, extn_value })
}

fn distinguished_name(attributes: &[(ObjectIdentifier, &str)]) -> Result<Name, TrustError> {
    let to_rdn = |(oid, text): &(ObjectIdentifier, &str)| {
        let value = Any::new(Tag::Utf8String, text.as_bytes())?;
        let set = SetOfVec::try_from(vec![AttributeTypeAndValue { oid: *oid, value }])?;
        Ok(RelativeDistinguishedName(set))
    };
    let names = attributes.iter().map(to_rdn).collect::<Result<_, der::Error>>();
    names.map(RdnSequence).map_err(|_| TrustError::Name)
}

fn alternative_names(request: &LeafRequest<'_>) -> Result<SubjectAltName, TrustError> {
    let dns = request.dns_names.iter().map(|name| Ia5String::new(name).map(GeneralName::DnsName));
    let uri = |uri: &&str| Ia5String::new(uri).map(GeneralName::UniformResourceIdentifier);
    let names = dns.chain(request.uris.iter().map(uri)).collect::<Result<_, _>>();
    names.map(SubjectAltName).map_err(|_| TrustError::Name)
}

/// 20 bytes of SHA-256 over the point (RFC 7093 section 2, method 1).
fn key_id(key: &VerifyingKey) -> Result<OctetString, TrustError> {
    let digest = sha256(&key.to_uncompressed_sec1());
    OctetString::new(&digest[..20]).map_err(|_| TrustError::Certificate)
}

/// 127 random bits, positive and never zero.
fn serial_number(rng: &mut impl CryptoRngCore) -> Result<SerialNumber, TrustError> {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::new(&bytes).map_err(|_| TrustError::Certificate)
}

fn to_time(moment: UnixSeconds) -> Result<Time, TrustError> {
    let duration = Duration::from_secs(moment.0);
    let time = if moment.0 < YEAR_2050 {
        UtcTime::from_unix_duration(duration).map(Time::UtcTime)
    } else {
        GeneralizedTime::from_unix_duration(duration).map(Time::GeneralTime)
    };
    time.map_err(|_| TrustError::Validity)
}

fn public_key_info(key: &VerifyingKey) -> Result<SubjectPublicKeyInfoOwned, TrustError> {
    let algorithm = AlgorithmIdentifierOwned { oid: EC_PUBLIC_KEY, parameters: Some(Any::from(PRIME256V1)) };
    let subject_public_key =
        BitString::from_bytes(&key.to_uncompressed_sec1()).map_err(|_| TrustError::Certificate)?;
    Ok(SubjectPublicKeyInfoOwned { algorithm, subject_public_key })
}

/// A private key as PKCS#8 PEM (RFC 5958).
pub fn key_to_pem(key: &SigningKey) -> Result<Zeroizing<String>, TrustError> {
    let key = p256::SecretKey::from_slice(key.to_bytes().expose()).map_err(|_| TrustError::Pem)?;
    key.to_pkcs8_pem(LineEnding::LF).map_err(|_| TrustError::Pem)
}

/// A private key from PKCS#8 or SEC 1 PEM.
pub fn key_from_pem(pem: &str) -> Result<SigningKey, TrustError> {
    let key = p256::SecretKey::from_pkcs8_pem(pem).or_else(|_| p256::SecretKey::from_sec1_pem(pem));
    let scalar = Zeroizing::new(key.map_err(|_| TrustError::Pem)?.to_bytes());
    let bytes = Secret::from_slice(&scalar).ok_or(TrustError::Pem)?;
    SigningKey::from_bytes(&bytes).map_err(|_| TrustError::Pem)
}

/// A certificate in DER as PEM.
pub fn certificate_to_pem(der: &[u8]) -> String {
    // Certificates are capped far below the lengths that the encoder refuses.
    der::pem::encode_string("CERTIFICATE", LineEnding::LF, der).unwrap_or_default()
}

/// The DER of every certificate in `pem`; at least one, at most [`super::MAX_ANCHORS`].
pub fn certificates_from_pem(pem: &[u8]) -> Result<Vec<Vec<u8>>, TrustError> {
    if pem.len() > super::MAX_ANCHORS * 2 * super::MAX_CERTIFICATE {
        return Err(TrustError::Pem);
    }
    let blocks: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| TrustError::Pem)?;
    if blocks.is_empty() || blocks.len() > super::MAX_ANCHORS {
        return Err(TrustError::Pem);
    }
    Ok(blocks.into_iter().map(|der| der.to_vec()).collect())
}
