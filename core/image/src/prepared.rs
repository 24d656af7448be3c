//! The file that a prepared component is: an image and what an interpreter made of its bodies, to be used where it lies.
//!
//! ```text
//! header │ code of each function, aligned │ data segments, name sections │ the image
//! ```
//! The header says who can use the rest, and all numbers in it are little-endian. Code and data stay where they are: a
//! [`ModuleData`](crate::module::ModuleData)'s ranges lead into the file. The image is read by its [`codec`](crate::codec) into memory.
//!
//! # What is checked, and what is not
//! [`read`] compares the version, the settings that code depends on, the length and a checksum of all that follows; the
//! codec and each range are checked as they are read. So a file that was cut off or has changed by accident is an error:
//! whatever changes within 32 bits in a row is found, other damage but for one in four billion. A file that somebody
//! wrote with a right checksum is *believed*: code is run as it stands, and indices lead where they lead. So whoever
//! loads one vouches for it.

use crate::codec::{Reader, Writer, damaged};
use crate::component::ComponentImage;
use crate::module::Bytes;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use core::ops::Range;

/// How a prepared component begins. No module, component, text or artifact does.
const MAGIC: [u8; 8] = *b"\0coracl\x01";

/// Which version wrote it; no other reads it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Room for the version in the header, in bytes.
const VERSION_BYTES: usize = 12;

/// Bytes of the header: the magic number, the version, the switches, the length, where the image begins, the checksum.
const HEADER_BYTES: usize = MAGIC.len() + VERSION_BYTES + 4 + 3 * 4;

/// Where code may begin.
const ALIGN: usize = 8;

const _: () = assert!(VERSION.len() <= VERSION_BYTES && HEADER_BYTES.is_multiple_of(4));

/// Settings of an engine that code depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Whether fuel is charged.
    pub fuel: bool,
    /// Whether epochs are looked at.
    pub epochs: bool,
    /// Whether arithmetic returns canonical NaNs.
    pub canonical_nans: bool,
}

impl Switches {
    fn bytes(self) -> [u8; 4] {
        [self.fuel.into(), self.epochs.into(), self.canonical_nans.into(), 0]
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct File(Vec<u8>);

impl Default for File {
    fn default() -> Self {
        Self(Vec::from([0; HEADER_BYTES]))
    }
}

impl File {
    /// Puts bytes where they are aligned as code is; returns where.
    ///
    /// # Errors
    /// `ErrorKind::Limit` for a file of 4 GiB.
    pub fn put(&mut self, bytes: &[u8]) -> Result<Range<u32>> {
        self.0.resize(self.0.len().next_multiple_of(ALIGN), 0);
        let start = self.0.len();
        self.0.extend_from_slice(bytes);
        match u32::try_from(self.0.len()) {
            Ok(end) => Ok(start as u32..end),
            Err(_) => Err(Error::fault(ErrorKind::Limit, "a prepared component has less than 4 GiB")),
        }
    }

    /// Writes the image, whose ranges lead into the file, and the header.
    ///
    /// # Errors
    /// Those of [`File::put`].
    pub fn finish(mut self, image: &ComponentImage, switches: Switches) -> Result<Vec<u8>> {
        let mut to = Writer::default();
        image.write(&mut to);
        let at = self.put(&to.finish())?.start;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend(MAGIC);
        header.extend(VERSION.as_bytes());
        header.resize(MAGIC.len() + VERSION_BYTES, 0);
        header.extend(switches.bytes());
        header.extend((self.0.len() as u32).to_le_bytes());
        header.extend(at.to_le_bytes());
        self.0[..header.len()].copy_from_slice(&header);
        let sum = checksum(&self.0[..header.len()], &self.0[HEADER_BYTES..]);
        self.0[header.len()..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
        Ok(self.0)
    }
}

/// Whether bytes are a prepared component, going by how they begin.
pub fn detect(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The image of a prepared component, over the file itself. The module's head says what was looked at.
///
/// # Errors
/// `ErrorKind::Invalid` for what is no prepared component, is one of another version or for other settings, or is
/// damaged; `OutOfMemory`.
// Apart from what becomes of the image, so that the stack of both is not there at once.
#[inline(never)]
pub fn read(file: &Bytes, switches: Switches) -> Result<ComponentImage> {
    let bytes = file.as_slice();
    if !detect(bytes) {
        return Err(invalid("the bytes are no prepared component"));
    }
    let (header, rest) = bytes.split_at_checked(HEADER_BYTES).ok_or_else(damaged)?;
    let (checked, sum) = header.split_at(HEADER_BYTES - 4);
    let mut from = Reader::new(&checked[MAGIC.len()..]);
    let version = from.bytes(VERSION_BYTES);
    let (made_for, length, at) = (from.bytes(4), word(&mut from), word(&mut from));
    let of_version = version.strip_prefix(VERSION.as_bytes()).is_some_and(|rest| rest.iter().all(|&byte| byte == 0));
    if !of_version {
        let found = alloc::string::String::from_utf8_lossy(version);
        let found = found.trim_end_matches('\0');
        let message =
            coracle_error::wording!("the prepared component was made by version {found}, and this is {VERSION}");
        return Err(Error::fault(ErrorKind::Invalid, message));
    }
    if length as usize != bytes.len() || sum != checksum(checked, rest).to_le_bytes() {
        return Err(damaged());
    }
    if made_for != switches.bytes() {
        return Err(invalid("the prepared component was made for other settings of fuel, epochs or NaNs"));
    }
    let mut from = Reader::new(bytes.get(at as usize..).ok_or_else(damaged)?);
    let image = ComponentImage::read(&mut from, file)?;
    from.finish()?;
    #[cfg(not(feature = "adapters"))]
    crate::adapter::batch::refuse(&image.plan)?;
    Ok(image)
}

fn word(from: &mut Reader<'_>) -> u32 {
    from.bytes(4).try_into().map_or(0, u32::from_le_bytes)
}

#[cold]
fn invalid(message: &'static str) -> Error {
    Error::fault(ErrorKind::Invalid, message)
}

/// CRC-32 (of IEEE 802.3) of these bytes one behind the other, by half bytes: the table is small, and a file is read once.
fn checksum(first: &[u8], second: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            let (mut sum, mut bit) = (i as u32, 0);
            while bit < 4 {
                sum = (sum >> 1) ^ if sum & 1 == 0 { 0 } else { 0xedb8_8320 };
                bit += 1;
            }
            table[i] = sum;
            i += 1;
        }
        table
    };
    let half = |sum: u32, bits: u32| sum >> 4 ^ TABLE[((sum ^ bits) & 15) as usize];
    !first.iter().chain(second).fold(!0, |sum, &byte| half(half(sum, byte.into()), (byte >> 4).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(checksum(b"1234", b"56789"), 0xcbf4_3926);
    }
}
