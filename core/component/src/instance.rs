//! `Instance`: a component instance of a store, and the way from an export's index to what it names. O(1).

use crate::abi;
use crate::abi::resource::ResourceType;
use crate::component::{Component, ExportLookup};
use crate::func::TypedFunc;
use crate::handle::{Func, Instance};
use crate::link::pre::{InstancePre, Linked};
use crate::reflect;
use crate::state::{self, Shared};
use coracle_error::{Result, Told};
use coracle_image::export::{ComponentExportIndex, ExportEntry, ModuleSource};
use coracle_vm::embed::Module;
use coracle_vm::internals;
use coracle_vm::store::opaque::StoreOpaque;
use coracle_vm::store::{AsContext, AsContextMut};

impl Instance {
    #[inline]
    fn shared(self, store: &StoreOpaque) -> &Shared {
        &state::of(store).instances[self.id(store)].shared
    }

    /// The function of that name or handle; `None` when there is none, or it is no function.
    ///
    /// By handle: O(1), no allocation, no name.
    ///
    /// # Panics
    /// If the instance is of another store.
    #[inline]
    pub fn get_func(&self, mut store: impl AsContextMut, name: impl ExportLookup) -> Option<Func> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        let data = &state::of(store).instances[self.id(store)];
        if let Some(handle) = name.as_handle() {
            return handle.func_of(data.graph).map(|index| Func::new(self.stamped(), index));
        }
        let component = &data.component;
        let index = component.lookup(None, &name)?;
        matches!(component.entry(index), ExportEntry::Func { .. }).then(|| Func::new(self.stamped(), index))
    }

    /// The function of that name or handle, with its type checked.
    ///
    /// # Errors
    /// When there is no such function, or it has another type.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn get_typed_func<P, R>(&self, mut store: impl AsContextMut, name: impl ExportLookup) -> Result<TypedFunc<P, R>>
    where
        P: abi::ComponentNamedList + abi::Lower,
        R: abi::ComponentNamedList + abi::Lift,
    {
        let func = self.get_func(&mut store, name).told(|| "failed to find function export")?;
        func.typed(store).told(|| "failed to convert function to given type")
    }

    /// The core module of that name or handle; `None` when there is none, or it is no module.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn get_module(&self, mut store: impl AsContextMut, name: impl ExportLookup) -> Option<Module> {
        let mut context = store.as_context_mut();
        let shared = self.shared(internals::store_mut(&mut context));
        let component = shared.component();
        match component.entry(component.lookup(None, &name)?) {
            ExportEntry::Module { source: ModuleSource::Static(index), .. } => {
                Some(internals::embed_module(component.modules()[*index].clone()))
            }
            ExportEntry::Module { source: ModuleSource::Import(import), .. } => match &shared.pre.imports[*import] {
                Linked::Module(module) => Some(internals::embed_module(module.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    /// The resource type of that name or handle, as it is in this instance; `None` when there is none.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn get_resource(&self, mut store: impl AsContextMut, name: impl ExportLookup) -> Option<ResourceType> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        let shared = self.shared(store);
        let component = shared.component();
        match component.entry(component.lookup(None, &name)?) {
            ExportEntry::Resource(index) => Some(state::of(store).handles.def(shared.bindings[*index]).ty),
            _ => None,
        }
    }

    /// The handle of an export of this instance's component.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn get_export_index(
        &self,
        mut store: impl AsContextMut,
        instance: Option<&ComponentExportIndex>,
        name: impl ExportLookup,
    ) -> Option<ComponentExportIndex> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        state::of(store).instances[self.id(store)].component.get_export_index(instance, name)
    }

    /// The type and the handle of an export, with this instance's own resource types in it.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn get_export(
        &self,
        mut store: impl AsContextMut,
        instance: Option<&ComponentExportIndex>,
        name: impl ExportLookup,
    ) -> Option<(reflect::ComponentItem, ComponentExportIndex)> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        let shared = self.shared(store);
        let component = shared.component();
        let index = component.lookup(instance, &name)?;
        let item = reflect::ComponentItem::bound(component, index, &shared.bindings, &state::of(store).handles);
        Some((item, component.graph().handle(index)))
    }

    /// The linked component that this is an instance of. `T` must be the type of the store's data.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn instance_pre<T: 'static>(&self, store: &impl AsContext<Data = T>) -> InstancePre<T> {
        let context = store.as_context();
        InstancePre::new(self.shared(internals::store(&context)).pre.clone())
    }

    /// The component that this is an instance of.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn component(&self, store: impl AsContext) -> Component {
        self.shared(internals::store(&store.as_context())).component().clone()
    }
}
