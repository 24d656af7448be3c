//! Validation in small builds, before the sections are read: core modules here, what is left of a component by wasmparser.

use crate::func_types::FuncTypesBuilder;
use crate::module::Bytes;
use crate::parse::builder::ModuleBuilder;
use crate::parse::error::invalid;
use crate::parse::features::{Trust, section_features};
use crate::parse::valid::module::ModuleCheck;
use crate::parse::valid::outside::Outside;
use alloc::boxed::Box;
use coracle_error::Result;
use coracle_error::fallible::boxed;
use wasmparser::{BinaryReader, Encoding, Parser, Payload, SectionLimited, Validator, WasmFeatures};

/// What a component's version is.
const VERSION: u16 = 0xd;

/// What checks sections before they are read; nothing does where somebody vouches for the bytes.
pub(crate) struct Check(Option<Box<Components>>);

/// The component's own sections.
struct Components {
    validator: Validator,
    /// Components that are open.
    depth: u32,
    /// Modules that were met.
    modules: u32,
    in_module: bool,
}

impl Check {
    /// Checks all modules of a binary, or the module that it is; sections of components are left for
    /// [`Check::payload`].
    ///
    /// # Errors
    /// `ErrorKind::Invalid` with an offset; `OutOfMemory`.
    pub(crate) fn new(features: WasmFeatures, trust: Trust, bytes: &Bytes) -> Result<Self> {
        if trust == Trust::Vouched {
            return Ok(Self(None));
        }
        let outside = modules(features, bytes)?;
        let component = Parser::is_component(bytes.as_slice());
        Ok(Self(component.then(|| Components::new(features, &outside)).transpose()?))
    }

    /// Checks the next section of a component.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` with an offset.
    pub(crate) fn payload(&mut self, payload: &Payload<'_>) -> Result<()> {
        self.0.as_mut().map_or(Ok(()), |components| components.payload(payload))
    }
}

/// Checks all core modules, and tells their types.
fn modules(features: WasmFeatures, bytes: &Bytes) -> Result<Outside> {
    let mut parser = Parser::new(0);
    parser.set_features(section_features(features));
    let mut outside = Outside::default();
    let mut types = FuncTypesBuilder::default();
    let mut open = None;
    for payload in parser.parse_all(bytes.as_slice()) {
        let payload = payload.map_err(invalid)?;
        if let Payload::Version { encoding: Encoding::Module, .. } = payload {
            open = Some((ModuleCheck::new(features), ModuleBuilder::new(bytes.clone())));
        }
        let Some((check, module)) = &mut open else { continue };
        check.payload(&payload, module, &mut types)?;
        if let Payload::End(_) = payload {
            outside.add(&module.data, &types)?;
            open = None;
        }
    }
    Ok(outside)
}

impl Components {
    /// Opens a component that has all modules, and in it another one, which will be the component that is checked.
    fn new(features: WasmFeatures, outside: &Outside) -> Result<Box<Self>> {
        let mut validator = Validator::new_with_features(section_features(features));
        validator.version(VERSION, Encoding::Component, &(0..0)).map_err(invalid)?;
        if outside.len() > 0 {
            let [types, imports] = outside.sections()?;
            let types = SectionLimited::new(BinaryReader::new(&types, 0));
            types.and_then(|types| validator.core_type_section(&types)).map_err(invalid)?;
            let imports = SectionLimited::new(BinaryReader::new(&imports, 0));
            imports.and_then(|imports| validator.component_import_section(&imports)).map_err(invalid)?;
        }
        validator.component_section(&(0..0)).map_err(invalid)?;
        boxed(Self { validator, depth: 0, modules: 0, in_module: false })
    }

    fn payload(&mut self, payload: &Payload<'_>) -> Result<()> {
        if self.in_module {
            self.in_module = !matches!(payload, Payload::End(_));
            return Ok(());
        }
        if let Payload::ModuleSection { .. } = payload {
            self.in_module = true;
            let alias = Outside::alias(self.depth, self.modules)?;
            self.modules += 1;
            let alias = SectionLimited::new(BinaryReader::new(&alias, 0));
            return alias.and_then(|alias| self.validator.component_alias_section(&alias)).map_err(invalid);
        }
        self.section(payload).map_err(invalid)
    }

    fn section(&mut self, payload: &Payload<'_>) -> core::result::Result<(), wasmparser::Error> {
        let validator = &mut self.validator;
        match payload {
            Payload::Version { num, encoding, range } => {
                self.depth += 1;
                validator.version(*num, *encoding, range)
            }
            Payload::InstanceSection(section) => validator.instance_section(section),
            Payload::CoreTypeSection(section) => validator.core_type_section(section),
            Payload::ComponentSection { unchecked_range, .. } => validator.component_section(unchecked_range),
            Payload::ComponentInstanceSection(section) => validator.component_instance_section(section),
            Payload::ComponentAliasSection(section) => validator.component_alias_section(section),
            Payload::ComponentTypeSection(section) => validator.component_type_section(section),
            Payload::ComponentCanonicalSection(section) => validator.component_canonical_section(section),
            Payload::ComponentStartSection { start, range } => validator.component_start_section(start, range),
            Payload::ComponentImportSection(section) => validator.component_import_section(section),
            Payload::ComponentExportSection(section) => validator.component_export_section(section),
            Payload::End(offset) => {
                self.depth -= 1;
                validator.end(*offset).map(drop)
            }
            Payload::UnknownSection { id, range, .. } => validator.unknown_section(*id, range),
            _ => Ok(()),
        }
    }
}
