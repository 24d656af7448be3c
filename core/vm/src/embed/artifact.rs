//! Artifacts: modules and components that were loaded once, to be written to a file and loaded again.

use crate::embed::module::Module;
use crate::engine::Engine;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::artifact::{self, Precompiled};
use coracle_image::component::ComponentImage;
use coracle_image::module::Bytes;
use coracle_image::parse::features::Trust;
use coracle_image::text;

/// How the binary of a module begins, where it is not a part of a component's.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

impl Engine {
    /// The artifact of a module, binary or text, as [`Module::serialize`] makes it. Nothing is compiled.
    ///
    /// # Errors
    /// Those of [`Module::new`].
    pub fn precompile_module(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let binary = text::to_binary(bytes)?;
        Module::validate(self, &binary)?;
        Ok(artifact::write(Precompiled::Module, self.settings().artifact_stamp(), &binary))
    }

    /// The artifact of a component, binary or text, as `Component::serialize` makes it. Nothing is compiled.
    ///
    /// # Errors
    /// Those of `Component::new`.
    pub fn precompile_component(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let binary = text::to_binary(bytes)?;
        ComponentImage::parse(&self.settings().features, Bytes::Shared((&*binary).into()), Trust::None)?;
        Ok(artifact::write(Precompiled::Component, self.settings().artifact_stamp(), &binary))
    }

    /// What bytes are an artifact of, going by how they begin; `None` for anything else.
    pub fn detect_precompiled(bytes: &[u8]) -> Option<Precompiled> {
        artifact::detect(bytes)
    }

    /// The same for a file, of which only the beginning is read.
    ///
    /// # Errors
    /// When the file cannot be read.
    #[cfg(feature = "std")]
    pub fn detect_precompiled_file(path: impl AsRef<std::path::Path>) -> Result<Option<Precompiled>> {
        use std::io::Read;
        let mut start = Vec::new();
        std::fs::File::open(path)?.take(16).read_to_end(&mut start)?;
        Ok(artifact::detect(&start))
    }

    /// A value that is the same for engines that read each other's artifacts.
    pub fn precompile_compatibility_hash(&self) -> impl core::hash::Hash + '_ {
        let stamp = self.settings().artifact_stamp();
        (stamp.version, stamp.settings)
    }
}

impl Module {
    /// The module as an artifact that [`Module::deserialize`] reads.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` for a module that is a part of a component.
    pub fn serialize(&self) -> Result<Vec<u8>> {
        let binary = self.inner().data().bytes.as_slice();
        if !binary.starts_with(MODULE) {
            return Err(Error::fault(ErrorKind::Unsupported, "a module that is a part of a component has no artifact"));
        }
        Ok(artifact::write(Precompiled::Module, self.engine().settings().artifact_stamp(), binary))
    }

    /// Loads a module from an artifact. It is validated like any other, so this is no `unsafe` function.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` for what is no artifact of a module, or one of another version or settings, and those of
    /// [`Module::new`].
    pub fn deserialize(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::from_binary(
            engine,
            artifact::read(Precompiled::Module, engine.settings().artifact_stamp(), bytes.as_ref())?,
        )
    }

    /// The same from a file.
    ///
    /// # Errors
    /// When the file cannot be read, and those of [`Module::deserialize`].
    #[cfg(feature = "std")]
    pub fn deserialize_file(engine: &Engine, path: impl AsRef<std::path::Path>) -> Result<Self> {
        use coracle_error::Told;
        let path = path.as_ref();
        let bytes = std::fs::read(path).told(|| coracle_error::wording!("failed to read `{}`", path.display()))?;
        Self::deserialize(engine, bytes).told(|| coracle_error::wording!("failed to load `{}`", path.display()))
    }

    /// The same from a file that is open.
    ///
    /// # Errors
    /// When the file cannot be read, and those of [`Module::deserialize`].
    #[cfg(feature = "std")]
    pub fn deserialize_open_file(engine: &Engine, mut file: std::fs::File) -> Result<Self> {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes)?;
        Self::deserialize(engine, bytes)
    }
}
