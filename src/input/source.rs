//! Files as read: bounded in size, decoded from UTF-8 or GB18030, with places found by line and column.

use super::problem::{Code, Place, Problem, Problems, Reported};
use crate::message::Message;
use std::io::Read;
use std::path::Path;

/// Longest `scenario.toml` in bytes.
pub const TOML_LIMIT: u64 = 8 << 20;
/// Longest table or `GeoJSON` file in bytes.
pub const TABLE_LIMIT: u64 = 512 << 20;
/// Longest line of a table in bytes.
pub const LINE_LIMIT: usize = 64 << 10;

/// A file of the folder.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Name in the folder.
    pub name: String,
    /// The bytes as they were.
    pub bytes: Vec<u8>,
    /// Whether the text was decoded from GB18030.
    pub gb18030: bool,
    text: String,
}

impl SourceFile {
    /// Reads and decodes a file of at most `limit` bytes.
    pub fn read(folder: &Path, name: &str, limit: u64, problems: &mut Problems) -> Result<Self, Reported> {
        let bytes = read_bytes(&folder.join(name), name, limit, problems)?;
        let (text, gb18030) = decode(&bytes).map_err(|bad| {
            let line = bytes[..bad.offset].split(|&byte| byte == b'\n').count();
            problems.push(
                Problem::new(Code::Encoding, name)
                    .at(Place::Row { line, column: None })
                    .with("byte", format!("0x{:02X}", bytes.get(bad.offset).copied().unwrap_or(0)))
                    .with("offset", bad.offset)
                    .hint(Message::new("hint.save_utf8")),
            )
        })?;
        Ok(Self { name: name.to_owned(), bytes, gb18030, text })
    }

    /// The decoded text without a byte-order mark.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Reads the bytes of a file, refusing more than `limit`.
pub fn read_bytes(path: &Path, name: &str, limit: u64, problems: &mut Problems) -> Result<Vec<u8>, Reported> {
    let unreadable = |error: &std::io::Error| Problem::new(Code::FileUnreadable, name).with("reason", error);
    let file = std::fs::File::open(path).map_err(|error| {
        problems.push(if error.kind() == std::io::ErrorKind::NotFound {
            Problem::new(Code::FileMissing, name)
        } else {
            unreadable(&error)
        })
    })?;
    let mut bytes = Vec::new();
    if let Err(error) = file.take(limit + 1).read_to_end(&mut bytes) {
        return Err(problems.push(unreadable(&error)));
    }
    if bytes.len() as u64 > limit {
        return Err(problems.push(Problem::new(Code::FileTooLarge, name).with("limit", limit >> 20)));
    }
    Ok(bytes)
}

/// The place of a byte of a text, lines and characters counted from 1.
pub fn place(text: &str, offset: usize) -> Place {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Place::Text { line: 1 + before.matches('\n').count(), column: 1 + before[start..].chars().count() }
}

/// A byte that belongs to neither encoding.
#[derive(Debug, PartialEq, Eq)]
struct Undecodable {
    offset: usize,
}

/// Decodes by byte-order mark, then as UTF-8, then as GB18030 where the bytes look like it. The flag tells GB18030.
fn decode(bytes: &[u8]) -> Result<(String, bool), Undecodable> {
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(bytes) {
        let text = strict(encoding, &bytes[skip..]).map_err(|at| Undecodable { offset: at + skip })?;
        return Ok((text, false));
    }
    let invalid = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((text.to_owned(), false)),
        Err(error) => error.valid_up_to(),
    };
    if !bytes[..invalid].is_ascii() {
        // What comes before is UTF-8 beyond ASCII, which no other encoding looks like: the byte is a fault in UTF-8.
        return Err(Undecodable { offset: invalid });
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny);
    let multi_byte_other = !guess.is_single_byte() && guess != encoding_rs::GBK && guess != encoding_rs::GB18030;
    if multi_byte_other {
        return Err(Undecodable { offset: invalid });
    }
    strict(encoding_rs::GB18030, bytes).map(|text| (text, true)).map_err(|offset| Undecodable { offset })
}

/// Decodes without replacement characters, or tells the first bad byte.
fn strict(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(room);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        encoding_rs::DecoderResult::InputEmpty => Ok(text),
        encoding_rs::DecoderResult::OutputFull => Err(read),
        encoding_rs::DecoderResult::Malformed(bad, after) => {
            Err(read.saturating_sub(usize::from(bad) + usize::from(after)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_with_and_without_mark_and_gb18030_give_the_same_text() {
        let text = "编号,名称\nv1,石桥村\n";
        let gb = encoding_rs::GB18030.encode(text).0.into_owned();
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        assert_eq!(decode(text.as_bytes()), Ok((text.to_owned(), false)));
        assert_eq!(decode(&marked), Ok((text.to_owned(), false)));
        assert_eq!(decode(&gb), Ok((text.to_owned(), true)));
    }

    #[test]
    fn garbage_names_its_first_bad_byte() {
        assert_eq!(decode(b"id,name\nv1,\xFF\xFE\xFF\n"), Err(Undecodable { offset: 11 }));
    }

    #[test]
    fn places_count_characters_from_one() {
        assert_eq!(place("甲乙\n丙丁", 10), Place::Text { line: 2, column: 2 });
        assert_eq!(place("", 99), Place::Text { line: 1, column: 1 });
    }
}
