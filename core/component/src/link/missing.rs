//! Imports that a linker has nothing for: all of them, so that whoever links learns of them at once.

use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, TEXTS};
use core::fmt;

/// Imports for which it is looked up what is near; the others are only named.
pub(crate) const MOST_COMPARED: usize = 20;

/// One import that nothing was found for.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "compact"), derive(Debug))]
pub struct MissingImport {
    /// The instance that lacks it; none where the component itself imports it.
    instance: Option<String>,
    name: String,
    desc: &'static str,
    near: Vec<String>,
}

impl MissingImport {
    pub(crate) fn new(instance: Option<String>, name: String, desc: &'static str, near: Vec<String>) -> Self {
        Self { instance, name, desc, near }
    }

    /// The import's name in the component, or in the imported instance.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The imported instance that was found and lacks it, if it is not an import of the component itself.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// What it is: `function`, `instance`, `module`, `resource`.
    pub fn kind(&self) -> &'static str {
        self.desc
    }

    /// Names that the linker has and that are like it.
    pub fn near(&self) -> &[String] {
        &self.near
    }
}

impl fmt::Display for MissingImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instance, name, desc, near } = self;
        if !TEXTS {
            return write!(f, "`{name}`");
        }
        match instance {
            None => write!(
                f,
                "component imports {desc} `{name}`, but a matching implementation was not found in the linker"
            )?,
            Some(instance) => write!(
                f,
                "component imports {desc} `{name}` of instance `{instance}`, but the linker's instance has none"
            )?,
        }
        for (position, near) in near.iter().enumerate() {
            f.write_str(if position == 0 { "; it offers " } else { ", " })?;
            write!(f, "`{near}`")?;
        }
        Ok(())
    }
}

/// All imports of a component that a linker has nothing for, at least one. It is found in the error of
/// [`Linker::instantiate_pre`](crate::link::Linker::instantiate_pre) by `downcast_ref`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "compact"), derive(Debug))]
pub struct MissingImports {
    imports: Vec<MissingImport>,
}

impl MissingImports {
    /// What is missing, in the order in which the component imports it.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &MissingImport> {
        self.imports.iter()
    }

    /// The error for these; none if nothing is missing.
    pub(crate) fn error(imports: Vec<MissingImport>) -> Option<Error> {
        let (first, others) = imports.split_first()?;
        let message = match others.len() {
            0 => coracle_error::wording!("{first}"),
            more => coracle_error::wording!("{first}; {more} more imports are missing"),
        };
        if others.is_empty() {
            // It says what is missing already, so the cause does not say it again.
            return Some(Error::fault(ErrorKind::Link, "nothing defines it").context(Self { imports }));
        }
        Some(Error::new(Self { imports }).as_fault(ErrorKind::Link, message))
    }
}

impl fmt::Display for MissingImports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, import) in self.imports.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{import}")?;
        }
        Ok(())
    }
}

/// `{:?}` says what `{}` does.
#[cfg(feature = "compact")]
impl fmt::Debug for MissingImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As above.
#[cfg(feature = "compact")]
impl fmt::Debug for MissingImports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for MissingImports {}
