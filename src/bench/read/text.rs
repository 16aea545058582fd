//! The text of a file, unpacked where it is gzipped and cleaned of padding.

use super::ReadError;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Longest text that is read, in bytes: a guard against files that unpack without end.
pub const MAX_BYTES: u64 = 1 << 30;

/// The text of a file and where it came from.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// The file.
    pub path: PathBuf,
    /// Its text: unpacked, without byte order mark, with padding (NUL, end-of-file marks) turned into blanks. Bytes
    /// that are not UTF-8 are kept as replacement characters.
    pub content: String,
}

/// Reads a text file, plain or gzipped (told by its first bytes).
///
/// # Errors
/// [`ReadError::Io`] and [`ReadError::TooLong`].
pub fn read(path: &Path) -> Result<SourceText, ReadError> {
    let bytes = bytes(path)?;
    let content = String::from_utf8_lossy(&bytes);
    let content = content.strip_prefix('\u{feff}').unwrap_or(&content).replace(['\0', '\u{1a}'], " ");
    Ok(SourceText { path: path.to_owned(), content })
}

/// SHA-256 of the unpacked bytes of files one after the other, in hexadecimal; packing makes no difference.
///
/// # Errors
/// [`ReadError::Io`] and [`ReadError::TooLong`].
pub fn sha256(paths: &[PathBuf]) -> Result<String, ReadError> {
    let mut hash = Sha256::new();
    for path in paths {
        hash.update(bytes(path)?);
    }
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
    }
    Ok(hex)
}

fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    let mut head = [0; 2];
    let mut seen = 0;
    let mut file = File::open(path).map_err(io)?;
    while seen < head.len() {
        match file.read(&mut head[seen..]).map_err(io)? {
            0 => break,
            count => seen += count,
        }
    }
    let whole = head[..seen].chain(BufReader::new(file));
    let mut bytes = Vec::new();
    if head[..seen] == GZIP_MAGIC {
        MultiGzDecoder::new(whole).take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    } else {
        whole.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLong { path: path.to_owned() });
    }
    Ok(bytes)
}
