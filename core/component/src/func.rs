//! `Func` and `TypedFunc`: exported functions. Type-checked once, called often.

use crate::abi::cx::{BoundResources, InstanceType, LiftCx, LowerCx, ResourceTypes};
use crate::abi::value::Val;
use crate::abi::{self, ComponentNamedList, Lift, Lower};
use crate::call::host_function::check;
use crate::call::into_guest::{self, GuestFunc};
use crate::call::raw::crossing;
use crate::call::reexport;
use crate::component::{Component, ExportLookup};
use crate::handle::{Func, Instance};
use crate::ids::ComponentInstanceId;
use crate::instantiate::defs::core_func;
use crate::link::pre::{InstancePre, Linked};
use crate::reflect;
use crate::state;
use coracle_error::{Error, ErrorKind, Result, Told};
use coracle_image::export::{ExportEntry, ExportIndex, FuncSource};
use coracle_image::plan::RuntimeImportIndex;
use coracle_image::types::{FuncType, FuncTypeIndex};
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::ids::FuncHandle;
use coracle_vm::store::opaque::StoreOpaque;
use coracle_vm::store::{AsContext, AsContextMut};
use core::marker::PhantomData;

/// An exported function whose type was checked against Rust types.
///
/// It is covariant in both: a lifetime says nothing of a function's type, so one of `(&'static str,)` takes any `&str`.
pub struct TypedFunc<P, R> {
    func: Func,
    types: PhantomData<fn() -> (P, R)>,
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunc<P, R> {}

/// What a function handle leads to.
enum Target {
    Guest(GuestFunc),
    /// A host function that the component exports again.
    Host {
        instance: ComponentInstanceId,
        import: RuntimeImportIndex,
        ty: FuncTypeIndex,
    },
}

impl Func {
    /// Checks this function's type, once for all calls.
    ///
    /// # Errors
    /// `ErrorKind::Type`: where the types differ, and how.
    ///
    /// # Panics
    /// If the function is of another store.
    pub fn typed<P, R>(&self, store: impl AsContext) -> Result<TypedFunc<P, R>>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let context = store.as_context();
        let store = internals::store(&context);
        let shared = &state::of(store).instances[internals::unstamp(store, self.instance)].shared;
        let resources = BoundResources { bindings: &shared.bindings, handles: &state::of(store).handles };
        check::<P, R>(self.type_index(store), &InstanceType { types: shared.types(), resources: &resources })?;
        Ok(TypedFunc { func: *self, types: PhantomData })
    }

    /// This function's type, with this instance's own resource types in it.
    ///
    /// # Panics
    /// If the function is of another store.
    pub fn ty(&self, store: impl AsContext) -> reflect::ComponentFunc {
        let context = store.as_context();
        let store = internals::store(&context);
        let shared = &state::of(store).instances[internals::unstamp(store, self.instance)].shared;
        reflect::ComponentFunc::bound(
            shared.component(),
            self.type_index(store),
            &shared.bindings,
            &state::of(store).handles,
        )
    }

    /// Calls the function with dynamic values.
    ///
    /// # Errors
    /// `ErrorKind::Type` when number or types of arguments or results are wrong, by name of the parameter;
    /// `ErrorKind::Unsupported` where [`Func::call_async`] is needed, and within such a call; a trap; or an error of the
    /// host's.
    ///
    /// # Panics
    /// If the function or a resource among the arguments is of another store.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        internals::check_sync(store)?;
        self.call_in(store, params, results)
    }

    /// As [`Func::call`], on a stack of its own, so that host functions, limiters and hooks can be waited for, and the
    /// guest can give way. The guest runs while the future is polled, by whichever thread does that.
    ///
    /// A future that is dropped before it is ready stops the guest as a trap would.
    ///
    /// # Errors
    /// As for [`Func::call`]; `ErrorKind::Resource` when the host does not give a stack.
    ///
    /// # Panics
    /// As for [`Func::call`].
    pub async fn call_async(
        &self,
        mut store: impl AsContextMut<Data: Send>,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let mut context = store.as_context_mut();
        if !internals::may_wait(&mut context) {
            return internals::at_once(&mut context, |store| self.call_in(store, params, results));
        }
        if internals::STACKS {
            return internals::on_stack(context, move |store| self.call_in(store, params, results)).await;
        }
        crossing(context, (params, results), |store, (params, results)| self.call_by_return(store, params, results))
            .await
    }

    async fn call_by_return(&self, store: &mut StoreOpaque, params: &[Val], results: &mut [Val]) -> Result<()> {
        let Target::Guest(target) = self.resolve(store)? else { return self.call_in(store, params, results) };
        self.check_results(store, results)?;
        let mut slots = results.iter_mut();
        let mut take = |val: Val| {
            if let Some(slot) = slots.next() {
                *slot = val;
            }
        };
        into_guest::call_by_return(
            store,
            &target,
            |cx, ty, cells| abi::lower_params_dynamic(cx, params, ty, cells),
            |cx, ty, cells| abi::lift_results_dynamic(cx, ty, cells, &mut take),
        )
        .await
    }

    fn check_results(&self, store: &StoreOpaque, results: &[Val]) -> Result<()> {
        let shared = state::shared(store, internals::unstamp(store, self.instance));
        let want = usize::from(shared.types()[self.type_index(store)].result.is_some());
        if results.len() != want {
            let message = coracle_error::wording!("expected {want} results, got {}", results.len());
            return Err(Error::fault(ErrorKind::Type, message));
        }
        Ok(())
    }

    fn call_in(&self, store: &mut StoreOpaque, params: &[Val], results: &mut [Val]) -> Result<()> {
        let target = self.resolve(store)?;
        self.check_results(store, results)?;
        let mut slots = results.iter_mut();
        let mut take = |val: Val| {
            if let Some(slot) = slots.next() {
                *slot = val;
            }
        };
        match target {
            Target::Guest(target) => into_guest::call(
                store,
                &target,
                |cx, ty, cells| abi::lower_params_dynamic(cx, params, ty, cells),
                |cx, ty, cells| abi::lift_results_dynamic(cx, ty, cells, &mut take),
            ),
            Target::Host { instance, import, ty } => reexport::call(
                store,
                (instance, import, ty),
                |cx, ty, cells| abi::lower_params_dynamic(cx, params, ty, cells),
                |cx, ty, cells| abi::lift_results_dynamic(cx, ty, cells, &mut take),
            ),
        }
    }

    /// Does nothing: `post-return` runs by itself when a call has ended.
    ///
    /// # Errors
    /// Never; the result is there for programs that check it.
    pub fn post_return(&self, _store: impl AsContextMut) -> Result<()> {
        Ok(())
    }

    /// Does nothing, as [`Func::post_return`].
    ///
    /// # Errors
    /// Never.
    pub async fn post_return_async(&self, _store: impl AsContextMut<Data: Send>) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn type_index(&self, store: &StoreOpaque) -> FuncTypeIndex {
        match state::of(store).instances[internals::unstamp(store, self.instance)].component.entry(self.index) {
            ExportEntry::Func { ty, .. } => *ty,
            _ => unreachable!("a function handle is made from a function's entry"),
        }
    }

    /// The core function that this one was lifted from.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` for a host function that a component exports again.
    pub(crate) fn core_func(&self, store: &mut StoreOpaque) -> Result<FuncHandle> {
        match self.resolve(store)? {
            Target::Guest(target) => Ok(target.func),
            Target::Host { .. } => Err(Error::fault(ErrorKind::Unsupported, "a function of the host's was not lifted")),
        }
    }

    /// What a call needs. In its caller: it is not copied there, in wide pieces what was just written in narrow ones.
    #[inline(always)]
    fn resolve(&self, store: &mut StoreOpaque) -> Result<Target> {
        let instance = internals::unstamp(store, self.instance);
        let data = &state::of(store).instances[instance];
        if let ExportEntry::Func { ty, source: FuncSource::Lifted { options, .. } } = *data.component.entry(self.index)
            && let Some(func) = *data.lifted.get(self.index)
        {
            return Ok(Target::Guest(GuestFunc { instance, func, ty, options }));
        }
        self.resolve_anew(store)
    }

    #[cold]
    #[inline(never)]
    fn resolve_anew(&self, store: &mut StoreOpaque) -> Result<Target> {
        let instance = internals::unstamp(store, self.instance);
        let data = &state::of(store).instances[instance];
        match *data.component.entry(self.index) {
            ExportEntry::Func { ty, source: FuncSource::Lifted { options, .. } } => {
                let func = self.find_lifted(store, instance)?;
                Ok(Target::Guest(GuestFunc { instance, func, ty, options }))
            }
            ExportEntry::Func { ty, source: FuncSource::Import(import) } => match data.shared.pre.imports[import] {
                // The component passes on what another one defines.
                Linked::Export(node, export, _) => {
                    let origin = internals::stamp(store, data.shared.nodes[node].id);
                    Self::new(origin, export).resolve(store)
                }
                _ => Ok(Target::Host { instance, import, ty }),
            },
            _ => Err(coracle_error::bug!("a function handle is made from a function's entry")),
        }
    }

    /// Finds the core function that this one was lifted from, once for all calls.
    fn find_lifted(&self, store: &mut StoreOpaque, instance: ComponentInstanceId) -> Result<FuncHandle> {
        let data = &state::of(store).instances[instance];
        let func = match data.component.entry(self.index) {
            ExportEntry::Func { source: FuncSource::Lifted { func, .. }, .. } => core_func(store, data, func)?,
            _ => return Err(coracle_error::bug!("a function handle is made from a function's entry")),
        };
        state::of_mut(store).instances[instance].lifted.try_set(self.index, Some(func))?;
        Ok(func)
    }
}

/// What lowers parameters, its own type forgotten.
type Lowers<'a> = dyn Fn(&mut LowerCx<'_>, &FuncType, &mut [RawVal]) -> Result<usize> + 'a;

/// What lifts results, likewise, and keeps them.
type Lifts<'a> = dyn FnMut(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<()> + 'a;

impl Target {
    /// Calls it.
    #[inline]
    fn call<R>(
        self,
        store: &mut StoreOpaque,
        lower: impl FnOnce(&mut LowerCx<'_>, &FuncType, &mut [RawVal]) -> Result<usize>,
        lift: impl FnOnce(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<R>,
    ) -> Result<R> {
        match self {
            Self::Guest(target) => into_guest::call(store, &target, lower, lift),
            Self::Host { instance, import, ty } => reexport::call(store, (instance, import, ty), lower, lift),
        }
    }
}

impl<P, R> TypedFunc<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    /// Says that a function is of these types, without a check.
    ///
    /// Were it of others, calls would fail with `ErrorKind::Bug` or panic; nothing worse, so this is no `unsafe`
    /// function.
    pub fn new_unchecked(func: Func) -> Self {
        Self { func, types: PhantomData }
    }

    /// The function without its types.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls the function. Without allocation where all types are flat.
    ///
    /// # Errors
    /// A trap, or an error of the host's; `ErrorKind::Unsupported` where [`TypedFunc::call_async`] is needed, and within
    /// such a call.
    ///
    /// # Panics
    /// If the function or a resource among the parameters is of another store.
    pub fn call(&self, mut store: impl AsContextMut, params: P) -> Result<R> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        internals::check_sync(store)?;
        self.call_in(store, &params)
    }

    /// As [`TypedFunc::call`], on a stack of its own: see [`Func::call_async`].
    ///
    /// # Errors
    /// As for [`TypedFunc::call`]; `ErrorKind::Resource` when the host does not give a stack.
    ///
    /// # Panics
    /// As for [`TypedFunc::call`].
    #[inline]
    pub fn call_async(&self, store: impl AsContextMut<Data: Send>, params: P) -> impl Future<Output = Result<R>>
    where
        R: 'static,
    {
        internals::on_stack_or_by_return(
            (store, params),
            move |(store, params)| internals::on_stack(store, move |store| self.call_in(store, &params)),
            move |(mut store, params)| async move {
                let mut context = store.as_context_mut();
                if !internals::may_wait(&mut context) {
                    return internals::at_once(&mut context, |store| self.call_in(store, &params));
                }
                crossing(context, &params, |store, params| self.call_by_return(store, params)).await
            },
        )
    }

    async fn call_by_return(&self, store: &mut StoreOpaque, params: &P) -> Result<R> {
        let Target::Guest(target) = self.func.resolve(store)? else { return self.call_in(store, params) };
        into_guest::call_by_return(
            store,
            &target,
            |cx, ty, cells| abi::lower_params(cx, params, ty, cells),
            abi::lift_results::<R>,
        )
        .await
    }

    fn call_in(&self, store: &mut StoreOpaque, params: &P) -> Result<R> {
        let target = self.func.resolve(store)?;
        let lower =
            |cx: &mut LowerCx<'_>, ty: &FuncType, cells: &mut [RawVal]| abi::lower_params(cx, params, ty, cells);
        if !cfg!(feature = "compact") {
            return target.call(store, lower, abi::lift_results::<R>);
        }
        // One call for functions of all types.
        let mut result = None;
        let mut lift = |cx: &mut LiftCx<'_>, ty: &FuncType, cells: &[RawVal]| {
            result = Some(abi::lift_results::<R>(cx, ty, cells)?);
            Ok(())
        };
        target.call(store, &lower as &Lowers<'_>, &mut lift as &mut Lifts<'_>)?;
        result.ok_or_else(|| coracle_error::bug!("a result was lifted that is not there"))
    }

    /// Does nothing: `post-return` runs by itself when a call has ended.
    ///
    /// # Errors
    /// Never; the result is there for programs that check it.
    pub fn post_return(&self, _store: impl AsContextMut) -> Result<()> {
        Ok(())
    }

    /// Does nothing, as [`Func::post_return`].
    ///
    /// # Errors
    /// Never.
    pub async fn post_return_async<T: Send>(&self, _store: impl AsContextMut<Data = T>) -> Result<()> {
        Ok(())
    }
}

/// A function of a component that is not instantiated, with its type checked: for each instance of that component it
/// gives a [`TypedFunc`] in O(1), without a name and without a check.
pub struct TypedFuncPre<P, R> {
    component: Component,
    index: ExportIndex,
    types: PhantomData<fn() -> (P, R)>,
}

impl<P, R> Clone for TypedFuncPre<P, R> {
    fn clone(&self) -> Self {
        Self { component: self.component.clone(), index: self.index, types: PhantomData }
    }
}

impl<T: 'static> InstancePre<T> {
    /// Checks the type of an exported function, once for all instances.
    ///
    /// # Errors
    /// When there is no such function, or it has another type.
    pub fn typed_func<P, R>(&self, name: impl ExportLookup) -> Result<TypedFuncPre<P, R>>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        TypedFuncPre::new(self.component(), &**self.pre(), name)
    }
}

impl<P, R> TypedFuncPre<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    /// Checks the type of an export of a component, whose resources are these.
    pub(crate) fn new(component: &Component, resources: &dyn ResourceTypes, name: impl ExportLookup) -> Result<Self> {
        let index = component.lookup(None, &name).told(|| "failed to find function export")?;
        let ExportEntry::Func { ty, .. } = component.entry(index) else {
            let found = component.entry(index).desc();
            return Err(Error::fault(
                ErrorKind::Type,
                coracle_error::wording!("the export is a {found}, not a function"),
            ));
        };
        check::<P, R>(*ty, &InstanceType { types: component.types(), resources })
            .told(|| "failed to convert function to given type")?;
        Ok(Self { component: component.clone(), index, types: PhantomData })
    }

    /// The function in an instance. O(1): no allocation, no name, no type check.
    ///
    /// # Panics
    /// If the instance is of another store, or of another component than the one that this was made for.
    #[inline]
    pub fn get(&self, mut store: impl AsContextMut, instance: &Instance) -> TypedFunc<P, R> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        let id = instance.id(store);
        let component = &state::of(store).instances[id].component;
        assert!(Component::same(component, &self.component), "instance of another component");
        TypedFunc { func: Func { instance: internals::stamp(store, id), index: self.index }, types: PhantomData }
    }
}
