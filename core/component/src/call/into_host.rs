//! Guest → host: lift parameters, run the host function, lower its result.

use crate::abi::cx::{AbiHost, LiftCx, LowerCx, Source};
use crate::call::raw::StoreAbi;
use crate::call::scratch::Scratch;
use crate::host_function::ImportCall;
use crate::reflect;
use crate::state;
use coracle_error::Result;
use coracle_image::types::{FuncType, InterfaceType};
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::opaque::StoreOpaque;
use core::cell::RefCell;

impl ImportCall<'_> {
    fn func(&self) -> &FuncType {
        &self.types[self.ty]
    }

    /// How many results the function has.
    pub(crate) fn result_count(&self) -> usize {
        usize::from(self.func().result.is_some())
    }

    /// The function's type, for the host to look at.
    pub(crate) fn reflect(&self) -> reflect::ComponentFunc {
        reflect::ComponentFunc::of(self.scope, self.ty)
    }

    /// Whether the call may have borrows, so that it needs a scope for them.
    fn borrows(&self) -> bool {
        self.types.layout(InterfaceType::Tuple(self.func().params)).content.borrows
    }

    /// Lifts the parameters, for whose strings and lists the guest pays by the byte, and opens the scope of the call's
    /// borrows.
    pub(crate) fn lift<P>(
        &self,
        store: &mut StoreOpaque,
        cells: &[RawVal],
        lift: impl FnOnce(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<P>,
    ) -> Result<P> {
        if self.scratch.is_none() {
            state::check_may_leave(store, self.part)?;
        }
        let most = internals::hostcall_fuel(store);
        let mut fuel = most;
        let scratch = self.scratch.as_ref().map(RefCell::borrow);
        let (guest, states) = state::memory_and_states(store, self.options);
        if self.borrows() {
            states.handles.room_for_call()?;
            states.handles.enter_call(None);
        }
        let memory = scratch.as_ref().map_or(guest, |scratch| scratch);
        let mut cx = LiftCx {
            options: self.options,
            types: self.types,
            resources: self.resources,
            table: self.table,
            memory,
            source: match scratch {
                Some(_) => None,
                None => Some(Source { store: states.handles.store(), instance: self.instance.as_u32() }),
            },
            handles: &mut states.handles,
            fuel: &mut fuel,
        };
        let mut lifted = lift(&mut cx, self.func(), cells);
        if fuel != most {
            self.pay(store, most - fuel, &mut lifted);
        }
        lifted
    }

    /// Has the guest pay for so many bytes, or fails; there is none where the host calls the host.
    #[cold]
    fn pay<P>(&self, store: &mut StoreOpaque, bytes: usize, lifted: &mut Result<P>) {
        if self.scratch.is_none()
            && let Err(error) = internals::pay(store, bytes as u64)
        {
            *lifted = Err(error);
        }
    }

    /// Ends the scope of the call's borrows, and lowers the result.
    pub(crate) fn lower(
        &self,
        store: &mut StoreOpaque,
        cells: &mut [RawVal],
        lower: impl FnOnce(&mut LowerCx<'_>, &FuncType, &[RawVal]) -> Result<Option<RawVal>>,
    ) -> Result<()> {
        if self.borrows() {
            state::of_mut(store).handles.exit_call()?;
        }
        let mut bytes = self.scratch.as_ref().map(RefCell::borrow_mut);
        let host: &mut dyn AbiHost = match &mut bytes {
            Some(bytes) => &mut Scratch { bytes, handles: &mut state::of_mut(store).handles },
            None => &mut StoreAbi { store, instance: self.instance, part: self.part },
        };
        let mut cx =
            LowerCx { options: self.options, types: self.types, resources: self.resources, table: self.table, host };
        if let Some(result) = lower(&mut cx, self.func(), cells)? {
            cells[0] = result;
        }
        Ok(())
    }
}
