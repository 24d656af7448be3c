//! Graphs of linked components: what an [`InstancePre`] is linked to, directly or not; and what can be asked of them.
//!
//! # Invariants
//! - Linear in nodes and edges, and no recursion over them: a chain may be long.
//! - A graph has no cycles, and none can be made: a component is linked to what was linked before it, and
//!   [`InstancePre::with_node`] makes new components out of those above the one that it exchanges.

use crate::component::{Component, ExportLookup};
use crate::handle::Instance;
use crate::link::LinkerInstance;
use crate::link::definition::{Definition, Definitions};
use crate::link::pre::{Edge, InstancePre, Linked, Linking, Live, Node, NodeKey, Pre};
use crate::link::relink::relinked;
use crate::link::resolve::resolve;
use crate::state::{self, Shared};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::export::{ComponentExportIndex, ExportEntry, ExportGraph, ExportIndex};
use coracle_image::keyed::{KeyMap, KeySet};
use coracle_image::parse::names::NameMap;
use coracle_image::plan::{RuntimeImport, RuntimeImportIndex};
use coracle_image::strings::{NameId, StringPool};
use coracle_image::types::TypeDef;
use coracle_vm::internals;
use coracle_vm::store::opaque::StoreOpaque;
use coracle_vm::store::{AsContext, AsContextMut};

/// A linked component and all that it is linked to.
pub struct Graph<T: 'static> {
    nodes: Vec<InstancePre<T>>,
    edges: Vec<GraphEdge>,
}

/// An import of one component of a [`Graph`] that is given as an export of another.
#[derive(Clone, Debug)]
pub struct GraphEdge {
    /// The component that imports, by its place in [`Graph::nodes`].
    pub importer: usize,
    /// The component that exports, by its place in [`Graph::nodes`].
    pub exporter: usize,
    /// The import's name; `#` parts those of an instance's members that lead to it.
    pub import: String,
    /// The export, in the component that exports it.
    pub export: ComponentExportIndex,
}

impl<T: 'static> Graph<T> {
    /// The components, each behind those that it is linked to: the order in which they are instantiated. The last one is
    /// the root. What is linked to an instance that lives already has that instance's component here, and nothing of
    /// what is below it.
    pub fn nodes(&self) -> &[InstancePre<T>] {
        &self.nodes
    }

    /// Which imports are exports of which component.
    pub fn edges(&self) -> &[GraphEdge] {
        &self.edges
    }
}

impl<T: 'static> InstancePre<T> {
    /// Whether two are the same component of a graph: clones of each other.
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(a.pre(), b.pre())
    }

    /// This component and all that it is linked to. Linear in components and links.
    pub fn graph(&self) -> Graph<T> {
        let root = Node::new(self.pre());
        let Order { nodes, places } = order(&root);
        let mut edges = Vec::new();
        for (importer, node) in nodes.iter().enumerate().filter(|(_, node)| node.live.is_none()) {
            let types = node.pre.component.types();
            for Edge { import, node: to, export } in node.pre.edges.iter() {
                let to = &node.pre.nodes[*to];
                let names: Vec<&str> = import.iter().map(|&name| types.name(name)).collect();
                let export = to.pre.component.graph().handle(*export);
                edges.push(GraphEdge { importer, exporter: places[&to.key()], import: names.join("#"), export });
            }
        }
        Graph { nodes: nodes.iter().map(|node| Self::new(node.pre.clone())).collect(), edges }
    }

    /// The same graph with another component in one place: `new` wherever `old` is linked to.
    ///
    /// What is not above `old` is reused, adapters are too, and what is above it is linked anew: the imports of these
    /// components are exports of `new` by the names that they had in `old`, their types are checked where it is another
    /// component, and they are other nodes than before. Their handles, indices and `TypedFuncPre`s stay good. Instances that exist go on as
    /// they are. What `new` is linked to, `old` even, stays as it is.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` when `old` is not in the graph, or `new` lacks an export; `ErrorKind::Link` when it does not
    /// fit, or is of another engine.
    pub fn with_node(&self, old: &Self, new: &Self) -> Result<Self> {
        internals::check_engine(self.engine(), new.engine())?;
        let (root, old, new) = (Node::new(self.pre()), Node::new(old.pre()), Node::new(new.pre()));
        let mut others = KeyMap::new();
        for node in order(&root).nodes {
            if node.key() == old.key() {
                others.insert(old.key(), new.clone());
            } else if node.live.is_none() && node.pre.nodes.values().any(|node| others.contains_key(&node.key())) {
                let linked = match relinked(&node.pre, &others)? {
                    Some(linked) => linked,
                    None => resolve(&Kept::new(&node.pre, &others).definitions()?, &node.pre.component)?,
                };
                others.insert(node.key(), Node::new(&linked));
            }
        }
        if !others.contains_key(&old.key()) {
            return Err(Error::fault(ErrorKind::NotFound, "the component to be exchanged is not part of the graph"));
        }
        let root = others.get(&root.key()).unwrap_or(&root);
        Ok(Self::new(root.pre.clone()))
    }
}

impl Instance {
    /// The instance of a component that this one's is linked to, directly or not, as it was made together with this one;
    /// `None` when it is not linked to that component. Linear in the graph.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn node<T: 'static>(&self, store: impl AsContext<Data = T>, pre: &InstancePre<T>) -> Option<Self> {
        let context = store.as_context();
        let store = internals::store(&context);
        let mut open: Vec<&Shared> = vec![&state::of(store).instances[self.id(store)].shared];
        let mut seen = KeySet::new();
        while let Some(shared) = open.pop() {
            if shared.pre.stamp == pre.pre().stamp {
                return Some(Self::new(store, shared.id));
            }
            if seen.insert(shared.id) {
                open.extend(shared.nodes.values().map(|node| &**node));
            }
        }
        None
    }
}

impl<T: 'static> LinkerInstance<'_, T> {
    /// Defines an import as an export of an instance that lives. See [`LinkerInstance::export`].
    ///
    /// What is linked to it is bound to the instance's store: to instantiate it in another one is an error.
    ///
    /// # Errors
    /// As of [`LinkerInstance::export`].
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn export_of(
        &mut self,
        name: &str,
        mut store: impl AsContextMut<Data = T>,
        instance: &Instance,
        item: impl ExportLookup,
    ) -> Result<()> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        let shared = state::shared(store, instance.id(store));
        self.define_export(name, live(store, &shared), &item)
    }
}

/// An instance as what a component may be linked to.
fn live(store: &StoreOpaque, root: &Arc<Shared>) -> Node {
    let mut made: KeyMap<_, Node> = KeyMap::new();
    let mut open = vec![root];
    while let Some(&shared) = open.last() {
        let before = open.len();
        open.extend(shared.nodes.values().filter(|node| !made.contains_key(&node.id)));
        if open.len() > before {
            continue;
        }
        open.pop();
        if made.contains_key(&shared.id) {
            continue;
        }
        let resources = shared.bindings.values().map(|&resource| state::of(store).handles.def(resource).ty).collect();
        let nodes = shared.nodes.values().map(|node| made[&node.id].clone()).collect();
        let live = Live { instance: internals::stamp(store, shared.id), resources, nodes };
        made.insert(shared.id, Node { pre: shared.pre.clone(), live: Some(Arc::new(live)), linking: Linking });
    }
    made[&root.id].clone()
}

/// All nodes of a graph, each once, behind those that it is linked to; the root is the last. Instances that live are
/// leaves of it.
pub(crate) struct Order<'a> {
    pub(crate) nodes: Vec<&'a Node>,
    /// Where each stands among them.
    pub(crate) places: KeyMap<NodeKey, usize>,
}

/// The nodes of the graph of that root.
pub(crate) fn order(root: &Node) -> Order<'_> {
    let (mut nodes, mut places) = (Vec::new(), KeyMap::new());
    // Until its place is known, a node is there to be met but once.
    places.insert(root.key(), 0);
    let mut open = vec![(root, root.below())];
    while let Some((node, rest)) = open.last_mut() {
        match rest.next() {
            Some(next) => {
                let known = places.contains_key(&next.key());
                if !known {
                    places.insert(next.key(), 0);
                    open.push((next, next.below()));
                }
            }
            None => {
                places.insert(node.key(), nodes.len());
                nodes.push(*node);
                open.pop();
            }
        }
    }
    Order { nodes, places }
}

/// What a linked component was given, with other nodes in place of some.
struct Kept<'a> {
    pre: &'a Pre,
    others: &'a KeyMap<NodeKey, Node>,
    edges: KeyMap<&'a [NameId], &'a Edge>,
    imports: KeyMap<Vec<NameId>, RuntimeImportIndex>,
}

impl<'a> Kept<'a> {
    fn new(pre: &'a Pre, others: &'a KeyMap<NodeKey, Node>) -> Self {
        let plan = pre.component.plan();
        let way = |(index, import): (RuntimeImportIndex, &RuntimeImport)| {
            let mut way = vec![plan.imports[import.import].name];
            way.extend(&import.path);
            (way, index)
        };
        let edges = pre.edges.iter().map(|edge| (&*edge.import, edge)).collect();
        Self { pre, others, edges, imports: plan.runtime_imports.iter().map(way).collect() }
    }

    fn definitions(&self) -> Result<Definitions> {
        let mut definitions = Definitions::default();
        for import in self.pre.component.plan().imports.values() {
            self.define(&mut definitions, &mut vec![import.name], import.ty)?;
        }
        Ok(definitions)
    }

    fn define(&self, definitions: &mut Definitions, way: &mut Vec<NameId>, ty: TypeDef) -> Result<()> {
        let Definitions { strings, root } = definitions;
        if let Some(definition) = self.definition(strings, way, ty)? {
            let name = strings.intern(self.pre.component.types().name(way[0]));
            root.insert(strings, name, None, definition, true)?;
        }
        Ok(())
    }

    /// What was given for the import that a way leads to; `None` for what needs nothing.
    fn definition(&self, strings: &mut StringPool, way: &mut Vec<NameId>, ty: TypeDef) -> Result<Option<Definition>> {
        let types = self.pre.component.types();
        if let Some(edge) = self.edges.get(&**way) {
            let old = &self.pre.nodes[edge.node];
            let (node, export) = match self.others.get(&old.key()) {
                Some(new) => (new, moved(&old.pre.component, edge.export, &new.pre.component)?),
                None => (old, edge.export),
            };
            return Ok(Some(Definition::Export(node.clone(), export)));
        }
        if let TypeDef::Instance(ty) = ty {
            let mut map = NameMap::default();
            for &(member, ty) in &types[ty].exports {
                way.push(member);
                let definition = self.definition(strings, way, ty)?;
                way.pop();
                if let Some(definition) = definition {
                    let name = strings.intern(types.name(member));
                    map.insert(strings, name, None, definition, true)?;
                }
            }
            return Ok(Some(Definition::Instance(map)));
        }
        Ok(match self.imports.get(way).map(|&import| &self.pre.imports[import]) {
            Some(Linked::Func(func)) => Some(Definition::Func(func.clone())),
            Some(Linked::Module(module)) => Some(Definition::Module(module.clone())),
            Some(Linked::Resource(ty, dtor)) => Some(Definition::Resource(*ty, dtor.clone())),
            Some(Linked::Export(..) | Linked::Defined(..)) => {
                return Err(coracle_error::bug!("an import is an export of a component that gives none"));
            }
            // It was there when the component was linked, and nothing takes it.
            None if matches!(ty, TypeDef::Func(_) | TypeDef::Module(_)) => Some(Definition::Given),
            None => None,
        })
    }
}

/// The export of one component that has the name of an export of another.
fn moved(old: &Component, export: ExportIndex, new: &Component) -> Result<ExportIndex> {
    if old.graph().id() == new.graph().id() {
        return Ok(export);
    }
    let names = path(old.graph(), export)?;
    let mut at = new.graph().root();
    for name in &names {
        let Some((member, _)) = new.graph().resolve(at, name) else {
            let name = names.join("#");
            let message =
                coracle_error::wording!("the new component has no export `{name}`, which another one is linked to");
            return Err(Error::fault(ErrorKind::NotFound, message));
        };
        at = member;
    }
    Ok(at)
}

/// Names that lead to an export from the root.
fn path(graph: &ExportGraph, export: ExportIndex) -> Result<Vec<String>> {
    let (mut at, mut names) = (export, Vec::new());
    // Members come before the instance that has them, so one pass finds all instances on the way.
    for (index, entry) in graph.entries().iter() {
        let ExportEntry::Instance { members, .. } = entry else { continue };
        if index == at {
            continue;
        }
        if let Some((name, _)) = members.iter().find(|(_, member)| member.export == at) {
            names.push(graph.name(name).to_string());
            at = index;
        }
    }
    if at != graph.root() {
        return Err(coracle_error::bug!("an export has no way to it from the root"));
    }
    names.reverse();
    Ok(names)
}
