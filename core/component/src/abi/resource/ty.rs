//! `ResourceType`: the identity of a resource type.
//!
//! Two resource types are the same only if they are the same definition in the same instance; names and shapes do not
//! matter. A type that the host defines is identified by a Rust type or by a number of the embedder's choice.

use coracle_image::types::ResourceIndex;
use core::any::TypeId;

/// The identity of a resource type, at run time or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceType {
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Host(TypeId),
    HostDynamic(u32),
    Guest { store: u64, id: u32 },
    Uninstantiated { component: u64, index: ResourceIndex },
}

impl ResourceType {
    /// The type that the host identifies by the Rust type `T`. Any type will do; it is not stored anywhere.
    pub fn host<T: 'static>() -> Self {
        Self { kind: Kind::Host(TypeId::of::<T>()) }
    }

    /// The type that the host identifies by a number.
    pub fn host_dynamic(payload: u32) -> Self {
        Self { kind: Kind::HostDynamic(payload) }
    }

    /// A type that a component instance of a store defined; `id` is fresh for each instantiation.
    pub(crate) fn guest(store: u64, id: u32) -> Self {
        Self { kind: Kind::Guest { store, id } }
    }

    /// A type of a component that is not instantiated; `component` tells components apart.
    pub(crate) fn uninstantiated(component: u64, index: ResourceIndex) -> Self {
        Self { kind: Kind::Uninstantiated { component, index } }
    }

    pub(crate) fn is_host<T: 'static>(&self) -> bool {
        *self == Self::host::<T>()
    }

    pub(crate) fn as_host_dynamic(&self) -> Option<u32> {
        match self.kind {
            Kind::HostDynamic(payload) => Some(payload),
            _ => None,
        }
    }

    /// What an error message calls it.
    pub(crate) fn desc(&self) -> &'static str {
        match self.kind {
            Kind::Host(_) | Kind::HostDynamic(_) => "host-defined resource",
            Kind::Guest { .. } => "guest-defined resource",
            Kind::Uninstantiated { .. } => "resource of a component that is not instantiated",
        }
    }
}
