//! The canonical ABI between host values and guests: lifting and lowering, typed and dynamic.
//!
//! One file per direction, in the specification's words. Typed values (traits [`Lower`] and [`Lift`]) know offsets at
//! compile time; [`Val`]s walk the interned types. Both go through the same [`LowerCx`] and [`LiftCx`], and through
//! the functions of this file, which choose between core values and memory ("Lifting and Lowering Values").
//!
//! # Invariants
//! - Types were checked before: typed values when their function was looked up, `Val`s while they are lowered.
//! - Nothing is read or written outside of the memory that the options name.

mod ascii;
pub mod cells;
pub mod check;
pub mod cx;
pub mod derived;
mod dynamic;
pub mod handles;
pub mod info;
pub mod lift_flat;
pub mod lift_memory;
pub mod lower_flat;
pub mod lower_memory;
pub mod resource;
pub mod string;
#[cfg(test)]
mod tests;
pub mod transcode;
pub mod typed;
pub mod value;

pub use cells::{FlatDst, FlatSrc};
pub use cx::{
    AbiHost, BoundResources, InstanceType, LiftCx, LowerCx, OptionHandle, Options, ResourceBindings, ResourceTypes,
    UnboundResources,
};
pub use info::AbiInfo;
pub use typed::{ComponentNamedList, ComponentType, Lift, Lower};

use crate::abi::value::Val;
use coracle_error::Result;
use coracle_image::limits::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use coracle_image::types::{FuncType, InterfaceType, Ptr, TupleIndex};
use coracle_vm::raw::RawVal;
use dynamic::{check_count, within};

/// Room for the core arguments of any lifted or lowered function: all parameters and a return pointer.
pub const MAX_CELLS: usize = MAX_FLAT_PARAMS + 1;

/// Host → guest: lowers the parameters of a lifted function into `cells`; gives how many were used.
///
/// # Errors
/// What allocation in the guest raises.
pub fn lower_params<P: Lower>(cx: &mut LowerCx<'_>, params: &P, ty: &FuncType, cells: &mut [RawVal]) -> Result<usize> {
    let tuple = InterfaceType::Tuple(ty.params);
    if ty.abi(cx.ptr()).params_spill() {
        let at = alloc_spilled(cx, ty.params)?;
        params.store(cx, tuple, at)?;
        cells[0] = RawVal::from_usize(at);
        return Ok(1);
    }
    let mut dst = FlatDst::new(cells);
    params.lower_flat(cx, tuple, &mut dst)?;
    Ok(dst.len())
}

/// Guest → host: lifts the parameters of a lowered function from its core arguments.
///
/// # Errors
/// The traps of the canonical ABI.
pub fn lift_params<P: Lift>(cx: &mut LiftCx<'_>, ty: &FuncType, cells: &[RawVal]) -> Result<P> {
    let tuple = InterfaceType::Tuple(ty.params);
    if ty.abi(cx.ptr()).params_spill() {
        let bytes = spilled(cx, tuple, cells[0])?;
        return P::load(cx, tuple, bytes);
    }
    P::lift_flat(cx, tuple, &mut FlatSrc::new(cells))
}

/// Guest → host: lowers the results of a lowered function, given its core arguments; gives the core result if there
/// is one.
///
/// # Errors
/// Traps for a bad return pointer, and what allocation in the guest raises.
pub fn lower_results<R: Lower>(
    cx: &mut LowerCx<'_>,
    results: &R,
    ty: &FuncType,
    args: &[RawVal],
) -> Result<Option<RawVal>> {
    let tuple = InterfaceType::Tuple(ty.results);
    if let Some(at) = return_pointer(cx, ty, args)? {
        results.store(cx, tuple, at)?;
        return Ok(None);
    }
    let mut cells = [RawVal::ZERO; MAX_FLAT_RESULTS];
    let mut dst = FlatDst::new(&mut cells);
    results.lower_flat(cx, tuple, &mut dst)?;
    Ok(if dst.is_empty() { None } else { Some(cells[0]) })
}

/// Host ← guest: lifts the results of a lifted function from its core results.
///
/// # Errors
/// The traps of the canonical ABI.
pub fn lift_results<R: Lift>(cx: &mut LiftCx<'_>, ty: &FuncType, cells: &[RawVal]) -> Result<R> {
    let tuple = InterfaceType::Tuple(ty.results);
    if ty.abi(cx.ptr()).results_spill() {
        let bytes = spilled(cx, tuple, cells[0])?;
        return R::load(cx, tuple, bytes);
    }
    R::lift_flat(cx, tuple, &mut FlatSrc::new(cells))
}

/// As [`lower_params`], for dynamic values. An error names the parameter.
///
/// # Errors
/// `ErrorKind::Type` when the values are not of the function's types, and what allocation in the guest raises.
pub fn lower_params_dynamic(
    cx: &mut LowerCx<'_>,
    params: &[Val],
    ty: &FuncType,
    cells: &mut [RawVal],
) -> Result<usize> {
    let types = cx.types;
    let tuple = &types[ty.params];
    check_count(tuple.types.len(), params.len(), "arguments")?;
    let name = |n: usize| types.name(ty.param_names[n]);
    if ty.abi(cx.ptr()).params_spill() {
        let at = alloc_spilled(cx, ty.params)?;
        for (n, (val, &ty)) in params.iter().zip(&tuple.types).enumerate() {
            let to = at + tuple.offset(n, cx.ptr()) as usize;
            within(lower_memory::store(cx, val, ty, to), "in parameter", name(n))?;
        }
        cells[0] = RawVal::from_usize(at);
        return Ok(1);
    }
    let mut dst = FlatDst::new(cells);
    for (n, (val, &ty)) in params.iter().zip(&tuple.types).enumerate() {
        within(lower_flat::lower_flat(cx, val, ty, &mut dst), "in parameter", name(n))?;
    }
    Ok(dst.len())
}

/// As [`lift_params`], for dynamic values: hands each value to `each` in order.
///
/// # Errors
/// The traps of the canonical ABI.
pub fn lift_params_dynamic(cx: &mut LiftCx<'_>, ty: &FuncType, cells: &[RawVal], each: impl FnMut(Val)) -> Result<()> {
    let spill = ty.abi(cx.ptr()).params_spill();
    lift_values(cx, ty.params, spill, cells, each)
}

/// As [`lower_results`], for dynamic values.
///
/// # Errors
/// `ErrorKind::Type` when the values are not of the function's type, traps for a bad return pointer, and what
/// allocation in the guest raises.
pub fn lower_results_dynamic(
    cx: &mut LowerCx<'_>,
    results: &[Val],
    ty: &FuncType,
    args: &[RawVal],
) -> Result<Option<RawVal>> {
    check_count(usize::from(ty.result.is_some()), results.len(), "results")?;
    let at = return_pointer(cx, ty, args)?;
    let (Some(result), Some(val)) = (ty.result, results.first()) else {
        return Ok(None);
    };
    if let Some(at) = at {
        within(lower_memory::store(cx, val, result, at), "in", "result")?;
        return Ok(None);
    }
    let mut cells = [RawVal::ZERO; MAX_FLAT_RESULTS];
    within(lower_flat::lower_flat(cx, val, result, &mut FlatDst::new(&mut cells)), "in", "result")?;
    Ok(Some(cells[0]))
}

/// As [`lift_results`], for dynamic values: hands each value to `each` in order.
///
/// # Errors
/// The traps of the canonical ABI.
pub fn lift_results_dynamic(cx: &mut LiftCx<'_>, ty: &FuncType, cells: &[RawVal], each: impl FnMut(Val)) -> Result<()> {
    let spill = ty.abi(cx.ptr()).results_spill();
    lift_values(cx, ty.results, spill, cells, each)
}

fn lift_values(
    cx: &mut LiftCx<'_>,
    tuple: TupleIndex,
    spill: bool,
    cells: &[RawVal],
    mut each: impl FnMut(Val),
) -> Result<()> {
    let (types, ptr) = (cx.types, cx.ptr());
    if spill {
        let bytes = spilled(cx, InterfaceType::Tuple(tuple), cells[0])?;
        for (n, &ty) in types[tuple].types.iter().enumerate() {
            let at = types[tuple].offset(n, ptr) as usize;
            each(lift_memory::load(cx, ty, &bytes[at..at + types.layout(ty).size(ptr) as usize])?);
        }
        return Ok(());
    }
    let mut src = FlatSrc::new(cells);
    for &ty in &types[tuple].types {
        each(lift_flat::lift_flat(cx, ty, &mut src)?);
    }
    Ok(())
}

fn alloc_spilled(cx: &mut LowerCx<'_>, tuple: TupleIndex) -> Result<usize> {
    let layout = &cx.types[tuple].layout;
    let ptr = cx.ptr();
    cx.alloc(layout.align(ptr), layout.size(ptr) as usize)
}

fn address(ptr: Ptr, cell: RawVal) -> u64 {
    match ptr {
        Ptr::P32 => cell.u32().into(),
        Ptr::P64 => cell.u64(),
    }
}

/// The bytes of values that a guest passed in memory.
fn spilled<'a>(cx: &LiftCx<'a>, tuple: InterfaceType, cell: RawVal) -> Result<&'a [u8]> {
    let (layout, ptr) = (cx.types.layout(tuple), cx.ptr());
    let at = cx.check_pointer(address(ptr, cell), layout.align(ptr), layout.size(ptr))?;
    cx.bytes(at, layout.size(ptr) as usize)
}

/// Where the caller wants spilled results: its last core argument.
fn return_pointer(cx: &LowerCx<'_>, ty: &FuncType, args: &[RawVal]) -> Result<Option<usize>> {
    let ptr = cx.ptr();
    let abi = ty.abi(ptr);
    if !abi.results_spill() {
        return Ok(None);
    }
    let layout = &cx.types[ty.results].layout;
    let cell = args[abi.lower.params().len() - 1];
    cx.check_pointer(address(ptr, cell), layout.align(ptr), layout.size(ptr)).map(Some)
}
