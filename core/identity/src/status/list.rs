//! The array itself.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::{MAX_COMPRESSED, MAX_LIST, StatusError};

/// The status of one credential (section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 3: what it means is between issuer and verifier. Not valid, for us.
    ApplicationSpecific,
    /// 1: revoked for good.
    Invalid,
    /// 2: not valid for now.
    Suspended,
    /// 0.
    Valid,
}

impl Status {
    fn from_bits(bits: u8) -> Self {
        match bits {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            _ => Self::ApplicationSpecific,
        }
    }

    fn to_bits(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::ApplicationSpecific => 3,
        }
    }
}

/// The width of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bits {
    /// Valid or revoked.
    One,
    /// All four statuses.
    Two,
}

impl Bits {
    /// From the token's `bits`.
    pub fn parse(width: u64) -> Result<Self, StatusError> {
        match width {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err(StatusError::Bits),
        }
    }

    /// The token's `bits`.
    pub fn width(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// An array of statuses, entry 0 in the lowest bits of the first byte (section 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Bits,
    bytes: Vec<u8>,
}

impl StatusList {
    /// At least `size` entries, all valid.
    pub fn new(bits: Bits, size: u64) -> Result<Self, StatusError> {
        let length = size.div_ceil(8 / u64::from(bits.width()));
        let length = usize::try_from(length).ok().filter(|length| (1..=MAX_LIST).contains(length));
        Ok(Self { bits, bytes: vec![0; length.ok_or(StatusError::TooLarge)?] })
    }

    /// The width of an entry.
    pub fn bits(&self) -> Bits {
        self.bits
    }

    /// Writes one entry; a status that does not fit the width is refused.
    pub fn set(&mut self, idx: u64, status: Status) -> Result<(), StatusError> {
        if status.to_bits() > self.mask() {
            return Err(StatusError::Bits);
        }
        let (byte, shift) = self.locate(idx)?;
        let mask = self.mask();
        self.bytes[byte] = self.bytes[byte] & !(mask << shift) | status.to_bits() << shift;
        Ok(())
    }

    /// Reads one entry.
    pub fn status(&self, idx: u64) -> Result<Status, StatusError> {
        let (byte, shift) = self.locate(idx)?;
        Ok(Status::from_bits(self.bytes[byte] >> shift & self.mask()))
    }

    /// zlib at its best level.
    pub(super) fn compress(&self) -> Result<Vec<u8>, StatusError> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.bytes).map_err(|_| StatusError::Compression)?;
        let compressed = encoder.finish().map_err(|_| StatusError::Compression)?;
        if compressed.len() <= MAX_COMPRESSED { Ok(compressed) } else { Err(StatusError::TooLarge) }
    }

    /// Inflates at most [`MAX_LIST`] bytes and stops there: what would come after is never produced.
    pub(super) fn inflate(bits: Bits, compressed: &[u8]) -> Result<Self, StatusError> {
        if compressed.len() > MAX_COMPRESSED {
            return Err(StatusError::TooLarge);
        }
        let mut bytes = Vec::new();
        let mut decoder = ZlibDecoder::new(compressed).take(MAX_LIST as u64 + 1);
        decoder.read_to_end(&mut bytes).map_err(|_| StatusError::Compression)?;
        if bytes.len() > MAX_LIST {
            return Err(StatusError::TooLarge);
        }
        bytes.shrink_to_fit();
        Ok(Self { bits, bytes })
    }

    fn mask(&self) -> u8 {
        (1 << self.bits.width()) - 1
    }

    fn locate(&self, idx: u64) -> Result<(usize, u8), StatusError> {
        let per_byte = 8 / u64::from(self.bits.width());
        let byte = usize::try_from(idx / per_byte).map_err(|_| StatusError::Index)?;
        let shift = u8::try_from(idx % per_byte).map_err(|_| StatusError::Index)? * self.bits.width();
        if byte < self.bytes.len() { Ok((byte, shift)) } else { Err(StatusError::Index) }
    }
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StatusList({:?}, {} bytes)", self.bits, self.bytes.len())
    }
}
