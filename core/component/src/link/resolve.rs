//! Finds every import of a component in a linker, and checks that it is what is asked for.

use crate::abi::check::{TypeText, func_text};
use crate::abi::cx::{InstanceType, ResourceTypes};
use crate::abi::resource::ResourceType;
use crate::component::Component;
use crate::host_function::{HostDtor, HostFunction};
use crate::link::definition::{Definition, Definitions, names};
use crate::link::found::{Found, Nodes};
use crate::link::missing::{MOST_COMPARED, MissingImport, MissingImports};
use crate::link::near::near;
use crate::link::pre::{CoreFuncs, Edge, Linked, Node, NodeKey, Pre, may_wait};
use crate::link::seam;
use crate::reflect::scope::Scope;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use coracle_error::fallible::collect;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result, Wording};
use coracle_image::arena::PrimaryMap;
use coracle_image::export::ExportEntry;
use coracle_image::keyed::KeyMap;
use coracle_image::module::EntityIndex;
use coracle_image::parse::names::NameMap;
use coracle_image::plan::{ResourceOrigin, RuntimeImport};
use coracle_image::strings::{NameId, StringPool};
use coracle_image::types::same::{MetTypes, SameTypes};
use coracle_image::types::{
    ExternType, FuncTypeIndex, InstanceTypeIndex, InterfaceType, ModuleTypeIndex, ResourceIndex, TypeDef, TypeTable,
};
use coracle_vm::internals::{self, global_fault, memory_fault, table_fault};
use coracle_vm::module::Module;
use coracle_vm::stamp::Stamp;

/// Resolves all imports of a component.
pub(crate) fn resolve(definitions: &Definitions, component: &Component) -> Result<Arc<Pre>> {
    let plan = component.plan();
    let types = component.types();
    let mut check = Check {
        strings: &definitions.strings,
        types,
        component,
        resources: plan.resources.keys().map(|_| None).collect(),
        nodes: Nodes::default(),
        edges: Vec::new(),
        met: KeyMap::new(),
        missing: Vec::new(),
    };
    for import in plan.imports.values() {
        let name = types.name(import.name);
        let found = Found::get(&definitions.root, &definitions.strings, name);
        if found.is_none() && !check.needs_nothing(import.ty) {
            check.miss(|| names(&definitions.strings, &definitions.root), None, name, import.ty);
            continue;
        }
        let way = &mut Way { names: collect([import.name])?, linked: false };
        if let Err(error) = check.item(found, import.ty, name, way) {
            // What does not fit may not fit for want of what is missing.
            return Err(MissingImports::error(check.missing).unwrap_or(error));
        }
    }
    let Check { mut resources, mut nodes, edges, missing, .. } = check;
    if let Some(error) = MissingImports::error(missing) {
        return Err(error);
    }
    let stamp = Stamp::new();
    for (index, _) in plan.resources.iter().filter(|(_, origin)| matches!(origin, ResourceOrigin::Defined { .. })) {
        resources[index] = Some(ResourceType::uninstantiated(stamp.as_u64(), index));
    }
    let mut imports = PrimaryMap::with_room(plan.runtime_imports.len())?;
    for import in plan.runtime_imports.values() {
        imports.push(linked(definitions, component, import, &mut nodes)?);
    }
    let nodes = nodes.finish();
    let crossings = seam::crossings(component, &imports, &nodes)?;
    let funcs = CoreFuncs::new(component, &imports)?;
    let types = Scope::linked(component, &resources)?;
    let named = Pre::named_exports(component)?;
    let may_wait = may_wait(&imports, &nodes);
    let (component, imports, funcs) = (component.clone(), Arc::try_new(imports)?, Arc::try_new(funcs)?);
    let edges = Arc::try_from_vec(edges)?;
    Arc::try_new(Pre { stamp, component, imports, nodes, edges, crossings, resources, types, funcs, named, may_wait })
}

/// What the way to a function, module or resource leads to. It was checked to be there.
fn linked(
    definitions: &Definitions,
    component: &Component,
    import: &RuntimeImport,
    nodes: &mut Nodes,
) -> Result<Linked> {
    let (types, plan) = (component.types(), component.plan());
    let root = types.name(plan.imports[import.import].name);
    let mut at = Found::get(&definitions.root, &definitions.strings, root);
    for &name in &import.path {
        at = at.and_then(|found| found.member(&definitions.strings, types.name(name)));
    }
    let linked = at.map(|found| found.linked(nodes)).transpose()?.flatten();
    linked
        .ok_or_else(|| coracle_error::bug!("import `{root}` was found when it was checked, and not when it was taken"))
}

struct Check<'a> {
    strings: &'a StringPool,
    types: &'a TypeTable,
    component: &'a Component,
    resources: PrimaryMap<ResourceIndex, Option<ResourceType>>,
    nodes: Nodes,
    edges: Vec<Edge>,
    /// Which types of the component are the same as types of a node.
    met: KeyMap<NodeKey, MetTypes>,
    /// What was not found so far.
    missing: Vec<MissingImport>,
}

/// The way to an import.
struct Way {
    names: Vec<NameId>,
    /// Whether what it leads to lies in an export of another component.
    linked: bool,
}

/// The identities of imported resources as far as they are known.
struct LinkedResources<'a> {
    component: &'a Component,
    resources: &'a PrimaryMap<ResourceIndex, Option<ResourceType>>,
}

impl ResourceTypes for LinkedResources<'_> {
    fn resource_type(&self, index: ResourceIndex) -> ResourceType {
        self.resources[index].unwrap_or_else(|| ResourceType::uninstantiated(self.component.id(), index))
    }
}

impl Check<'_> {
    /// Checks one import, or one member of an imported instance; `path` says which.
    fn item(&mut self, found: Option<Found<'_>>, want: TypeDef, path: &str, way: &mut Way) -> Result<()> {
        let before = way.linked;
        if let (Some(Found::Export(node, export, _)), false) = (found, before) {
            internals::check_engine(self.component.engine(), node.pre.component.engine())
                .map_err(|error| error.told(coracle_error::wording!("import `{path}`")))?;
            let node = self.nodes.add(node);
            self.edges.push(Edge { import: way.names.as_slice().into(), node, export });
            way.linked = true;
        }
        let result = self.fits(found, want, path, way);
        way.linked = before;
        result
    }

    fn fits(&mut self, found: Option<Found<'_>>, want: TypeDef, path: &str, way: &mut Way) -> Result<()> {
        let entry = found.and_then(Found::entry);
        match (want, found) {
            (_, Some(Found::Defined(Definition::Given))) => Ok(()),
            (TypeDef::Func(ty), Some(Found::Defined(Definition::Func(func)))) => {
                let resources = LinkedResources { component: self.component, resources: &self.resources };
                func.check(ty, &InstanceType { types: self.types, resources: &resources }).map_err(|error| {
                    error.as_fault(
                        ErrorKind::Link,
                        coracle_error::wording!(
                            "component imports {} `{path}`, but a matching implementation was not found in the linker",
                            want.desc()
                        ),
                    )
                })
            }
            (TypeDef::Module(ty), Some(found)) if found.module().is_some() => {
                let module = found.module().ok_or_else(|| coracle_error::bug!("a module was just found"))?;
                internals::check_engine(self.component.engine(), module.engine())
                    .and_then(|()| module_fits(self.types, ty, module))
                    .map_err(|error| error.told(coracle_error::wording!("import `{path}`")))
            }
            (TypeDef::Resource(index), Some(Found::Defined(Definition::Resource(ty, _)))) => {
                self.bind(index, *ty, path)
            }
            // A resource that is known by another name already need not be defined again.
            (TypeDef::Resource(index), None) if self.resources[index].is_some() => Ok(()),
            (TypeDef::Instance(ty), Some(found)) if found.is_instance() => self.members(found, ty, path, way),
            (TypeDef::Component(_), _) => Err(Error::fault(
                ErrorKind::Unsupported,
                coracle_error::wording!("component import `{path}`: importing a component is not supported"),
            )),
            (want, Some(found)) => match (want, entry) {
                (TypeDef::Func(want), Some((node, &ExportEntry::Func { ty, .. }))) => {
                    self.same_func(want, node, ty, path)
                }
                (TypeDef::Resource(index), Some((node, &ExportEntry::Resource(resource)))) => {
                    self.bind(index, node.resource_type(resource), path)
                }
                (TypeDef::Interface(want), Some((node, &ExportEntry::Type(TypeDef::Interface(ty))))) => {
                    self.same_type(want, node, ty, path)
                }
                (want, _) if self.needs_nothing(want) => Ok(()),
                (want, _) => Err(link_error(coracle_error::wording!(
                    "import `{path}`: expected {} found {}",
                    want.desc(),
                    found.desc()
                ))),
            },
            (_, None) => Ok(()),
        }
    }

    /// Checks that an instance has the members of an instance type.
    fn members(&mut self, found: Found<'_>, ty: InstanceTypeIndex, path: &str, way: &mut Way) -> Result<()> {
        for &(id, ty) in &self.types[ty].exports {
            let name = self.types.name(id);
            let member = found.member(self.strings, name);
            if member.is_none() && !self.needs_nothing(ty) {
                let whose = path.split_once('#').map_or(path, |(instance, _)| instance);
                self.miss(|| found.names(self.strings), Some(whose), name, ty);
                continue;
            }
            way.names.push(id);
            self.item(member, ty, &[path, "#", name].concat(), way)?;
            way.names.pop();
        }
        Ok(())
    }

    /// From here on, an imported resource type is this one.
    fn bind(&mut self, index: ResourceIndex, ty: ResourceType, path: &str) -> Result<()> {
        match self.resources[index] {
            Some(bound) if bound != ty => Err(link_error(coracle_error::wording!(
                "import `{path}`: resource type mismatch: the same resource was given as another type"
            ))),
            _ => {
                self.resources[index] = Some(ty);
                Ok(())
            }
        }
    }

    /// Checks that a function of a node is of the type that the component imports it at.
    fn same_func(&mut self, want: FuncTypeIndex, node: &Node, found: FuncTypeIndex, path: &str) -> Result<()> {
        let theirs = node.pre.component.types();
        if self.compare(node, |same| same.funcs(want, found)) {
            return Ok(());
        }
        Err(mismatch(path, &func_text(self.types, want), &func_text(theirs, found)))
    }

    /// Checks that a type of a node is the one that the component imports.
    fn same_type(&mut self, want: InterfaceType, node: &Node, found: InterfaceType, path: &str) -> Result<()> {
        let theirs = node.pre.component.types();
        if self.compare(node, |same| same.types(want, found)) {
            return Ok(());
        }
        let text = |types, ty| TypeText::new(types, ty).to_string();
        Err(mismatch(path, &text(self.types, want), &text(theirs, found)))
    }

    /// Compares types of the component with types of a node.
    fn compare<'b>(
        &'b mut self,
        node: &'b Node,
        compare: impl FnOnce(&mut SameTypes<'_, &dyn Fn(ResourceIndex, ResourceIndex) -> bool>) -> bool,
    ) -> bool {
        let ours = &self.resources;
        let resources = |a: ResourceIndex, b| ours[a] == Some(node.resource_type(b));
        let met = self.met.entry(node.key()).or_default();
        compare(&mut SameTypes { tables: [self.types, node.pre.component.types()], resources: &resources, met })
    }

    /// Whether a type is only a name for something, or a resource that is known already.
    fn needs_nothing(&self, ty: TypeDef) -> bool {
        match ty {
            TypeDef::Interface(_) | TypeDef::FuncType(_) | TypeDef::InstanceType(_) | TypeDef::ComponentType(_) => true,
            TypeDef::Resource(index) => self.resources[index].is_some(),
            // An instance of nothing but types need not be there at all.
            TypeDef::Instance(index) => self.types[index].exports.iter().all(|&(_, ty)| self.needs_nothing(ty)),
            TypeDef::Func(_) | TypeDef::Module(_) | TypeDef::Component(_) => false,
        }
    }

    /// Notes that nothing was found for an import, of the component or of an instance.
    #[cold]
    fn miss(&mut self, offers: impl FnOnce() -> Vec<String>, instance: Option<&str>, name: &str, want: TypeDef) {
        let near = if self.missing.len() < MOST_COMPARED { near(name, offers) } else { Vec::new() };
        let instance = instance.map(ToString::to_string);
        self.missing.push(MissingImport::new(instance, name.to_string(), want.desc(), near));
    }
}

/// The error for an export of another type than the import has.
#[cold]
fn mismatch(path: &str, want: &str, found: &str) -> Error {
    let more = if want == found { "; they differ in a resource type, or deeper than is shown" } else { "" };
    link_error(coracle_error::wording!(
        "import `{path}`: type mismatch: the component imports `{want}`, the export is `{found}`{more}"
    ))
}

#[cold]
fn link_error(message: Wording) -> Error {
    Error::fault(ErrorKind::Link, message)
}

/// Checks that a module imports no more, and exports no less, than a module type says.
fn module_fits(types: &TypeTable, ty: ModuleTypeIndex, module: &Module) -> Result<()> {
    let want = &types[ty];
    let data = module.data();
    for (name, ty) in &want.exports {
        let name = types.name(*name);
        let Some(found) = data.exports.get(name) else {
            return Err(link_error(coracle_error::wording!("module export `{name}` is missing")));
        };
        if let Some(fault) = fault(ty, &extern_type(module, found)) {
            return Err(link_error(coracle_error::wording!("module export `{name}`: {fault}")));
        }
    }
    for import in &data.imports {
        let key = (types.names().lookup(&import.module), types.names().lookup(&import.name));
        let found = want.imports.iter().find(|(module, name, _)| (Some(*module), Some(*name)) == key);
        let Some((_, _, ty)) = found else {
            return Err(link_error(coracle_error::wording!(
                "module import `{}::{}` is not given",
                import.module,
                import.name
            )));
        };
        if let Some(fault) = fault(&extern_type(module, import.item), ty) {
            return Err(link_error(coracle_error::wording!(
                "module import `{}::{}`: {fault}",
                import.module,
                import.name
            )));
        }
    }
    Ok(())
}

/// Defines every function and resource that a component imports and nothing provides, so that calls of it trap.
pub(crate) fn define_unknown_as_traps(definitions: &mut Definitions, component: &Component) -> Result<()> {
    let known = component.plan().resources.keys().map(|_| false).collect();
    let mut stubs = Stubs { types: component.types(), strings: &mut definitions.strings, known };
    for import in component.plan().imports.values() {
        let name = component.types().name(import.name);
        stubs.fill(&mut definitions.root, name, import.ty, name)?;
    }
    Ok(())
}

/// What stands for imports that nobody provides.
struct Stubs<'a> {
    types: &'a TypeTable,
    strings: &'a mut StringPool,
    /// Which resources an import before this one provides: those that `use` one import it once more, and it must not be
    /// another one then.
    known: PrimaryMap<ResourceIndex, bool>,
}

impl Stubs<'_> {
    /// Defines what there is not of an item called `name`.
    fn fill(&mut self, map: &mut NameMap<Definition>, name: &str, ty: TypeDef, path: &str) -> Result<()> {
        let found = map.get(self.strings, name);
        if let TypeDef::Resource(index) = ty
            && core::mem::replace(&mut self.known[index], true)
        {
            return Ok(());
        }
        let definition = match (ty, found) {
            // What another component exports is as it is.
            (TypeDef::Instance(_), Some(Definition::Export(..))) => return Ok(()),
            (TypeDef::Instance(index), found) => {
                let mut inner = match found {
                    Some(Definition::Instance(inner)) => inner.clone(),
                    _ => NameMap::default(),
                };
                let types = self.types;
                for &(member, ty) in &types[index].exports {
                    let member = types.name(member);
                    self.fill(&mut inner, member, ty, &[path, "#", member].concat())?;
                }
                Definition::Instance(inner)
            }
            (_, Some(_)) => return Ok(()),
            (TypeDef::Func(_), None) => Definition::Func(Arc::try_new(HostFunction::unknown(path.to_string())?)?),
            (TypeDef::Resource(index), None) => {
                Definition::Resource(ResourceType::host_dynamic(index.as_u32()), Arc::try_new(HostDtor::none())?)
            }
            (TypeDef::Module(_) | TypeDef::Component(_), None) => {
                let message = coracle_error::wording!("unable to define {} import `{path}` as a trap", ty.desc());
                return Err(Error::fault(ErrorKind::Unsupported, message));
            }
            _ => return Ok(()),
        };
        let name = self.strings.intern(name);
        map.insert(self.strings, name, None, definition, true)
    }
}

/// The type of an item of a module.
fn extern_type(module: &Module, item: EntityIndex) -> ExternType {
    let data = module.data();
    match item {
        EntityIndex::Func(index) => ExternType::Func(data.funcs[index]),
        EntityIndex::Table(index) => ExternType::Table(data.tables[index]),
        EntityIndex::Memory(index) => ExternType::Memory(data.memories[index]),
        EntityIndex::Global(index) => ExternType::Global(data.globals[index]),
        EntityIndex::Tag(index) => ExternType::Tag(data.tags[index]),
    }
}

/// Why an item of type `found` cannot be used as one of type `want`, if it cannot.
fn fault(want: &ExternType, found: &ExternType) -> Option<Wording> {
    match (*want, *found) {
        (ExternType::Func(want), ExternType::Func(found)) | (ExternType::Tag(want), ExternType::Tag(found)) => {
            (want != found).then(|| "its signature is another one".into())
        }
        (ExternType::Table(want), ExternType::Table(found)) => table_fault(want, found, found.min),
        (ExternType::Memory(want), ExternType::Memory(found)) => memory_fault(want, found, found.min),
        (ExternType::Global(want), ExternType::Global(found)) => global_fault(want, found),
        _ => Some("it is of another kind".into()),
    }
}
