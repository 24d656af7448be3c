//! `Plan`: what instantiating a component does, as a straight list of steps. Data and printer only.
//!
//! `flatten` runs all nested instantiations once, abstractly; what has an effect at run time is left here, in the
//! order in which it happens. Nesting, aliases and names are gone: everything is an index. A runtime walks
//! [`Plan::steps`] once and never looks back.
//!
//! # What a runtime must do
//! Before the first step:
//! - make one state (handle table, `may_leave`) per entry of [`Plan::component_instances`];
//! - bind every [`RuntimeImportIndex`] to what the linker resolved: a host function, a core module, a resource type;
//! - bind every imported resource of [`Plan::resources`] to its import's type. Defined ones get a fresh identity, at
//!   their [`Step::DefineResource`] or before;
//! - make a core function for each entry of [`Plan::trampolines`]. Trampolines need no step: all that they refer to is
//!   either bound already or looked up when they are called, which no code can do before it exists.
//!
//! Then, per [`Step`], in order; a failure (a trap in a start function, a limit) ends the instantiation. A
//! [`CoreDef`] in a step always refers to something that an earlier step made.
//!
//! # Invariants
//! - Frozen when `flatten` returns. `Step::Instantiate` number *n* makes [`RuntimeInstanceIndex`] *n*, and so on for
//!   every extracted space: runtimes may push instead of store.
//! - Memories, functions and tables are extracted at most once per distinct definition, and options are interned, so
//!   equal indices are equal things.

pub mod print;

use crate::arena::PrimaryMap;
use crate::codec;
use crate::module::EntityIndex;
use crate::strings::NameId;
use crate::types::{CoreSig, FlatType, FuncTypeIndex, Ptr, ResourceIndex, TypeDef, TypeTable};
use alloc::boxed::Box;
use alloc::vec::Vec;

crate::entity! {
    /// An import of the root component, as declared.
    ImportIndex = "import";
    /// A single thing that the plan takes from the imports: a function, module or resource, at any depth.
    RuntimeImportIndex = "item";
    /// A core module that lies in the component's binary.
    StaticModuleIndex = "module";
    /// A core instance that the plan makes.
    RuntimeInstanceIndex = "instance";
    /// A component instance that the plan makes: the root is 0.
    RuntimeComponentInstanceIndex = "component";
    /// A memory that canonical options refer to.
    RuntimeMemoryIndex = "memory";
    /// A core function that canonical options refer to: `realloc`, `post-return`, `callback`.
    RuntimeFuncIndex = "func";
    /// A set of canonical options.
    OptionsIndex = "options";
    /// A core function that the runtime provides: a lowered import or a resource builtin.
    TrampolineIndex = "trampoline";
    /// A fused adapter between two component instances.
    AdapterIndex = "adapter";
}

impl RuntimeComponentInstanceIndex {
    /// The root component's instance.
    pub const ROOT: Self = Self::from_u32(0);
}

/// How to instantiate a component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The root's imports, as declared; all of them are type-checked by the linker.
    pub imports: PrimaryMap<ImportIndex, RootImport>,
    /// What the plan takes out of them.
    pub runtime_imports: PrimaryMap<RuntimeImportIndex, RuntimeImport>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Component instances, parents before children.
    pub component_instances: PrimaryMap<RuntimeComponentInstanceIndex, ComponentInstanceInfo>,
    /// Resource types: all imported ones, then those that are defined.
    pub resources: PrimaryMap<ResourceIndex, ResourceOrigin>,
    /// Canonical options.
    pub options: PrimaryMap<OptionsIndex, CanonOptions>,
    /// Core functions that the runtime provides.
    pub trampolines: PrimaryMap<TrampolineIndex, Trampoline>,
    /// Fused adapters.
    pub adapters: PrimaryMap<AdapterIndex, AdapterSpec>,
    /// How many core instances the steps make.
    pub num_instances: u32,
    /// How many memories the steps extract.
    pub num_memories: u32,
    /// How many functions the steps extract.
    pub num_funcs: u32,
}

/// An import of the root component.
#[derive(Clone, Debug, PartialEq)]
pub struct RootImport {
    /// Its name: a string of the type table's pool.
    pub name: NameId,
    /// Its type. Imports of types that are not resources need nothing from the linker.
    pub ty: TypeDef,
    /// What its name does not say.
    pub attributes: Attributes,
}

/// What an import or export says about itself beside its name and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Attributes {
    /// The interface that it implements, where its name does not say so.
    pub implements: Option<NameId>,
    /// What was cut from the version in a canonical interface name.
    pub version_suffix: Option<NameId>,
    /// A name in a foreign naming scheme.
    pub external_id: Option<NameId>,
}

/// A function, module or resource of a root import.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuntimeImport {
    /// The import.
    pub import: ImportIndex,
    /// The way into it: names of instance exports, outermost first; empty for the import itself.
    pub path: Box<[NameId]>,
    /// What it is: `Func`, `Module` or `Resource`.
    pub ty: TypeDef,
}

/// One effect of an instantiation.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Instantiate a core module and run its start function, with `may_leave` as it is.
    ///
    /// Makes the next [`RuntimeInstanceIndex`].
    Instantiate(Instantiate),
    /// Take a memory out of an instance. Makes the next [`RuntimeMemoryIndex`].
    ExtractMemory(CoreExport),
    /// Take a function that canonical options name. Makes the next [`RuntimeFuncIndex`].
    ExtractFunc(CoreDef),
    /// From here on the resource has its destructor, [`ResourceOrigin::Defined::dtor`], and can be made.
    DefineResource(ResourceIndex),
    /// Make core functions of the adapters from `first` up to, not including, `end`: one batch. What they refer to
    /// exists by now; no adapter of a batch has another one of the same batch as its callee.
    Adapters {
        /// The first of the batch.
        first: AdapterIndex,
        /// The one behind the last of the batch.
        end: AdapterIndex,
    },
}

/// Which core module to instantiate, and with what.
#[derive(Clone, Debug, PartialEq)]
pub enum Instantiate {
    /// A module of the component itself.
    Static {
        /// The component instance that it is part of.
        owner: RuntimeComponentInstanceIndex,
        /// The module.
        module: StaticModuleIndex,
        /// One definition per import of the module, in the module's order.
        args: Box<[CoreDef]>,
    },
    /// An imported module. Its imports are in an order that only the linked module tells, so they come by name.
    Import {
        /// The component instance that it is part of.
        owner: RuntimeComponentInstanceIndex,
        /// The module.
        module: RuntimeImportIndex,
        /// Both names of an import, and what to give for it.
        args: Box<[(NameId, NameId, CoreDef)]>,
    },
}

/// A core item that exists at run time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoreDef {
    /// An export of a core instance.
    Export(CoreExport),
    /// A function of the runtime's.
    Trampoline(TrampolineIndex),
    /// A fused adapter.
    Adapter(AdapterIndex),
}

/// An export of a core instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoreExport {
    /// The instance.
    pub instance: RuntimeInstanceIndex,
    /// Which of its items.
    pub item: ExportItem,
}

/// How an export of a core instance is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExportItem {
    /// Of an instance of a static module: by its place in the module's index space.
    Index(EntityIndex),
    /// Of an instance of an imported module: by name.
    Name(NameId),
}

/// A component instance.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentInstanceInfo {
    /// The instance that instantiated it; none for the root.
    pub parent: Option<RuntimeComponentInstanceIndex>,
}

/// Where a resource type comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ResourceOrigin {
    /// From the host.
    Imported(RuntimeImportIndex),
    /// From a component instance of the plan.
    Defined {
        /// The instance that implements it: its handles to it are representations when borrowed.
        instance: RuntimeComponentInstanceIndex,
        /// The core type of its representation: `i32` unless 64-bit memories are on.
        rep: FlatType,
        /// The destructor: a core function of one `rep`.
        dtor: Option<CoreDef>,
    },
    /// A type parameter of a component type that is only described; never bound.
    Abstract,
}

/// How strings lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum StringEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-16, little-endian.
    Utf16,
    /// Latin-1 or UTF-16, told by the top bit of the length.
    CompactUtf16,
}

impl StringEncoding {
    /// The name in the text format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Utf16 => "utf16",
            Self::CompactUtf16 => "latin1+utf16",
        }
    }
}

/// Canonical options of a lift or lower, resolved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonOptions {
    /// The component instance that the `canon` definition is in: its handle table, its flags.
    pub instance: RuntimeComponentInstanceIndex,
    /// How its strings are encoded.
    pub encoding: StringEncoding,
    /// Its memory.
    pub memory: Option<RuntimeMemoryIndex>,
    /// The width of addresses in that memory.
    pub ptr: Ptr,
    /// Its allocator: `(old, old_size, align, new_size) -> ptr`.
    pub realloc: Option<RuntimeFuncIndex>,
    /// What to call with the core results when they have been lifted.
    pub post_return: Option<RuntimeFuncIndex>,
}

/// A core function that the runtime provides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trampoline {
    /// `canon lower` of an imported function. Its signature is [`FuncAbi::lower`](crate::types::FuncAbi::lower).
    LowerImport {
        /// The imported function.
        import: RuntimeImportIndex,
        /// Its type.
        ty: FuncTypeIndex,
        /// How the caller passes values.
        options: OptionsIndex,
    },
    /// `canon resource.new`: `(rep) -> handle`.
    ResourceNew {
        /// The resource type.
        resource: ResourceIndex,
        /// The instance whose table gets the handle.
        instance: RuntimeComponentInstanceIndex,
    },
    /// `canon resource.rep`: `(handle) -> rep`.
    ResourceRep {
        /// The resource type.
        resource: ResourceIndex,
        /// The instance whose table has the handle.
        instance: RuntimeComponentInstanceIndex,
    },
    /// `canon resource.drop`: `(handle)`.
    ResourceDrop {
        /// The resource type.
        resource: ResourceIndex,
        /// The instance whose table has the handle.
        instance: RuntimeComponentInstanceIndex,
    },
}

/// A guest-to-guest call: one `canon lift` met by one `canon lower`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdapterSpec {
    /// The core function that was lifted.
    pub callee: CoreDef,
    /// The type that it was lifted to. Its core signature is [`FuncAbi::lift`](crate::types::FuncAbi::lift).
    pub lift_ty: FuncTypeIndex,
    /// How the callee passes values; `instance` is the callee's.
    pub lift: OptionsIndex,
    /// The type that it is lowered from: equal to `lift_ty` but perhaps for names. The adapter's own core signature is
    /// [`FuncAbi::lower`](crate::types::FuncAbi::lower).
    pub lower_ty: FuncTypeIndex,
    /// How the caller passes values; `instance` is the caller's.
    pub lower: OptionsIndex,
}

impl Plan {
    /// The signature of a trampoline.
    pub fn trampoline_sig(&self, types: &TypeTable, index: TrampolineIndex) -> CoreSig {
        let handle = FlatType::I32;
        match self.trampolines[index] {
            Trampoline::LowerImport { ty, options, .. } => types[ty].abi(self.options[options].ptr).lower,
            Trampoline::ResourceNew { resource, .. } => CoreSig::new(&[self.rep(resource)], Some(handle)),
            Trampoline::ResourceRep { resource, .. } => CoreSig::new(&[handle], Some(self.rep(resource))),
            Trampoline::ResourceDrop { .. } => CoreSig::new(&[handle], None),
        }
    }

    /// The signature of an adapter.
    pub fn adapter_sig(&self, types: &TypeTable, index: AdapterIndex) -> CoreSig {
        let spec = &self.adapters[index];
        types[spec.lower_ty].abi(self.options[spec.lower].ptr).lower
    }

    /// The core type of a resource's representation.
    pub fn rep(&self, resource: ResourceIndex) -> FlatType {
        match self.resources[resource] {
            ResourceOrigin::Defined { rep, .. } => rep,
            ResourceOrigin::Imported(_) | ResourceOrigin::Abstract => FlatType::I32,
        }
    }
}

codec::indices! {
    ImportIndex RuntimeImportIndex StaticModuleIndex RuntimeInstanceIndex RuntimeComponentInstanceIndex RuntimeMemoryIndex
    RuntimeFuncIndex OptionsIndex TrampolineIndex AdapterIndex
}

codec::record! {
    Plan {
        imports, runtime_imports, steps, component_instances, resources, options, trampolines, adapters, num_instances,
        num_memories, num_funcs,
    }
    RootImport { name, ty, attributes }
    Attributes { implements, version_suffix, external_id }
    RuntimeImport { import, path, ty }
    CoreExport { instance, item }
    ComponentInstanceInfo { parent }
    CanonOptions { instance, encoding, memory, ptr, realloc, post_return }
    AdapterSpec { callee, lift_ty, lift, lower_ty, lower }
}

codec::choice! {
    Step {
        0 = Instantiate(what), 1 = ExtractMemory(export), 2 = ExtractFunc(func), 3 = DefineResource(resource),
        4 = Adapters { first, end },
    }
    Instantiate { 0 = Static { owner, module, args }, 1 = Import { owner, module, args } }
    CoreDef { 0 = Export(export), 1 = Trampoline(index), 2 = Adapter(index) }
    ExportItem { 0 = Index(index), 1 = Name(name) }
    ResourceOrigin { 0 = Imported(import), 1 = Defined { instance, rep, dtor }, 2 = Abstract }
    StringEncoding { 0 = Utf8, 1 = Utf16, 2 = CompactUtf16 }
    Trampoline {
        0 = LowerImport { import, ty, options }, 1 = ResourceNew { resource, instance },
        2 = ResourceRep { resource, instance }, 3 = ResourceDrop { resource, instance },
    }
}
