//! A linked component once more, with other nodes in the places of some.
//!
//! Where these are of the same components as before, all that was found when it was linked holds again, but for the
//! identities of resources: no name is looked up, no type is compared, and what has no identity in it is shared.
//!
//! # Invariants
//! - What a node only passes on comes from what it is linked to, and imports lead there directly. So a node in whose place
//!   another one comes passes nothing on, or the same.

use crate::abi::resource::ResourceType;
use crate::component::Component;
use crate::ids::NodeIndex;
use crate::link::pre::{Node, NodeKey, Pre, may_wait};
use crate::reflect::scope::Scope;
use coracle_error::Result;
use coracle_error::shared::Arc;
use coracle_image::arena::PrimaryMap;
use coracle_image::export::{ExportEntry, FuncSource, ModuleSource};
use coracle_image::keyed::KeyMap;
use coracle_image::plan::ResourceOrigin;
use coracle_vm::stamp::Stamp;

/// The component with others in the places of some of its nodes. `None` where it has to be linked anew: another component
/// is among them, one passes on something else, or resources that were one type are not any more.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn relinked(pre: &Pre, others: &KeyMap<NodeKey, Node>) -> Result<Option<Arc<Pre>>> {
    let nodes: PrimaryMap<NodeIndex, Node> =
        pre.nodes.values().map(|node| others.get(&node.key()).unwrap_or(node).clone()).collect();
    let mut become_types = KeyMap::new();
    for (old, new) in pre.nodes.values().zip(nodes.values()) {
        if !Component::same(&old.pre.component, &new.pre.component) || !passes_on_the_same(old, new, others) {
            return Ok(None);
        }
        for resource in old.pre.component.plan().resources.keys() {
            let [before, after] = [old, new].map(|node| node.resource_type(resource));
            if *become_types.entry(before).or_insert(after) != after {
                return Ok(None);
            }
        }
    }
    let stamp = Stamp::new();
    let resource = |(index, origin): (_, &ResourceOrigin)| match origin {
        ResourceOrigin::Defined { .. } => Some(ResourceType::uninstantiated(stamp.as_u64(), index)),
        ResourceOrigin::Imported(_) | ResourceOrigin::Abstract => {
            pre.resources[index].map(|ty| become_types.get(&ty).copied().unwrap_or(ty))
        }
    };
    let component = pre.component.clone();
    let resources = component.plan().resources.iter().map(resource).collect();
    let types = Scope::linked(&component, &resources)?;
    let may_wait = may_wait(&pre.imports, &nodes);
    Ok(Some(Arc::try_new(Pre {
        stamp,
        component,
        imports: pre.imports.clone(),
        nodes,
        edges: pre.edges.clone(),
        crossings: pre.crossings.clone(),
        resources,
        types,
        funcs: pre.funcs.clone(),
        named: pre.named.clone(),
        may_wait,
    })?))
}

/// Whether what two nodes of one component export, and do not define, is the same.
fn passes_on_the_same(old: &Node, new: &Node, others: &KeyMap<NodeKey, Node>) -> bool {
    let below = |node: &Node| others.get(&node.key()).unwrap_or(node).key();
    let mut nodes = old.pre.nodes.values().zip(new.pre.nodes.values());
    old.key() == new.key()
        || !passes_on(&old.pre.component)
        || Arc::ptr_eq(&old.pre.imports, &new.pre.imports) && nodes.all(|(old, new)| below(old) == new.key())
}

/// Whether a component exports something that it imports.
fn passes_on(component: &Component) -> bool {
    component.graph().entries().values().any(|entry| match entry {
        ExportEntry::Func { source: FuncSource::Import(_), .. } => true,
        ExportEntry::Module { source: ModuleSource::Import(_), .. } => true,
        ExportEntry::Resource(resource) => {
            matches!(component.plan().resources[*resource], ResourceOrigin::Imported(_))
        }
        _ => false,
    })
}
