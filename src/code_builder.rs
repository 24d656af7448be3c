//! `CodeBuilder`: a module or a component from bytes, or from a file, in steps.

use crate::component::Component;
use crate::{Engine, ErrorKind, Module, Result};
use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use coracle_error::{Context, Error};
use coracle_image::text;
use std::fs;
use std::path::Path;

/// Takes what is to be loaded, and loads it.
///
/// [`Module::new`] and [`Component::new`] do the same in one step; this one tells the two apart beforehand.
///
/// ```
/// use coracle::{CodeBuilder, CodeHint, Engine};
///
/// # fn main() -> coracle::Result<()> {
/// let engine = Engine::default();
/// let mut code = CodeBuilder::new(&engine);
/// code.wasm_binary_or_text(b"(module (func (export \"run\")))", None)?;
/// assert_eq!(code.hint(), Some(CodeHint::Module));
/// let module = code.compile_module()?;
/// assert_eq!(module.exports().len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct CodeBuilder<'a> {
    engine: &'a Engine,
    wasm: Option<Cow<'a, [u8]>>,
    has_dwarf: bool,
}

/// What bytes seem to be, going by how they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeHint {
    /// A core module.
    Module,
    /// A component.
    Component,
}

impl<'a> CodeBuilder<'a> {
    /// Nothing yet.
    pub fn new(engine: &'a Engine) -> Self {
        Self { engine, wasm: None, has_dwarf: false }
    }

    /// Takes a binary. The path is that of a file with debug information, which is not read.
    ///
    /// # Errors
    /// When there is something already.
    pub fn wasm_binary(&mut self, bytes: impl Into<Cow<'a, [u8]>>, _path: Option<&'a Path>) -> Result<&mut Self> {
        if self.wasm.is_some() {
            return Err(twice("wasm bytes"));
        }
        self.wasm = Some(bytes.into());
        Ok(self)
    }

    /// Takes a binary or, where the feature `wat` is on, text, whose errors name the path.
    ///
    /// # Errors
    /// When there is something already, and those of the text.
    pub fn wasm_binary_or_text(&mut self, bytes: &'a [u8], path: Option<&'a Path>) -> Result<&mut Self> {
        let binary = match path {
            Some(path) => text::file_to_binary(path, bytes)?,
            None => text::to_binary(bytes)?,
        };
        self.wasm_binary(binary, path)
    }

    /// Takes a binary from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or there is something already.
    pub fn wasm_binary_file(&mut self, file: &'a Path) -> Result<&mut Self> {
        self.wasm_binary(read(file)?, Some(file))
    }

    /// Takes a binary or, where the feature `wat` is on, text from a file.
    ///
    /// # Errors
    /// When the file cannot be read, there is something already, and those of the text.
    pub fn wasm_binary_or_text_file(&mut self, file: &'a Path) -> Result<&mut Self> {
        let bytes = read(file)?;
        let binary = text::file_to_binary(file, &bytes)?.into_owned();
        self.wasm_binary(binary, Some(file))
    }

    /// Takes debug information, which is without effect: backtraces name functions and offsets.
    ///
    /// # Errors
    /// When there is some already.
    pub fn dwarf_package(&mut self, _bytes: &'a [u8]) -> Result<&mut Self> {
        if core::mem::replace(&mut self.has_dwarf, true) {
            return Err(twice("debug information"));
        }
        Ok(self)
    }

    /// The same for a file, which is not read.
    ///
    /// # Errors
    /// As for [`CodeBuilder::dwarf_package`].
    pub fn dwarf_package_file(&mut self, _file: &Path) -> Result<&mut Self> {
        self.dwarf_package(&[])
    }

    /// What there is to be loaded; `None` for nothing, and for what is neither.
    pub fn hint(&self) -> Option<CodeHint> {
        // A version, and a layer: modules are layer 0.
        match self.wasm.as_deref()? {
            [b'\0', b'a', b's', b'm', _, _, 0, 0, ..] => Some(CodeHint::Module),
            [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => Some(CodeHint::Component),
            _ => None,
        }
    }

    /// Loads a module.
    ///
    /// # Errors
    /// When there is nothing to load, and those of [`Module::from_binary`].
    pub fn compile_module(&self) -> Result<Module> {
        Module::from_binary(self.engine, self.wasm()?)
    }

    /// The artifact of a module, as [`Engine::precompile_module`] makes it.
    ///
    /// # Errors
    /// As for [`CodeBuilder::compile_module`].
    pub fn compile_module_serialized(&self) -> Result<Vec<u8>> {
        self.engine.precompile_module(self.wasm()?)
    }

    /// Loads a component.
    ///
    /// # Errors
    /// When there is nothing to load, and those of [`Component::from_binary`].
    pub fn compile_component(&self) -> Result<Component> {
        Component::from_binary(self.engine, self.wasm()?)
    }

    /// The artifact of a component, as [`Engine::precompile_component`] makes it.
    ///
    /// # Errors
    /// As for [`CodeBuilder::compile_component`].
    pub fn compile_component_serialized(&self) -> Result<Vec<u8>> {
        self.engine.precompile_component(self.wasm()?)
    }

    fn wasm(&self) -> Result<&[u8]> {
        let missing = || Error::fault(ErrorKind::Invalid, "no wasm bytes were given to this builder");
        self.wasm.as_deref().ok_or_else(missing)
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("failed to read `{}`", file.display()))
}

fn twice(what: &str) -> Error {
    Error::fault(ErrorKind::Invalid, format!("{what} were given to this builder twice"))
}
