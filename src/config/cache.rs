//! A cache of compiled code, as Wasmtime lets one set it up. There is none here: nothing is compiled before it is hot, and
//! what a program is set up with is accepted.

use coracle_error::{Context, Result};
use std::format;
use std::path::{Path, PathBuf};

/// A cache that holds nothing.
#[derive(Clone, Debug)]
pub struct Cache {
    config: CacheConfig,
}

/// Where a cache would lie.
#[derive(Clone, Debug, Default)]
pub struct CacheConfig {
    directory: Option<PathBuf>,
}

impl Cache {
    /// A cache of these settings.
    ///
    /// # Errors
    /// None; Wasmtime's has some.
    pub fn new(config: CacheConfig) -> Result<Self> {
        Ok(Self { config })
    }

    /// A cache with the settings of a file, or with the machine's.
    ///
    /// # Errors
    /// Those of [`CacheConfig::from_file`].
    pub fn from_file(path: Option<&Path>) -> Result<Self> {
        Self::new(CacheConfig::from_file(path)?)
    }

    /// Where it would lie, if that was said.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.config.directory.as_ref()
    }

    /// How often something was found: never.
    pub fn cache_hits(&self) -> usize {
        0
    }

    /// How often something was not found: nothing is looked for.
    pub fn cache_misses(&self) -> usize {
        0
    }
}

impl CacheConfig {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The settings of a file, which are without effect, or the machine's.
    ///
    /// # Errors
    /// When the file that is named cannot be read.
    pub fn from_file(path: Option<&Path>) -> Result<Self> {
        if let Some(path) = path {
            std::fs::metadata(path).with_context(|| format!("failed to read `{}`", path.display()))?;
        }
        Ok(Self::default())
    }

    /// Where the cache would lie.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.directory.as_ref()
    }

    /// Sets where the cache would lie. Nothing is written there.
    pub fn with_directory(&mut self, directory: impl Into<PathBuf>) -> &mut Self {
        self.directory = Some(directory.into());
        self
    }
}
