//! What `serialize` writes and `deserialize` reads: a header, and the binary behind it.
//!
//! There is nothing prepared in it: loading one costs what loading the binary costs. The header is there so that what
//! prepares more some day is told apart, and so that a program that keeps artifacts hears when one was made by another
//! version or for other settings, as it does from Wasmtime.
//!
//! # Invariants
//! - Bytes that [`read`] accepts are validated like any others: an artifact is trusted with nothing.

use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

/// How an artifact begins. No module, component or text does.
const MAGIC: [u8; 8] = *b"\0coracle";

/// Which version an artifact says that it is of. No other is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum ModuleVersionStrategy {
    /// This package's.
    #[default]
    WasmtimeVersion,
    /// The embedder's own, of 255 bytes at most.
    Custom(String),
    /// None, and all are read: an artifact is validated again, so that can end in an error, and in nothing worse.
    None,
}

impl ModuleVersionStrategy {
    /// What an artifact says.
    pub fn as_str(&self) -> &str {
        match self {
            Self::WasmtimeVersion => env!("CARGO_PKG_VERSION"),
            Self::Custom(version) => version,
            Self::None => "",
        }
    }
}

/// What an artifact holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precompiled {
    /// A core module.
    Module,
    /// A component.
    Component,
}

impl Precompiled {
    fn code(self) -> u8 {
        match self {
            Self::Module => 1,
            Self::Component => 2,
        }
    }

    fn desc(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Component => "component",
        }
    }
}

/// A hash of the settings that an artifact is made for, so many numbers in a row.
pub type SettingsHash = [u8; 16];

/// The hash of settings that are told as numbers.
pub fn settings_hash(settings: &[u64]) -> SettingsHash {
    let mut hash = Sha256::new();
    settings.iter().for_each(|number| hash.update(number.to_le_bytes()));
    let mut short = SettingsHash::default();
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}

/// What artifacts are made for.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// The version.
    pub version: &'a ModuleVersionStrategy,
    /// The settings.
    pub settings: SettingsHash,
}

/// An artifact of a binary.
///
/// # Panics
/// If the version has more than 255 bytes.
pub fn write(kind: Precompiled, stamp: Stamp<'_>, binary: &[u8]) -> Vec<u8> {
    let version = stamp.version.as_str();
    let length = u8::try_from(version.len()).expect("a version of 255 bytes at most");
    let mut artifact = Vec::with_capacity(MAGIC.len() + 2 + version.len() + stamp.settings.len() + binary.len());
    artifact.extend(MAGIC);
    artifact.extend([kind.code(), length]);
    artifact.extend(version.as_bytes());
    artifact.extend(stamp.settings);
    artifact.extend(binary);
    artifact
}

/// What bytes are an artifact of, going by how they begin.
pub fn detect(bytes: &[u8]) -> Option<Precompiled> {
    let (kind, _) = bytes.strip_prefix(&MAGIC)?.split_first()?;
    [Precompiled::Module, Precompiled::Component].into_iter().find(|known| known.code() == *kind)
}

/// The binary in an artifact.
///
/// # Errors
/// `ErrorKind::Invalid` for what is none, or is one of another kind, version or settings.
pub fn read<'a>(kind: Precompiled, stamp: Stamp<'_>, artifact: &'a [u8]) -> Result<&'a [u8]> {
    let invalid = |message| Error::fault(ErrorKind::Invalid, message);
    match detect(artifact) {
        Some(found) if found == kind => {}
        Some(found) => {
            return Err(invalid(coracle_error::wording!(
                "the artifact is of a {}, not of a {}",
                found.desc(),
                kind.desc()
            )));
        }
        None => return Err(invalid("the bytes are no artifact of `serialize`".into())),
    }
    let cut_off = || invalid("the artifact is cut off in its header".into());
    let (&length, rest) = artifact[MAGIC.len() + 1..].split_first().ok_or_else(cut_off)?;
    let (version, rest) = rest.split_at_checked(length.into()).ok_or_else(cut_off)?;
    let own = stamp.version.as_str();
    if *stamp.version != ModuleVersionStrategy::None && version != own.as_bytes() {
        let found = String::from_utf8_lossy(version);
        return Err(invalid(coracle_error::wording!(
            "the artifact was made by version {found:?}, and this is {own:?}"
        )));
    }
    let (found, binary) = rest.split_at_checked(stamp.settings.len()).ok_or_else(cut_off)?;
    if found != stamp.settings {
        return Err(invalid("the artifact was made for an engine with other settings".into()));
    }
    Ok(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let [one, two] = [[1, 2], [2, 1]].map(|numbers| Stamp {
            version: &ModuleVersionStrategy::WasmtimeVersion,
            settings: settings_hash(&numbers),
        });
        assert_ne!(one.settings, two.settings);
        let artifact = write(Precompiled::Component, one, b"binary");
        assert_eq!(detect(&artifact), Some(Precompiled::Component));
        assert_eq!(read(Precompiled::Component, one, &artifact).unwrap(), b"binary");
        assert!(read(Precompiled::Module, one, &artifact).is_err());
        assert!(read(Precompiled::Component, two, &artifact).is_err());
        let header = artifact.len() - b"binary".len();
        for end in 0..header {
            assert!(read(Precompiled::Component, one, &artifact[..end]).is_err(), "cut off at {end}");
        }
        for at in 0..header {
            let mut wrong = artifact.clone();
            wrong[at] ^= 0x81;
            assert!(read(Precompiled::Component, one, &wrong).is_err(), "wrong at {at}");
        }
        let own = ModuleVersionStrategy::Custom("a".repeat(255));
        let artifact = write(Precompiled::Module, Stamp { version: &own, ..one }, b"binary");
        let any = Stamp { version: &ModuleVersionStrategy::None, ..one };
        assert!(read(Precompiled::Module, one, &artifact).is_err());
        assert_eq!(read(Precompiled::Module, any, &artifact).unwrap(), b"binary");
        assert_eq!(detect(b"\0asm\x0d\0\x01\0"), None);
        assert_eq!(detect(b""), None);
    }
}
