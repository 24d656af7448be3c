//! `Component`: what a component's bytes became, shared and immutable.
//!
//! Looking an export up needs no store and no instance. By index it costs O(1): a comparison of the graph's identity
//! and of a bound. By name it costs one look-up per level. [`Component::root`] walks the same graph and tells *missing*,
//! *foreign* and *wrong kind* apart, where the calls in Wasmtime's shape say `None`.
#![allow(unsafe_code)] // Declares the loader whose caller vouches for the bytes.

#[cfg(feature = "inspect")]
pub use coracle_image::export::explain::{ExplainedName, Explanation, Outcome};
pub use coracle_image::export::lookup::ExportLookup;
pub use coracle_image::export::node::{ExportError, ExportNode};
pub use portable::Portable;

#[cfg(feature = "adapters")]
#[cfg_attr(not(feature = "std"), path = "component/foresee_off.rs")]
mod foresee;
mod portable;
#[cfg(feature = "inspect")]
mod prepare;

use alloc::vec::Vec;
use coracle_error::shared::Arc;
#[cfg(feature = "adapters")]
use coracle_error::shared::Weak;
use coracle_error::{Error, ErrorKind, Result};
#[cfg(feature = "adapters")]
use coracle_image::adapter::{Import, batch};
use coracle_image::arena::PrimaryMap;
use coracle_image::artifact::{self, Precompiled};
use coracle_image::component::ComponentImage;
#[cfg(feature = "inspect")]
use coracle_image::export::explain::explain;
use coracle_image::export::{ComponentExportIndex, ExportEntry, ExportGraph, ExportIndex};
#[cfg(feature = "adapters")]
use coracle_image::func_types::FuncTypes;
#[cfg(feature = "adapters")]
use coracle_image::keyed::KeyMap;
use coracle_image::module::{Bytes, ModuleData};
use coracle_image::parse;
use coracle_image::parse::features::Trust;
#[cfg(feature = "adapters")]
use coracle_image::plan::TrampolineIndex;
use coracle_image::plan::{Instantiate, Plan, StaticModuleIndex, Step};
use coracle_image::prepared;
use coracle_image::text;
use coracle_image::types::TypeTable;
use coracle_vm::embed::{ModuleFunction, ResourcesRequired};
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::signatures::Signature;
use coracle_vm::stamp::Stamp;
#[cfg(feature = "adapters")]
use coracle_vm::sync::Lock;
use core::ptr::NonNull;
#[cfg(feature = "inspect")]
use prepare::Preparation;

/// A validated component, ready to be linked. Cloning is cheap.
#[derive(Clone)]
pub struct Component(Arc<Inner>);

struct Inner {
    stamp: Stamp,
    engine: Engine,
    plan: Plan,
    graph: ExportGraph,
    types: Arc<TypeTable>,
    modules: PrimaryMap<StaticModuleIndex, Module>,
    #[cfg(feature = "adapters")]
    adapters: Vec<AdapterBatch>,
    /// Adapters through which it calls other components, for as long as somebody uses them.
    #[cfg(feature = "adapters")]
    seams: Lock<KeyMap<SeamKey, Weak<AdapterBatch>>>,
    /// The binary, which modules keep anyhow.
    bytes: Bytes,
    /// Keeps the core function types of the component interned.
    _held: Arc<[Signature]>,
}

/// A batch of fused adapters, loaded.
#[cfg(feature = "adapters")]
pub(crate) struct AdapterBatch {
    pub(crate) module: Module,
    /// What it imports, in order.
    pub(crate) imports: Vec<Import>,
}

/// What a batch of adapters between two components depends on, beside the importing component.
#[cfg(feature = "adapters")]
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SeamKey {
    /// The component that is called.
    pub(crate) exporter: u64,
    /// Whether something of it can throw.
    pub(crate) can_throw: bool,
    /// Which lowered imports are which of its exports.
    pub(crate) calls: Vec<(TrampolineIndex, ExportIndex)>,
}

impl Component {
    /// Loads a component from its binary, or from text where the feature `wat` is on.
    ///
    /// # Errors
    /// Those of [`Component::from_binary`], and those of the text.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::from_binary(engine, &text::to_binary(bytes.as_ref())?)
    }

    /// Loads a component from a file, binary or, where the feature `wat` is on, text.
    ///
    /// # Errors
    /// Those of [`Component::new`], and that the file cannot be read.
    #[cfg(feature = "std")]
    pub fn from_file(engine: &Engine, path: impl AsRef<std::path::Path>) -> Result<Self> {
        use coracle_error::Told;
        let path = path.as_ref();
        let bytes = std::fs::read(path).told(|| coracle_error::wording!("failed to read `{}`", path.display()))?;
        Self::from_binary(engine, &text::file_to_binary(path, &bytes)?)
    }

    /// Loads a component from its binary.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`, with the offset, for bytes that are no valid component; `ErrorKind::Unsupported` for a
    /// component that needs what cannot be run, by name; `ErrorKind::Limit` for one that is too large once its
    /// nesting is undone.
    pub fn from_binary(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        Self::load(engine, Bytes::Shared(bytes.into()), Trust::None)
    }

    /// Loads a component from a binary that is there for ever, such as flash, without copying it.
    ///
    /// # Errors
    /// Those of [`Component::from_binary`].
    pub fn from_static(engine: &Engine, bytes: &'static [u8]) -> Result<Self> {
        Self::load(engine, Bytes::Static(bytes), Trust::None)
    }

    /// The same without validating it: for builds without the feature `validate`, in which nothing else is loaded. A
    /// program whose components are signed does without a third of the runtime's code so, and gives up what protects
    /// it from bytes that are not what they were when they were signed.
    ///
    /// # Errors
    /// When the bytes cannot be read, or are a component that cannot be run.
    ///
    /// # Safety
    /// `bytes` are a valid component with the proposals that are on, with all that is in it: whoever runs it relies on
    /// it.
    pub unsafe fn from_static_unchecked(engine: &Engine, bytes: &'static [u8]) -> Result<Self> {
        Self::load(engine, Bytes::Static(bytes), Trust::Vouched)
    }

    /// Loads a component from bytes that may be shared.
    ///
    /// # Errors
    /// Those of [`Component::from_binary`].
    pub(crate) fn load(engine: &Engine, bytes: Bytes, trust: Trust) -> Result<Self> {
        Self::from_image(engine, ComponentImage::parse(&internals::settings(engine).features, bytes, trust)?)
    }

    /// Makes an image live: interns its function types and makes slots for its functions.
    ///
    /// # Errors
    /// What an eager compiler says.
    // Apart from whoever has made the image, so that the stack of both is not there at once.
    #[inline(never)]
    pub(crate) fn from_image(engine: &Engine, image: ComponentImage) -> Result<Self> {
        let ComponentImage { plan, mut graph, types, modules, adapters, func_types, bytes } = image;
        let (ids, held) = internals::intern_all(engine, &func_types)?;
        let types = graph.renumber_types(types, &ids)?;
        drop(func_types);
        let load = |module: ModuleData, kin: u64| Module::of_binary(engine, module, &ids, &held, kin);
        let modules: PrimaryMap<_, Module> =
            PrimaryMap::try_collect(modules.into_values().map(|module| load(module, 0)))?;
        #[cfg(feature = "adapters")]
        let adapters = {
            // Adapters of one type are written alike, whomever they call: what tells them apart is between which modules
            // they stand, and where.
            let kin = |at: u64, module: &Module| at.rotate_left(11).wrapping_mul(31) ^ module.stamp().as_u64();
            let adapters = adapters.into_iter().zip(1..).map(|(batch, number)| {
                let module = load(batch.module, modules.values().fold(number, kin).max(1))?;
                Ok(AdapterBatch { module, imports: batch.imports })
            });
            let adapters: Vec<AdapterBatch> = adapters.collect::<Result<_>>()?;
            foresee::links(engine, &plan, &modules, adapters.iter().map(|batch| (&batch.module, &*batch.imports)));
            adapters.iter().try_for_each(|batch| batch.module.loaded())?;
            adapters
        };
        // A component that has any was refused.
        #[cfg(not(feature = "adapters"))]
        drop(adapters);
        modules.values().try_for_each(Module::loaded)?;
        let engine = engine.clone();
        let inner = Arc::try_new(Inner {
            stamp: Stamp::new(),
            engine,
            plan,
            graph,
            types,
            modules,
            #[cfg(feature = "adapters")]
            adapters,
            #[cfg(feature = "adapters")]
            seams: Lock::new(KeyMap::new()),
            bytes,
            _held: held,
        });
        Ok(Self(inner?))
    }

    /// The component as an artifact that [`Component::deserialize`] reads.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` for a component that was prepared.
    pub fn serialize(&self) -> Result<Vec<u8>> {
        if prepared::detect(self.0.bytes.as_slice()) {
            return Err(Error::fault(ErrorKind::Unsupported, "of a prepared component there is no binary"));
        }
        let stamp = internals::settings(self.engine()).artifact_stamp();
        Ok(artifact::write(Precompiled::Component, stamp, self.0.bytes.as_slice()))
    }

    /// Loads a component from an artifact. It is validated like any other, so this is no `unsafe` function.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` for what is no artifact of a component, or one of another version or settings, and those of
    /// [`Component::new`].
    pub fn deserialize(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        let stamp = internals::settings(engine).artifact_stamp();
        Self::from_binary(engine, artifact::read(Precompiled::Component, stamp, bytes.as_ref())?)
    }

    /// The same from a file.
    ///
    /// # Errors
    /// When the file cannot be read, and those of [`Component::deserialize`].
    #[cfg(feature = "std")]
    pub fn deserialize_file(engine: &Engine, path: impl AsRef<std::path::Path>) -> Result<Self> {
        use coracle_error::Told;
        let path = path.as_ref();
        let bytes = std::fs::read(path).told(|| coracle_error::wording!("failed to read `{}`", path.display()))?;
        Self::deserialize(engine, bytes).told(|| coracle_error::wording!("failed to load `{}`", path.display()))
    }

    /// The component as code that another machine runs as it lies there, without parser, validator and translator:
    /// [`Component::deserialize_raw`] reads it.
    ///
    /// What code depends on is that machine, as `portable` tells, and this engine's fuel, its costs, epochs and NaNs.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` for a component that uses what the machine has not, for one that was prepared itself, and
    /// in builds without the features `translate` and `inspect`.
    #[cfg(feature = "inspect")]
    pub fn serialize_portable(&self, portable: &Portable) -> Result<Vec<u8>> {
        let bytes = &self.0.bytes;
        if prepared::detect(bytes.as_slice()) {
            return Err(Error::fault(ErrorKind::Unsupported, "the component is prepared already"));
        }
        let features = &internals::settings(self.engine()).features;
        let mut image = ComponentImage::parse(features, bytes.clone(), Trust::Vouched)?;
        let mut file = Preparation::new(self.engine(), portable);
        for ((_, data), live) in image.modules.iter_mut().zip(self.modules().values()) {
            file.module(data, live)?;
        }
        #[cfg(feature = "adapters")]
        for (batch, live) in image.adapters.iter_mut().zip(self.adapter_batches()) {
            file.module(&mut batch.module, &live.module)?;
        }
        file.finish(&image)
    }

    /// Whether bytes are what [`Component::serialize_portable`] made, going by how they begin.
    pub fn is_portable(bytes: &[u8]) -> bool {
        prepared::detect(bytes)
    }

    /// Loads a component that [`Component::serialize_portable`] made.
    ///
    /// # Errors
    /// Those of [`Component::deserialize_raw`].
    ///
    /// # Safety
    /// That of [`Component::deserialize_raw`].
    pub unsafe fn deserialize_portable(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::from_prepared(engine, Bytes::Shared(bytes.as_ref().into()))
    }

    /// Loads a component that [`Component::serialize_portable`] made from where it lies: code is run, and data is read
    /// there. Code lies where it can be run if `memory` is aligned to eight bytes, the machine is the one that it was made
    /// for, and the engine has loaded no other; else it is copied function by function, when they are first called.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` for bytes that are none, of another version or for other settings, or damaged: a checksum
    /// tells. `ErrorKind::Unsupported` where this build or machine cannot run the code, with the reason.
    ///
    /// # Safety
    /// `memory` is there for as long as the engine, and does not change. It was made by
    /// [`Component::serialize_portable`]: code in it is run as it is, and is not validated.
    pub unsafe fn deserialize_raw(engine: &Engine, memory: NonNull<[u8]>) -> Result<Self> {
        // SAFETY: by contract; nothing that is made of the bytes outlives the engine.
        let bytes: &'static [u8] = unsafe { memory.as_ref() };
        Self::from_prepared(engine, Bytes::Static(bytes))
    }

    fn from_prepared(engine: &Engine, bytes: Bytes) -> Result<Self> {
        Self::from_image(engine, prepared::read(&bytes, internals::settings(engine).switches()?)?)
    }

    /// What an instance takes of memories and tables that the component's modules define; `None` where it instantiates a
    /// module that it imports.
    pub fn resources_required(&self) -> Option<ResourcesRequired> {
        let instantiated = self.plan().steps.iter().filter_map(|step| match step {
            Step::Instantiate(what) => Some(what),
            _ => None,
        });
        let modules = instantiated.map(|what| match what {
            Instantiate::Static { module, .. } => Some(&self.modules()[*module]),
            Instantiate::Import { .. } => None,
        });
        Some(internals::resources_required(modules.collect::<Option<Vec<_>>>()?.into_iter()))
    }

    /// The functions that its core modules define. O(functions + names).
    pub fn functions(&self) -> impl Iterator<Item = ModuleFunction> + '_ {
        self.modules().iter().flat_map(|(at, module)| internals::functions(module, at))
    }

    /// Where its binary lies in memory. (In Wasmtime: its native code.)
    pub fn image_range(&self) -> core::ops::Range<*const u8> {
        self.0.bytes.as_slice().as_ptr_range()
    }

    /// Does nothing: memories are filled by copying.
    ///
    /// # Errors
    /// None; Wasmtime's has some.
    pub fn initialize_copy_on_write_image(&self) -> Result<()> {
        Ok(())
    }

    /// Checks that bytes are a valid component, whether or not it can be run.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`, with the offset; `ErrorKind::Unsupported` where a core module in it uses a proposal that
    /// is off or not supported.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        parse::component(&internals::settings(engine).features, Bytes::Shared(bytes.into()), Trust::None).map(drop)
    }

    /// The engine.
    #[inline]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// How it is instantiated.
    pub(crate) fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// What it exports.
    #[inline]
    pub(crate) fn graph(&self) -> &ExportGraph {
        &self.0.graph
    }

    /// Its types.
    #[inline]
    pub(crate) fn types(&self) -> &Arc<TypeTable> {
        &self.0.types
    }

    /// Its core modules.
    pub(crate) fn modules(&self) -> &PrimaryMap<StaticModuleIndex, Module> {
        &self.0.modules
    }

    /// The batches of fused adapters, in the order of their steps.
    #[cfg(feature = "adapters")]
    pub(crate) fn adapter_batches(&self) -> &[AdapterBatch] {
        &self.0.adapters
    }

    /// The batch of adapters of a key: one that is in use, or a new one.
    ///
    /// # Errors
    /// Those of `write`, and what an eager compiler says.
    #[cfg(feature = "adapters")]
    pub(crate) fn seam(
        &self,
        key: SeamKey,
        write: impl FnOnce() -> Result<(batch::AdapterBatch, FuncTypes)>,
    ) -> Result<Arc<AdapterBatch>> {
        if let Some(known) = self.0.seams.with(|seams| seams.get(&key).and_then(Weak::upgrade)) {
            return Ok(known);
        }
        let (batch, func_types) = write()?;
        let (ids, held) = internals::intern_all(self.engine(), &func_types)?;
        // Nobody else's: this map has those that are shared.
        let module = Module::of_binary(self.engine(), batch.module, &ids, &held, Stamp::new().as_u64())?;
        module.loaded()?;
        let batch = Arc::try_new(AdapterBatch { module, imports: batch.imports })?;
        self.0.seams.with(|seams| {
            // Whoever was quicker is the one that all share.
            if let Some(known) = seams.get(&key).and_then(Weak::upgrade) {
                return Ok(known);
            }
            // Now and then what nobody uses any more is forgotten.
            if seams.len().is_power_of_two() {
                seams.retain(|_, batch| batch.strong_count() > 0);
            }
            seams.insert(key, Arc::downgrade(&batch));
            Ok(batch)
        })
    }

    /// A number that tells loaded components apart, also from those that come after. Clones share it.
    pub(crate) fn id(&self) -> u64 {
        self.0.stamp.as_u64()
    }

    /// Whether two handles are of one loaded component.
    #[inline]
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// The handle of an export, of the component itself or of an instance that it exports.
    ///
    /// `None` when there is no such name, or when `instance` is not an instance of this component's graph.
    pub fn get_export_index(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: impl ExportLookup,
    ) -> Option<ComponentExportIndex> {
        self.lookup(instance, &name).map(|index| self.graph().handle(index))
    }

    /// The index of an export of this component's graph.
    #[inline]
    pub(crate) fn lookup(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: &impl ExportLookup,
    ) -> Option<ExportIndex> {
        let graph = self.graph();
        let parent = match instance {
            Some(handle) => handle.of(graph)?,
            None => graph.root(),
        };
        name.lookup_in(graph, parent)
    }

    /// The component itself, as the instance that it will be.
    pub fn root(&self) -> ExportNode<'_> {
        ExportNode::root(self.graph())
    }

    /// The export of a handle.
    ///
    /// # Errors
    /// [`ExportError::Foreign`] when the handle is of another component's graph.
    pub fn node(&self, handle: ComponentExportIndex) -> Result<ExportNode<'_>, ExportError> {
        ExportNode::of(self.graph(), handle)
    }

    /// Explains what a path of export names resolves to; names are parted by `#`.
    ///
    /// # Examples
    /// `ns:pkg/iface@1.2.0#run` asks for `run` of the instance that `ns:pkg/iface@1.2.0` resolves to.
    #[cfg(feature = "inspect")]
    pub fn explain_export(&self, path: &str) -> Explanation {
        explain(self.graph(), path)
    }

    /// The entry of an index of this component's graph.
    #[inline]
    pub(crate) fn entry(&self, index: ExportIndex) -> &ExportEntry {
        &self.graph().entries()[index]
    }
}

impl core::fmt::Debug for Component {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Component").field("graph", &self.graph().id()).finish_non_exhaustive()
    }
}
