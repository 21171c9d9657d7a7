//! What somebody reads who has a browser's profile folder: every file as it lies, the tables and
//! logs of its databases as they are once decompressed and put together, and values that the
//! browser compressed by itself.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Last bytes of a table of LevelDB.
const TABLE_MAGIC: [u8; 8] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/// Length of a table's footer.
const FOOTER: usize = 48;
/// Length of a block of a log.
const LOG_BLOCK: usize = 32 * 1024;
/// Checksum, length and type before each piece of a log.
const LOG_HEADER: usize = 7;
/// What Chromium writes before a value of IndexedDB that it compressed with Snappy.
const SNAPPY_VALUE: [u8; 3] = [0xff, 0x11, 0x02];

/// Every file of the folder in all forms in which it can be read.
///
/// # Errors
/// The folder cannot be read, or a table in it.
pub fn readable(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut forms = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            // Links lead out of the folder: to a running browser's socket.
            let kind = std::fs::symlink_metadata(&path)?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
                let more = forms_of(&bytes).with_context(|| path.display().to_string())?;
                forms.extend(more.into_iter().map(|form| (path.clone(), form)));
                forms.push((path, bytes));
            }
        }
    }
    Ok(forms)
}

/// Where a text is found, in the encodings a browser keeps text in.
#[must_use]
pub fn find<'f>(forms: &'f [(PathBuf, Vec<u8>)], text: &str) -> Option<&'f Path> {
    let units = || text.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    let mut found = forms.iter().filter(|(_, bytes)| {
        [text.as_bytes(), &little, &big]
            .iter()
            .any(|wanted| memmem(bytes, wanted))
    });
    found.next().map(|(path, _)| path.as_path())
}

/// Something that is looked for in many bytes, in each form in which it may lie there.
#[derive(Debug)]
pub struct Wanted {
    /// What it is.
    pub what: String,
    forms: Vec<Vec<u8>>,
}

impl Wanted {
    /// A text: as UTF-8, as UTF-16LE, and the base64 of the first.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut wanted = Self::bytes(text, text.as_bytes());
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        wanted.forms.push(units.collect());
        wanted
    }

    /// Bytes: as they are, as hexadecimal digits, and as base64 wherever in it they begin.
    #[must_use]
    pub fn bytes(what: &str, bytes: &[u8]) -> Self {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![bytes.to_vec(), hex.into_bytes()];
        for before in 0..3 {
            let text = STANDARD_NO_PAD.encode([&vec![0; before], bytes].concat());
            // Characters that stand for a part of another byte, too, are no part of it.
            let whole = (before * 4).div_ceil(3)..(before + bytes.len()) * 4 / 3;
            forms.extend(text.get(whole).map(|text| text.as_bytes().to_vec()));
        }
        Self {
            what: what.to_owned(),
            forms,
        }
    }
}

/// Which of what is looked for stands in some bytes.
#[must_use]
pub fn standing_in<'w>(bytes: &[u8], all: &'w [Wanted]) -> Vec<&'w str> {
    // One look at each place: what begins with the two bytes there.
    let mut beginning = vec![Vec::new(); 1 << 16];
    for (at, one) in all.iter().enumerate() {
        for form in &one.forms {
            let begins = form.first_chunk::<2>().map(|two| u16::from_le_bytes(*two));
            if let Some(list) = begins.and_then(|two| beginning.get_mut(usize::from(two))) {
                list.push((at, form.as_slice()));
            }
        }
    }
    let mut found = vec![false; all.len()];
    for (place, two) in bytes.windows(2).enumerate() {
        let two = two.first_chunk().map_or(0, |two| u16::from_le_bytes(*two));
        let two = usize::from(two);
        for (at, form) in beginning.get(two).into_iter().flatten() {
            let stands = bytes
                .get(place..)
                .is_some_and(|rest| rest.starts_with(form));
            if let (true, Some(found)) = (stands, found.get_mut(*at)) {
                *found = true;
            }
        }
    }
    let found = all.iter().zip(found).filter(|(_, found)| *found);
    found.map(|(one, _)| one.what.as_str()).collect()
}

fn memmem(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        let Some(from) = rest.get(at..) else { break };
        if from.starts_with(wanted) {
            return true;
        }
        rest = from.get(1..).unwrap_or_default();
    }
    false
}

fn forms_of(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut forms = Vec::new();
    if bytes.ends_with(&TABLE_MAGIC) {
        // What is not read would be taken for what holds nothing.
        forms = table(bytes).context("a table that cannot be read")?;
    }
    forms.push(log(bytes));
    let values: Vec<Vec<u8>> = forms
        .iter()
        .map(Vec::as_slice)
        .chain([bytes])
        .flat_map(compressed_values)
        .collect();
    forms.extend(values);
    Ok(forms)
}

/// The blocks of a table; `None` where one cannot be read.
fn table(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let footer = bytes.get(bytes.len().checked_sub(FOOTER)?..)?;
    let mut rest = footer;
    let _metaindex = (varint(&mut rest)?, varint(&mut rest)?);
    let index = block(bytes, (varint(&mut rest)?, varint(&mut rest)?))?;
    let mut blocks = Vec::new();
    let restarts = u32::from_le_bytes(*index.last_chunk::<4>()?);
    let end = index
        .len()
        .checked_sub(4 + 4 * usize::try_from(restarts).ok()?)?;
    let mut entries = index.get(..end)?;
    while !entries.is_empty() {
        let _shared = varint(&mut entries)?;
        let key = usize::try_from(varint(&mut entries)?).ok()?;
        let value = usize::try_from(varint(&mut entries)?).ok()?;
        entries = entries.get(key..)?;
        let (mut handle, after) = entries.split_at_checked(value)?;
        entries = after;
        blocks.push(block(bytes, (varint(&mut handle)?, varint(&mut handle)?))?);
    }
    Some(blocks)
}

/// A block of a table, decompressed.
fn block(bytes: &[u8], (from, size): (u64, u64)) -> Option<Vec<u8>> {
    let (from, size) = (usize::try_from(from).ok()?, usize::try_from(size).ok()?);
    let content = bytes.get(from..from.checked_add(size)?)?;
    match bytes.get(from.checked_add(size)?)? {
        0 => Some(content.to_vec()),
        1 => {
            let whole = varint(&mut &*content)?;
            snappy(content).filter(|block| u64::try_from(block.len()) == Ok(whole))
        }
        _ => None,
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The pieces of a log put together; what is no log gives nothing of use.
fn log(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    for block in bytes.chunks(LOG_BLOCK) {
        let mut rest = block;
        while let Some((header, after)) = rest.split_first_chunk::<LOG_HEADER>() {
            let length = usize::from(u16::from_le_bytes([header[4], header[5]]));
            let Some((piece, after)) = after.split_at_checked(length) else {
                break;
            };
            if length == 0 {
                break;
            }
            whole.extend_from_slice(piece);
            rest = after;
        }
    }
    whole
}

/// Values that the browser compressed by itself: where one ends is not known, so that each is
/// read as far as it goes.
fn compressed_values(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    for (at, _) in bytes
        .windows(SNAPPY_VALUE.len())
        .enumerate()
        .filter(|(_, window)| *window == SNAPPY_VALUE)
    {
        let content = bytes.get(at + SNAPPY_VALUE.len()..).unwrap_or_default();
        values.extend(snappy(content));
    }
    values
}

/// Snappy's format read as far as it goes, which no library does: literals and copies ("Snappy
/// compressed format description", 2011).
fn snappy(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let wanted = usize::try_from(varint(&mut bytes)?).ok()?;
    if wanted > 64 * 1024 * 1024 {
        return None;
    }
    let mut out: Vec<u8> = Vec::new();
    while out.len() < wanted {
        let Some((tag, rest)) = bytes.split_first() else {
            break;
        };
        bytes = rest;
        let mut number = |count: usize| {
            let (number, rest) = bytes.split_at_checked(count)?;
            bytes = rest;
            let each = number.iter().rev();
            Some(each.fold(0_usize, |n, byte| (n << 8) | usize::from(*byte)))
        };
        let high = usize::from(tag >> 2);
        let (length, offset) = match tag & 3 {
            0 => {
                let length = match high {
                    0..=59 => high,
                    more => number(more - 59)?,
                };
                let (literal, rest) = bytes.split_at_checked(length + 1)?;
                out.extend_from_slice(literal);
                bytes = rest;
                continue;
            }
            1 => (4 + (high & 7), ((high >> 3) << 8) | number(1)?),
            2 => (1 + high, number(2)?),
            _ => (1 + high, number(4)?),
        };
        for _ in 0..length {
            let from = out.len().checked_sub(offset)?;
            out.push(*out.get(from)?);
        }
    }
    Some(out)
}
