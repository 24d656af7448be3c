//! What adapters call: strings that go from one guest to another, handles that change their table, scopes, traps.

use crate::abi::cx::LowerCx;
use crate::abi::string::{PointerPair, RawText, utf16_tag};
use crate::abi::transcode::{self, Source};
use crate::call::raw::{StoreAbi, host_func, numbers};
use crate::component::{AdapterBatch, Component};
use crate::ids::NodeIndex;
use crate::link::crossings::{Crossings, Seam};
use crate::state::{self, Shared};
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::fallible::{TryVec, collect_results};
use coracle_error::shared::Arc;
use coracle_error::{Error, Result};
use coracle_image::adapter::{Builtin, SideOptions, batch};
use coracle_image::plan::{OptionsIndex, RuntimeComponentInstanceIndex, StringEncoding};
use coracle_image::types::{InterfaceType, Ptr, ResourceIndex};
use coracle_vm::host_func::HostFunc;
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::ids::MemoryId;
use coracle_vm::store::opaque::StoreOpaque;

impl Crossings {
    /// What adapters take: those of the component's plan, and these.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(component: &Component, seams: Vec<Seam>) -> Result<Self> {
        let all = |batch: &AdapterBatch, node| {
            let mut made = Vec::new();
            for builtin in batch::builtins(&batch.imports) {
                made.try_push(adapter_builtin(component, builtin, node)?)?;
            }
            Ok(made)
        };
        let builtins = collect_results(component.adapter_batches().iter().map(|batch| all(batch, None)))?;
        let of_seams = collect_results(seams.iter().map(|seam| all(&seam.batch, Some(seam.node))))?;
        let [builtins, of_seams] = [Arc::try_from_vec(builtins)?, Arc::try_from_vec(of_seams)?];
        Ok(Self { builtins, seams: Arc::try_from_vec(seams)?, of_seams })
    }
}

/// What an adapter calls: one inside the component, or one of a seam, which leads to a node.
fn adapter_builtin(component: &Component, builtin: Builtin, node: Option<NodeIndex>) -> Result<HostFunc> {
    let (params, results) = builtin.sig();
    let sig = numbers(params, results)?;
    let engine = component.engine();
    match builtin {
        Builtin::Trap => host_func(engine, sig, |_, _, cells| {
            Err::<(), _>(match Trap::from_u8(cells[0].u32() as u8) {
                Some(trap) => Error::new(trap),
                None => coracle_error::bug!("an adapter trapped without a reason"),
            })
        }),
        Builtin::StringCheck(side) => host_func(engine, sig, move |store, shared, cells| {
            Text::of(store, shared.side(node, side.key), cells).paid(store)?.validate()
        }),
        Builtin::StringTranscode(from, to) => {
            host_func(engine, sig, move |store, shared, cells| transcode(store, shared, cells, (node, from, to)))
        }
        Builtin::TransferOwn { from, to } | Builtin::TransferBorrow { from, to } => {
            let own = matches!(builtin, Builtin::TransferOwn { .. });
            let (from, to) = (handle_of(from)?, handle_of(to)?);
            host_func(engine, sig, move |store, shared, cells| {
                let end = |(part, resource)| {
                    let (owner, part) = shared.side(node, part);
                    let table = owner.parts[RuntimeComponentInstanceIndex::from_u32(part)].table;
                    (table, shared.bindings[resource])
                };
                let (from, to, handle) = (end(from), end(to), cells[0].u32());
                let handles = &mut state::of_mut(store).handles;
                let handle = match own {
                    true => handles.transfer_own(from, to, handle)?,
                    false => handles.transfer_borrow(from, to, handle)?,
                };
                cells[0] = RawVal::from_u32(handle);
                Ok(())
            })
        }
        Builtin::EnterScope(_) => host_func(engine, sig, |store, _, _| {
            let handles = &mut state::of_mut(store).handles;
            handles.room_for_call()?;
            handles.enter_call(None);
            Ok(())
        }),
        Builtin::ExitScope(_) => host_func(engine, sig, |store, _, _| state::of_mut(store).handles.exit_call()),
    }
}

/// The resource type of a handle that crosses at an end of an adapter.
///
/// # Errors
/// `ErrorKind::Bug` where it is no handle.
fn handle_of((part, ty): (u32, InterfaceType)) -> Result<(u32, ResourceIndex)> {
    match ty {
        InterfaceType::Own(resource) | InterfaceType::Borrow(resource) => Ok((part, resource)),
        _ => Err(coracle_error::bug!("a handle that is no handle crossed between components")),
    }
}

/// A string that crosses: where it lies, and how it is encoded there.
struct Text {
    memory: Option<MemoryId>,
    encoding: StringEncoding,
    ptr: Ptr,
    at: PointerPair,
}

impl Text {
    /// The string that an adapter tells of by its first two cells, in the memory that its key leads to.
    #[inline(always)]
    fn of(store: &StoreOpaque, (owner, key): (&Shared, u32), cells: &[RawVal]) -> Self {
        let canon = owner.canon(OptionsIndex::from_u32(key));
        let memory = canon.memory.map(|memory| state::of(store).instances[owner.id].memories[memory]);
        let at = PointerPair { ptr: cells[0].u64(), len: cells[1].u64() };
        Self { memory, encoding: canon.encoding, ptr: canon.ptr, at }
    }

    #[inline(always)]
    fn find<'a>(&self, store: &'a StoreOpaque) -> Result<RawText<'a>> {
        let bytes = self.memory.map_or(&[][..], |memory| internals::memory(store, memory));
        RawText::find(bytes, self.encoding, self.ptr, self.at)
    }

    /// Its bytes, for which the guests pay.
    #[inline(always)]
    fn paid(self, store: &mut StoreOpaque) -> Result<RawText<'_>> {
        if internals::counts_fuel(store) {
            let bytes = self.find(store)?.byte_len();
            internals::pay(store, bytes as u64)?;
        }
        self.find(store)
    }
}

/// Lifts a string on one side and lowers it on the other.
fn transcode(
    store: &mut StoreOpaque,
    shared: &Shared,
    cells: &mut [RawVal],
    (node, from, to): (Option<NodeIndex>, SideOptions, SideOptions),
) -> Result<()> {
    let from = Text::of(store, shared.side(node, from.key), cells);
    let (there, part) = shared.side(node, to.instance);
    let (id, part) = (there.id, there.parts[RuntimeComponentInstanceIndex::from_u32(part)]);
    let (owner, key) = shared.side(node, to.key);
    let to = state::abi_options(store, owner.id, OptionsIndex::from_u32(key));
    let (source, units) = Source::of(from.encoding, utf16_tag(from.ptr), from.at.len);
    let text = from.paid(store)?.decode()?.into_owned();
    let mut host = StoreAbi { store, instance: id, part };
    let (types, resources) = (shared.types(), &shared.bindings);
    let mut cx = LowerCx { options: to, types, resources, table: part.table, host: &mut host };
    let at = transcode::lower(&mut cx, &text, source, units as usize).map_err(of_value)?;
    cells[0] = RawVal::from_u64(at.ptr);
    cells[1] = RawVal::from_u64(at.len);
    Ok(())
}

/// A bad `realloc` between guests has the trap of the value that there was to be room for, as in the rest of an adapter.
fn of_value(error: Error) -> Error {
    match error.downcast_ref() {
        Some(Trap::ReallocUnaligned) => Error::new(Trap::UnalignedPointer),
        Some(Trap::ReallocOutOfBounds) => Error::new(Trap::StringOutOfBounds),
        _ => error,
    }
}
