//! Where a log is read from: a gateway's anonymous plane, or an exported file (protocol.md §5.1.7).

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::note::SignedNote;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::tile::{TILE_WIDTH, TileKind, TilePath, append_to_bundle, parse_bundle};
use kodanik_ledger::tree::NodeHash;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

/// The first line of an exported log.
const EXPORT_HEADER: &[u8] = b"kodanik-log-export/v1\n";
/// A bundle of 256 leaves of at most 65,535 bytes, each with two bytes of length.
const BUNDLE_CAP: usize = 256 * (65_535 + 2);
/// A tile of 256 hashes.
const TILE_CAP: usize = TILE_WIDTH as usize * 32;
/// `/.well-known/kodanik` is smaller than this.
const WELL_KNOWN_CAP: usize = 256 * 1024;

/// Why a log could not be read. Nothing is said about whether it is right.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The server answered with something else than the log.
    #[error("{path}: the server answered with status {status}")]
    Answer {
        /// What was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
    },
    /// The file does not begin like an exported log.
    #[error("the file is not an exported log")]
    Export,
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The server cannot be reached, or the connection broke.
    #[error("the server cannot be reached: {0}")]
    Http(#[from] reqwest::Error),
    /// A bundle of the server does not hold the entries that it should.
    #[error("{path}: not a bundle of that many entries")]
    MalformedBundle {
        /// What was asked for.
        path: String,
    },
    /// More bytes than this document can have.
    #[error("{path}: larger than any such document")]
    TooLarge {
        /// What was asked for.
        path: String,
    },
    /// Not an address.
    #[error("not the address of a gateway: {0}")]
    Url(#[from] url::ParseError),
    /// What the server publishes as its policy is not one.
    #[error("the server publishes no usable policy")]
    WellKnown,
}

/// A leaf, and the hash that its source lists for it. The list is not trusted: it must lead to the same root, and
/// then it is what finds the one leaf among many that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The leaf's hash, as listed.
    pub listed: NodeHash,
    /// The leaf.
    pub leaf: Leaf,
}

/// A log that can be read once, from its first leaf to its last.
#[derive(Debug)]
pub enum Source {
    /// An exported file.
    File(FileSource),
    /// A gateway.
    Gateway(GatewaySource),
}

impl Source {
    /// Opens an exported file.
    pub fn file(path: &Path) -> Result<Self, SourceError> {
        FileSource::open(path).map(Self::File)
    }

    /// Prepares to read from the gateway whose anonymous plane is at `base`, and takes its newest checkpoint.
    pub async fn gateway(base: &Url) -> Result<Self, SourceError> {
        GatewaySource::open(base).await.map(Self::Gateway)
    }

    /// The checkpoint's note, as it came.
    pub fn note(&self) -> &[u8] {
        match self {
            Self::File(file) => &file.note,
            Self::Gateway(gateway) => &gateway.note,
        }
    }

    /// The leaves of entry bundle `path`; bundles are asked for in order. Fewer than the bundle's width where a
    /// file is cut off or cannot be read on.
    pub async fn records(&mut self, path: TilePath) -> Result<Vec<Record>, SourceError> {
        match self {
            Self::File(file) => Ok(file.records(path)),
            Self::Gateway(gateway) => gateway.records(path).await,
        }
    }

    /// Whether anything follows the last leaf, which an exported file must not have.
    pub fn has_more(&mut self) -> bool {
        match self {
            Self::File(file) => file.reader.read(&mut [0]).is_ok_and(|read| read > 0),
            Self::Gateway(_) => false,
        }
    }
}

/// The policy that a gateway publishes about its own log: for a first look, not for an audit that shall count.
pub async fn published_policy(base: &Url) -> Result<Policy, SourceError> {
    #[derive(Deserialize)]
    struct WellKnown {
        ledger_policy: String,
    }
    let bytes = get(&client()?, base, ".well-known/kodanik", WELL_KNOWN_CAP).await?;
    let published: WellKnown = serde_json::from_slice(&bytes).map_err(|_| SourceError::WellKnown)?;
    Policy::parse(&published.ledger_policy).map_err(|_| SourceError::WellKnown)
}

/// Reads from a gateway.
#[derive(Debug)]
pub struct GatewaySource {
    base: Url,
    client: reqwest::Client,
    note: Vec<u8>,
}

impl GatewaySource {
    async fn open(base: &Url) -> Result<Self, SourceError> {
        let client = client()?;
        let note = get(&client, base, "ledger/checkpoint", SignedNote::MAX_BYTES).await?;
        Ok(Self { base: base.clone(), client, note })
    }

    async fn records(&self, path: TilePath) -> Result<Vec<Record>, SourceError> {
        let name = format!("ledger/tile/{path}");
        let bundle = get(&self.client, &self.base, &name, BUNDLE_CAP).await?;
        let leaves = parse_bundle(&bundle, path.width);
        let hashes = TilePath { kind: TileKind::Hashes(0), ..path };
        let hashes = get(&self.client, &self.base, &format!("ledger/tile/{hashes}"), TILE_CAP).await?;
        match leaves {
            Ok(leaves) if hashes.len() == leaves.len() * 32 => {
                let hashes = hashes.as_chunks().0.iter().map(|hash| NodeHash(*hash));
                Ok(hashes.zip(leaves).map(|(listed, leaf)| Record { listed, leaf }).collect())
            }
            _ => Err(SourceError::MalformedBundle { path: name }),
        }
    }
}

fn client() -> Result<reqwest::Client, SourceError> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60));
    Ok(client.build()?)
}

async fn get(client: &reqwest::Client, base: &Url, path: &str, cap: usize) -> Result<Vec<u8>, SourceError> {
    let mut response = client.get(base.join("/")?.join(path)?).send().await?;
    if !response.status().is_success() {
        return Err(SourceError::Answer { path: path.to_owned(), status: response.status().as_u16() });
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > cap {
            return Err(SourceError::TooLarge { path: path.to_owned() });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads an exported file.
#[derive(Debug)]
pub struct FileSource {
    reader: BufReader<File>,
    note: Vec<u8>,
}

impl FileSource {
    fn open(path: &Path) -> Result<Self, SourceError> {
        let file = File::open(path).map_err(|source| SourceError::File { path: path.to_owned(), source })?;
        let mut reader = BufReader::new(file);
        let note = read_head(&mut reader).ok_or(SourceError::Export)?;
        Ok(Self { reader, note })
    }

    fn records(&mut self, path: TilePath) -> Vec<Record> {
        let record = |_| read_record(&mut self.reader);
        (path.start()..path.end()).map_while(record).collect()
    }
}

fn read_head(reader: &mut impl Read) -> Option<Vec<u8>> {
    let mut header = [0; EXPORT_HEADER.len()];
    reader.read_exact(&mut header).ok()?;
    let mut length = [0; 4];
    reader.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    if header != EXPORT_HEADER || length > SignedNote::MAX_BYTES {
        return None;
    }
    let mut note = vec![0; length];
    reader.read_exact(&mut note).ok()?;
    Some(note)
}

fn read_record(reader: &mut impl Read) -> Option<Record> {
    let mut listed = [0; 32];
    reader.read_exact(&mut listed).ok()?;
    let mut length = [0; 2];
    reader.read_exact(&mut length).ok()?;
    let mut leaf = vec![0; usize::from(u16::from_be_bytes(length))];
    reader.read_exact(&mut leaf).ok()?;
    Some(Record { listed: NodeHash(listed), leaf: Leaf::parse(&leaf).ok()? })
}

/// Writes an exported file while a log is read.
#[derive(Debug)]
pub struct Export {
    path: PathBuf,
    writer: BufWriter<File>,
}

impl Export {
    /// Starts the file with the checkpoint's note.
    pub fn create(path: &Path, note: &[u8]) -> Result<Self, SourceError> {
        let failed = |source| SourceError::File { path: path.to_owned(), source };
        let mut writer = BufWriter::new(File::create(path).map_err(failed)?);
        let length = u32::try_from(note.len()).unwrap_or(u32::MAX).to_be_bytes();
        for part in [EXPORT_HEADER, &length, note] {
            writer.write_all(part).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), writer })
    }

    /// Adds the next leaves with their hashes.
    pub fn append(&mut self, records: &[Record]) -> Result<(), SourceError> {
        let mut bytes = Vec::new();
        for record in records {
            bytes.extend_from_slice(&record.listed.0);
            append_to_bundle(&mut bytes, &record.leaf);
        }
        let failed = |source| SourceError::File { path: self.path.clone(), source };
        self.writer.write_all(&bytes).map_err(failed)
    }

    /// Writes what is still in memory through to the disk.
    pub fn finish(self) -> Result<(), SourceError> {
        let path = self.path;
        let failed = |source| SourceError::File { path: path.clone(), source };
        let file = self.writer.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)
    }
}
