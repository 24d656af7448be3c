//! Bytes in, validated data out: the only part of the core that knows the binary format.
//!
//! One pass over the binary feeds each section to the validator first and to a reader after that, so readers trust
//! what they see. Function bodies are validated here as well; they stay where they are, as ranges. Small builds validate all
//! core modules in a pass before (`valid`).

#[cfg(all(feature = "validate", any(not(feature = "compact"), test)))]
pub mod body;
pub mod builder;
#[cfg_attr(not(feature = "validate"), path = "parse/check_off.rs")]
#[cfg_attr(all(feature = "validate", feature = "compact"), path = "parse/valid/check.rs")]
pub mod check;
pub mod component;
pub mod error;
#[cfg_attr(not(all(feature = "inspect", feature = "validate")), path = "parse/explain_off.rs")]
pub mod explain;
pub mod features;
pub mod module;
pub mod name_section;
pub mod names;
pub mod operator;
pub mod parsed;
#[cfg(all(feature = "validate", any(feature = "compact", test)))]
mod valid;

use crate::arena::PrimaryMap;
use crate::module::{Bytes, ModuleData};
use crate::plan::StaticModuleIndex;
use alloc::boxed::Box;
use alloc::vec::Vec;
use builder::ModuleBuilder;
use check::Check;
use component::ComponentReader;
use coracle_error::fallible::{TryVec, boxed};
use coracle_error::{Error, ErrorKind, Result};
use error::invalid;
use explain::explain;
use features::{Features, Trust, section_features};
use module::check_size;
use parsed::{Item, Parsed, StaticComponentIndex};
use wasmparser::{Parser, Payload, WasmFeatures};

/// Reads and validates a component, function bodies included; one that somebody vouches for is only read.
///
/// # Errors
/// `ErrorKind::Invalid`, with the offset, when the bytes are not a valid component; it says so plainly when they are a
/// core module. `ErrorKind::Unsupported` when they are valid with a proposal that is off, and for what nobody vouches for
/// in builds without the feature `validate`.
pub fn component(features: &Features, bytes: Bytes, trust: Trust) -> Result<Parsed> {
    let data = bytes.as_slice();
    if data.is_empty() {
        return Err(Error::fault_at(ErrorKind::Invalid, "expected a component, but there are no bytes at all", 0));
    }
    if Parser::is_core_wasm(data) {
        let message = "this is a core module where a component is expected (load it as a `Module`)";
        return Err(Error::fault_at(ErrorKind::Invalid, message, 0));
    }
    check_size(&bytes)?;
    let features = features.wasmparser();
    read(features, &bytes, trust).map_err(|error| explain(error, bytes.as_slice(), features))
}

fn read(features: WasmFeatures, bytes: &Bytes, trust: Trust) -> Result<Parsed> {
    let sections = section_features(features);
    let mut check = Check::new(features, trust, bytes)?;
    let mut parser = Parser::new(0);
    parser.set_features(sections);
    let mut nest = Nest {
        bytes,
        reader: ComponentReader::default(),
        components: PrimaryMap::new(),
        modules: PrimaryMap::new(),
        open: Vec::new(),
    };
    for payload in parser.parse_all(bytes.as_slice()) {
        let payload = payload.map_err(invalid)?;
        check.payload(&payload)?;
        nest.payload(&payload)?;
    }
    let Nest { reader: ComponentReader { names, func_types, .. }, components, modules, .. } = nest;
    Ok(Parsed { bytes: bytes.clone(), names, func_types, components, modules })
}

/// Components and modules as they nest.
struct Nest<'a> {
    bytes: &'a Bytes,
    reader: ComponentReader,
    components: PrimaryMap<StaticComponentIndex, Vec<Item>>,
    modules: PrimaryMap<StaticModuleIndex, ModuleData>,
    open: Vec<Open>,
}

/// Something that has begun and not ended.
enum Open {
    Component(StaticComponentIndex),
    Module(Box<ModuleBuilder>),
}

impl Nest<'_> {
    fn payload(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::Version { .. } => {
                if self.open.is_empty() {
                    let root = self.components.try_push(Vec::new())?;
                    self.open.try_push(Open::Component(root))?;
                }
            }
            Payload::ModuleSection { .. } => {
                // Modules do not nest in modules, so this one will be the next that ends.
                self.define(Item::Module(self.modules.next_key()))?;
                self.open.try_push(Open::Module(boxed(ModuleBuilder::new(self.bytes.clone()))?))?;
            }
            Payload::ComponentSection { .. } => {
                let inner = self.components.try_push(Vec::new())?;
                self.define(Item::Component(inner))?;
                self.open.try_push(Open::Component(inner))?;
            }
            Payload::End(_) => {
                if let Some(Open::Module(builder)) = self.open.pop() {
                    self.modules.try_push(builder.finish()?)?;
                }
            }
            _ => match self.open.last_mut() {
                Some(Open::Component(index)) => {
                    let index = *index;
                    self.reader.scopes = self.open.len() as u32;
                    self.reader.section(payload, &mut self.components[index])?;
                }
                Some(Open::Module(builder)) => builder.payload(payload, &mut self.reader.func_types)?,
                None => {}
            },
        }
        Ok(())
    }

    fn define(&mut self, item: Item) -> Result<()> {
        match self.open.last() {
            Some(Open::Component(index)) => self.components[*index].try_push(item),
            _ => Ok(()),
        }
    }
}
