//! Token Status List.
use kodanik_crypto::time::UnixSeconds;
use crate::{jose::JwsDraft, trust::TrustAnchors};
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusError { #[error("x")] X }
/// claim `status: {status_list: {idx, uri}}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference { idx: u64, uri: String }
impl StatusReference { pub fn new(_idx: u64, _uri: &str) -> Result<Self, StatusError> { todo!() } pub fn idx(&self) -> u64 { todo!() } pub fn uri(&self) -> &str { todo!() } }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status { ApplicationSpecific, Invalid, Suspended, Valid }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bits { One, Two }
#[derive(Clone, Debug)]
pub struct StatusList {}
impl StatusList {
    pub fn new(_bits: Bits, _size: u64) -> Result<Self, StatusError> { todo!() }
    pub fn set(&mut self, _idx: u64, _status: Status) -> Result<(), StatusError> { todo!() }
    pub fn status(&self, _idx: u64) -> Result<Status, StatusError> { todo!() }
    /// `statuslist+jwt`
    pub fn token(&self, _x5c: Vec<Vec<u8>>, _uri: &str, _times: TokenTimes) -> Result<JwsDraft, StatusError> { todo!() }
}
#[derive(Clone, Copy, Debug)]
pub struct TokenTimes { pub issued: UnixSeconds, pub expires: UnixSeconds, /// seconds
    pub ttl: u64 }
#[derive(Clone, Debug)]
pub struct UnverifiedStatusToken {}
impl UnverifiedStatusToken {
    pub fn parse(_text: &str) -> Result<Self, StatusError> { todo!() }
    /// chain (Purpose::Status), signature, typ, sub == uri, exp
    pub fn verify(self, _anchors: &TrustAnchors, _uri: &str, _now: UnixSeconds) -> Result<VerifiedStatusToken, StatusError> { todo!() }
}
#[derive(Clone, Debug)]
pub struct VerifiedStatusToken {}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness { Expired, Fresh, Stale { age: u64 } }
impl VerifiedStatusToken {
    pub fn status(&self, _reference: &StatusReference) -> Result<Status, StatusError> { todo!() }
    /// relative to when it was fetched
    pub fn freshness(&self, _fetched: UnixSeconds, _now: UnixSeconds) -> Freshness { todo!() }
}
