//! Types as an embedder looks at them: of values, functions, instances, components and modules.
//!
//! Everything here is a view: an index into a component's type table, and what its resource types stand for, which
//! depends on whether the component is loaded, linked or instantiated. Looking costs what it shows.

pub(crate) mod scope;
mod value;

pub use crate::abi::resource::ResourceType;
pub use value::{
    Case, Enum, Field, FixedLengthList, Flags, FutureType, List, Map, OptionType, Record, ResultType, StreamType,
    Tuple, Type, Variant,
};

use crate::abi::ComponentNamedList;
use crate::abi::cx::{InstanceType, ResourceBindings, ResourceTypes};
use crate::abi::handles::Handles;
use crate::component::{Component as Loaded, ExportLookup};
use alloc::vec::Vec;
use coracle_error::{Result, Told};
use coracle_image::export::{ComponentExportIndex, ExportEntry, ExportIndex};
use coracle_image::parse::names;
use coracle_image::plan::Attributes;
use coracle_image::strings::NameId;
use coracle_image::types::print::PrintFunc;
use coracle_image::types::{
    ComponentTypeIndex, FuncTypeIndex, InstanceTypeIndex, InterfaceType, ModuleTypeIndex, TypeDef,
};
use coracle_vm::embed::{ExternType, FuncType};
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use core::fmt;
use scope::Scope;

/// The type of a component function.
#[derive(Clone)]
pub struct ComponentFunc {
    scope: Scope,
    index: FuncTypeIndex,
}

/// The type of a core module.
#[derive(Clone)]
pub struct Module {
    scope: Scope,
    index: ModuleTypeIndex,
}

/// The type of a component instance.
#[derive(Clone)]
pub struct ComponentInstance {
    scope: Scope,
    index: InstanceTypeIndex,
}

/// The type of a component.
#[derive(Clone)]
pub struct Component {
    scope: Scope,
    /// `None` is the component that the scope is of.
    index: Option<ComponentTypeIndex>,
}

/// The type of something that can be imported or exported.
#[derive(Clone, Debug)]
pub enum ComponentItem {
    /// A component function.
    ComponentFunc(ComponentFunc),
    /// A core function.
    CoreFunc(FuncType),
    /// A core module.
    Module(Module),
    /// A component.
    Component(Component),
    /// A component instance.
    ComponentInstance(ComponentInstance),
    /// A value type.
    Type(Type),
    /// A resource type.
    Resource(ResourceType),
}

/// An import or export: its type, and what it says beside its name.
#[derive(Clone, Debug)]
pub struct ComponentExtern<'a> {
    /// Its type.
    pub ty: ComponentItem,
    /// The interface that it implements, where its name does not say so.
    pub implements: Option<&'a str>,
    /// A name in a foreign naming scheme.
    pub external_id: Option<&'a str>,
}

impl ComponentFunc {
    pub(crate) fn of(scope: &Scope, index: FuncTypeIndex) -> Self {
        Self { scope: scope.clone(), index }
    }

    pub(crate) fn bound(
        component: &Loaded,
        index: FuncTypeIndex,
        bindings: &ResourceBindings,
        handles: &Handles,
    ) -> Self {
        Self { scope: Scope::bound(component, bindings, handles), index }
    }

    /// Whether it is `async`.
    pub fn async_(&self) -> bool {
        self.scope.table()[self.index].is_async
    }

    /// Names and types of the parameters, in order.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, Type)> + '_ {
        let table = self.scope.table();
        let types = table.params(self.index);
        table[self.index]
            .param_names
            .iter()
            .zip(types)
            .map(move |(&name, &ty)| (table.name(name), Type::new(&self.scope, ty)))
    }

    /// The types of the results: one, or none.
    pub fn results(&self) -> impl ExactSizeIterator<Item = Type> + '_ {
        self.scope.table()[self.index].result.iter().map(|&ty| Type::new(&self.scope, ty))
    }

    /// Checks that Rust types stand for the parameters and the results. `cx` is of the component that this is of.
    ///
    /// # Errors
    /// `ErrorKind::Type`, naming the place and both types.
    pub fn typecheck<Params, Return>(&self, cx: &InstanceType<'_>) -> Result<()>
    where
        Params: ComponentNamedList,
        Return: ComponentNamedList,
    {
        let func = &cx.types[self.index];
        Params::typecheck(InterfaceType::Tuple(func.params), cx).told(|| "type mismatch with parameters")?;
        Return::typecheck(InterfaceType::Tuple(func.results), cx).told(|| "type mismatch with results")
    }
}

impl PartialEq for ComponentFunc {
    fn eq(&self, other: &Self) -> bool {
        self.async_() == other.async_() && self.params().eq(other.params()) && self.results().eq(other.results())
    }
}

impl Eq for ComponentFunc {}

impl Module {
    /// Both names and the type of each import, in order.
    pub fn imports<'a>(
        &'a self,
        engine: &'a Engine,
    ) -> impl ExactSizeIterator<Item = ((&'a str, &'a str), ExternType)> {
        let table = self.scope.table();
        table[self.index].imports.iter().map(move |(module, name, ty)| {
            ((table.name(*module), table.name(*name)), internals::extern_type(engine, ty))
        })
    }

    /// Name and type of each export, in order.
    pub fn exports<'a>(&'a self, engine: &'a Engine) -> impl ExactSizeIterator<Item = (&'a str, ExternType)> {
        let table = self.scope.table();
        table[self.index].exports.iter().map(move |(name, ty)| (table.name(*name), internals::extern_type(engine, ty)))
    }
}

impl Component {
    pub(crate) fn unlinked(component: &Loaded) -> Self {
        Self { scope: Scope::unlinked(component), index: None }
    }

    pub(crate) fn of(scope: &Scope) -> Self {
        Self { scope: scope.clone(), index: None }
    }

    /// Names and types of the imports, in order.
    pub fn imports<'a>(
        &'a self,
        _engine: &'a Engine,
    ) -> impl ExactSizeIterator<Item = (&'a str, ComponentExtern<'a>)> + 'a {
        let items: Vec<_> = match self.index {
            Some(index) => bare(&self.scope.table()[index].imports).collect(),
            None => {
                let imports = self.scope.component().plan().imports.values();
                imports.map(|import| (import.name, import.ty, import.attributes)).collect()
            }
        };
        items.into_iter().map(|(name, ty, attributes)| named(&self.scope, name, ty, attributes))
    }

    /// Names and types of the exports, in order.
    pub fn exports<'a>(
        &'a self,
        _engine: &'a Engine,
    ) -> impl ExactSizeIterator<Item = (&'a str, ComponentExtern<'a>)> + 'a {
        let items: Vec<_> = match self.index {
            Some(index) => bare(&self.scope.table()[index].exports).collect(),
            None => {
                let graph = self.scope.component().graph();
                let members = match &graph.entries()[graph.root()] {
                    ExportEntry::Instance { members, .. } => Some(members),
                    _ => None,
                };
                let members = members.into_iter().flat_map(|members| members.iter());
                members.map(|(name, m)| (name, graph.entries()[m.export].type_def(), m.attributes)).collect()
            }
        };
        items.into_iter().map(|(name, ty, attributes)| named(&self.scope, name, ty, attributes))
    }

    /// The import of exactly this name.
    pub fn get_import<'a>(&'a self, engine: &'a Engine, name: &str) -> Option<ComponentExtern<'a>> {
        self.imports(engine).find(|(other, _)| *other == name).map(|(_, item)| item)
    }

    /// The export that this name resolves to, by the rule for versions.
    pub fn get_export<'a>(&'a self, engine: &'a Engine, name: &str) -> Option<ComponentExtern<'a>> {
        if self.index.is_some() {
            return self.exports(engine).find(|(other, _)| *other == name).map(|(_, item)| item);
        }
        let graph = self.scope.component().graph();
        let ExportEntry::Instance { members, .. } = &graph.entries()[graph.root()] else { return None };
        let member = members.get(self.scope.table().names(), name)?;
        Some(self.scope.external(graph.entries()[member.export].type_def(), member.attributes))
    }

    /// The component's types as type checks take them.
    pub fn instance_type(&self) -> InstanceType<'_> {
        self.scope.instance_type()
    }
}

impl Loaded {
    /// The type and the handle of an export.
    ///
    /// `None` as with [`Component::get_export_index`](Loaded::get_export_index), which is cheaper.
    pub fn get_export(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: impl ExportLookup,
    ) -> Option<(ComponentItem, ComponentExportIndex)> {
        let index = self.lookup(instance, &name)?;
        Some((ComponentItem::unlinked(self, index), self.graph().handle(index)))
    }

    /// What it imports and exports, before linking.
    pub fn component_type(&self) -> Component {
        Component::unlinked(self)
    }
}

impl ComponentInstance {
    /// Names and types of the exports, in order.
    pub fn exports<'a>(&'a self, _engine: &'a Engine) -> impl ExactSizeIterator<Item = (&'a str, ComponentExtern<'a>)> {
        let exports = self.scope.table()[self.index].exports.iter();
        exports.map(|&(name, ty)| named(&self.scope, name, ty, Attributes::default()))
    }

    /// The export of exactly this name.
    pub fn get_export<'a>(&'a self, engine: &'a Engine, name: &str) -> Option<ComponentExtern<'a>> {
        self.exports(engine).find(|(other, _)| *other == name).map(|(_, item)| item)
    }
}

impl ComponentExtern<'_> {
    /// Whether its annotation says that it implements the interface `name`, in this version or in one of its track.
    pub fn is_implements(&self, name: &str) -> bool {
        self.implements.is_some_and(|implements| names::compatible(implements, name))
    }
}

impl ComponentItem {
    /// The type of an entry of a component's export graph, in an instance.
    pub(crate) fn bound(
        component: &Loaded,
        index: ExportIndex,
        bindings: &ResourceBindings,
        handles: &Handles,
    ) -> Self {
        let ty = component.graph().entries()[index].type_def();
        Self::of(&Scope::bound(component, bindings, handles), ty)
    }

    /// The same, before linking.
    pub(crate) fn unlinked(component: &Loaded, index: ExportIndex) -> Self {
        Self::of(&Scope::unlinked(component), component.graph().entries()[index].type_def())
    }

    fn of(scope: &Scope, ty: TypeDef) -> Self {
        let scope = scope.clone();
        match ty {
            TypeDef::Func(index) | TypeDef::FuncType(index) => Self::ComponentFunc(ComponentFunc { scope, index }),
            TypeDef::Instance(index) | TypeDef::InstanceType(index) => {
                Self::ComponentInstance(ComponentInstance { scope, index })
            }
            TypeDef::Component(index) | TypeDef::ComponentType(index) => {
                Self::Component(Component { scope, index: Some(index) })
            }
            TypeDef::Module(index) => Self::Module(Module { scope, index }),
            TypeDef::Interface(ty) => Self::Type(Type::new(&scope, ty)),
            TypeDef::Resource(index) => Self::Resource(scope.resource_type(index)),
        }
    }
}

impl Scope {
    fn external(&self, ty: TypeDef, attributes: Attributes) -> ComponentExtern<'_> {
        let text = |id: Option<NameId>| id.map(|id| self.table().name(id));
        ComponentExtern {
            ty: ComponentItem::of(self, ty),
            implements: text(attributes.implements),
            external_id: text(attributes.external_id),
        }
    }
}

fn named(scope: &Scope, name: NameId, ty: TypeDef, attributes: Attributes) -> (&str, ComponentExtern<'_>) {
    (scope.table().name(name), scope.external(ty, attributes))
}

fn bare(items: &[(NameId, TypeDef)]) -> impl Iterator<Item = (NameId, TypeDef, Attributes)> {
    items.iter().map(|&(name, ty)| (name, ty, Attributes::default()))
}

impl fmt::Debug for ComponentFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&PrintFunc(self.scope.table(), self.index), f)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("core module")
    }
}

impl fmt::Debug for ComponentInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("instance")
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("component")
    }
}
