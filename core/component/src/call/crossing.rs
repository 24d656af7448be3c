//! What adapters call: strings that go from one guest to another, handles that change their table, scopes, traps.

use crate::abi::cx::{LowerCx, Options};
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
use coracle_image::plan::{OptionsIndex, RuntimeComponentInstanceIndex};
use coracle_image::types::{InterfaceType, ResourceIndex};
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
            let (owner, key) = shared.side(node, side.key);
            let at = PointerPair { ptr: cells[0].u64(), len: cells[1].u64() };
            check_text(store, owner, OptionsIndex::from_u32(key), at)
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

/// Options that an adapter's key leads to, as the ABI takes them.
fn side_options(store: &StoreOpaque, (shared, key): (&Shared, u32)) -> Options {
    state::abi_options(store, shared.id, OptionsIndex::from_u32(key))
}

/// Checks a string that crosses, for which the guests pay.
fn check_text(store: &mut StoreOpaque, owner: &Shared, options: OptionsIndex, at: PointerPair) -> Result<()> {
    let canon = owner.canon(options);
    let memory = canon.memory.map(|memory| state::of(store).instances[owner.id].memories[memory]);
    if internals::counts_fuel(store) {
        let bytes = RawText::find(bytes_of(store, memory), canon.encoding, canon.ptr, at)?.byte_len();
        internals::pay(store, bytes as u64)?;
    }
    RawText::find(bytes_of(store, memory), canon.encoding, canon.ptr, at)?.validate()
}

/// The bytes of a memory; none where there is none.
#[inline(always)]
fn bytes_of(store: &StoreOpaque, memory: Option<MemoryId>) -> &[u8] {
    memory.map_or(&[], |memory| internals::memory(store, memory))
}

/// The bytes of a string that crosses, for which the guests pay.
fn paid_text(store: &mut StoreOpaque, options: Options, at: PointerPair) -> Result<RawText<'_>> {
    let bytes = RawText::find(state::memory(store, options), options.encoding, options.ptr, at)?.byte_len();
    internals::pay(store, bytes as u64)?;
    RawText::find(state::memory(store, options), options.encoding, options.ptr, at)
}

/// Lifts a string on one side and lowers it on the other.
fn transcode(
    store: &mut StoreOpaque,
    shared: &Shared,
    cells: &mut [RawVal],
    (node, from, to): (Option<NodeIndex>, SideOptions, SideOptions),
) -> Result<()> {
    let from = side_options(store, shared.side(node, from.key));
    let (there, part) = shared.side(node, to.instance);
    let (id, part) = (there.id, there.parts[RuntimeComponentInstanceIndex::from_u32(part)]);
    let to = side_options(store, shared.side(node, to.key));
    let at = PointerPair { ptr: cells[0].u64(), len: cells[1].u64() };
    let (source, units) = Source::of(from.encoding, utf16_tag(from.ptr), at.len);
    let text = paid_text(store, from, at)?.decode()?.into_owned();
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
