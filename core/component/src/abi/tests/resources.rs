//! Resources through the canonical ABI, as the host's three kinds of value.

use super::{World, func};
use crate::abi::resource::{Resource, ResourceAny, ResourceDynamic, ResourceType};
use crate::abi::*;
use coracle_error::Trap;
use coracle_image::types::{FuncTypeIndex, InterfaceType as T, ResourceIndex, TypeTableBuilder};

struct File;

/// A world in which `resource0` is the host's `File`, `resource1` the guest's own, `resource2` dynamic; with functions
/// that take each as own and as borrow.
fn world() -> (World, [[FuncTypeIndex; 2]; 3]) {
    let mut types = TypeTableBuilder::default();
    let funcs = [0, 1, 2].map(|n| {
        let index = ResourceIndex::from_u32(n);
        [func(&mut types, &[T::Own(index)]), func(&mut types, &[T::Borrow(index)])]
    });
    let mut world = World::new(types);
    let handles = &mut world.guest.handles;
    let ids = [
        handles.host_type(ResourceType::host::<File>()).unwrap(),
        handles.define(world.table).unwrap(),
        handles.host_type(ResourceType::host_dynamic(7)).unwrap(),
    ];
    ids.into_iter().for_each(|id| {
        world.resources.push(id);
    });
    (world, funcs)
}

fn lower<V: Lower>(world: &mut World, func: FuncTypeIndex, value: &V) -> Result<u32> {
    let ty = world.types[func].clone();
    let mut cells = [RawVal::ZERO; MAX_CELLS];
    lower_params(&mut world.lower_cx(), &(value,), &ty, &mut cells)?;
    Ok(cells[0].u32())
}

fn lift<V: Lift>(world: &mut World, func: FuncTypeIndex, index: u32) -> Result<V> {
    let ty = world.types[func].clone();
    lift_params::<(V,)>(&mut world.lift_cx(), &ty, &[RawVal::from_u32(index)]).map(|(value,)| value)
}

#[track_caller]
fn traps<V>(result: Result<V>, want: Trap) {
    assert_eq!(result.err().and_then(|error| error.downcast_ref::<Trap>().copied()), Some(want));
}

#[test]
fn own_goes_there_and_back_once() {
    let (mut world, [[own, _], ..]) = world();
    let file = Resource::<File>::new_own(42);
    let index = lower(&mut world, own, &file).unwrap();
    assert_eq!(index, 1);
    assert_eq!(lower(&mut world, own, &file).unwrap_err().root_cause().to_string(), "host resource already consumed");
    let back: Resource<File> = lift(&mut world, own, index).unwrap();
    assert_eq!((back.rep(), back.owned()), (42, true));
    traps(lift::<Resource<File>>(&mut world, own, index), Trap::UnknownHandle);
}

use alloc::string::ToString;

#[test]
fn a_lent_resource_cannot_be_given_away() {
    let (mut world, [[own, borrow], ..]) = world();
    let file = Resource::<File>::new_own(42);
    world.guest.handles.enter_call(None);
    let index = lower(&mut world, borrow, &file).unwrap();
    traps(lower(&mut world, own, &file), Trap::HandleLent);
    traps(world.guest.handles.exit_call(), Trap::BorrowsRemain);
    // The call is not over, so neither is the loan.
    traps(lower(&mut world, own, &file), Trap::HandleLent);
    let id = world.resources[ResourceIndex::from_u32(0)];
    world.guest.handles.resource_drop(world.table, id, index).unwrap();
    world.guest.handles.exit_call().unwrap();
    lower(&mut world, own, &file).unwrap();
}

#[test]
fn a_borrow_is_no_own() {
    let (mut world, [[own, borrow], ..]) = world();
    let file = Resource::<File>::new_borrow(42);
    let error = lower(&mut world, own, &file).unwrap_err();
    assert_eq!(error.to_string(), "cannot lower a `borrow` resource into an `own`");
    world.guest.handles.enter_call(None);
    let index = lower(&mut world, borrow, &file).unwrap();
    traps(lift::<Resource<File>>(&mut world, own, index), Trap::NotOwned);
    let back: Resource<File> = lift(&mut world, borrow, index).unwrap();
    assert_eq!((back.rep(), back.owned()), (42, false));
}

#[test]
fn guest_resources_are_any() {
    let (mut world, [_, [own, borrow], _]) = world();
    let id = world.resources[ResourceIndex::from_u32(1)];
    let index = world.guest.handles.resource_new(world.table, id, 99).unwrap();
    let any: ResourceAny = lift(&mut world, own, index).unwrap();
    assert!(any.owned() && any.ty() == world.guest.handles.def(id).ty);
    world.guest.handles.enter_call(None);
    // Its definer gets the representation, not a handle.
    assert_eq!(lower(&mut world, borrow, &any).unwrap(), 99);
    traps(lower(&mut world, own, &any), Trap::HandleLent);
    world.guest.handles.exit_call().unwrap();
    assert_eq!(lower(&mut world, own, &any).unwrap(), 1);
    assert!(lower(&mut world, own, &any).is_err());
}

#[test]
fn a_borrowed_any_must_be_dropped_in_time() {
    let (mut world, [_, [_, borrow], _]) = world();
    let id = world.resources[ResourceIndex::from_u32(1)];
    let index = world.guest.handles.resource_new(world.table, id, 99).unwrap();
    world.guest.handles.enter_call(None);
    let any: ResourceAny = lift(&mut world, borrow, index).unwrap();
    assert!(!any.owned());
    traps(world.guest.handles.resource_drop(world.table, id, index), Trap::HandleLent);
    assert_eq!(any.take(&mut world.guest.handles).unwrap(), 99);
    world.guest.handles.exit_call().unwrap();
    assert_eq!(world.guest.handles.resource_drop(world.table, id, index).unwrap(), Some(99));
}

#[test]
fn types_are_told_apart() {
    let (mut world, [[own, _], [guest_own, _], [dynamic_own, _]]) = world();
    assert!(lower(&mut world, guest_own, &Resource::<File>::new_own(1)).is_err());
    assert!(lower(&mut world, own, &Resource::<u8>::new_own(1)).is_err());
    assert!(lower(&mut world, dynamic_own, &ResourceDynamic::new_own(1, 8)).is_err());
    let index = lower(&mut world, dynamic_own, &ResourceDynamic::new_own(1, 7)).unwrap();
    assert_eq!(lift::<ResourceDynamic>(&mut world, dynamic_own, index).unwrap().ty(), 7);
    let bound = BoundResources { bindings: &world.resources, handles: &world.guest.handles };
    let ctx = InstanceType { types: &world.types, resources: &bound };
    let [file, guest] = [0, 1].map(|n| T::Own(ResourceIndex::from_u32(n)));
    assert!(Resource::<File>::typecheck(file, &ctx).is_ok() && ResourceAny::typecheck(guest, &ctx).is_ok());
    let error = Resource::<File>::typecheck(guest, &ctx).unwrap_err().to_string();
    assert!(error.starts_with("resource type mismatch: expected the host's resource"), "{error}");
    assert!(error.ends_with("found a guest-defined resource"), "{error}");
}

#[test]
fn host_resources_become_any_and_back() {
    let (mut world, _) = world();
    let handles = &mut world.guest.handles;
    let any = Resource::<File>::new_own(5).into_any_inner(handles).unwrap();
    assert!(Resource::<u8>::from_any_inner(any, handles).is_err());
    assert_eq!(Resource::<File>::from_any_inner(any, handles).unwrap().rep(), 5);
    assert!(Resource::<File>::from_any_inner(any, handles).is_err());
    let any = ResourceDynamic::new_own(6, 7).into_any_inner(handles).unwrap();
    assert_eq!(ResourceDynamic::from_any_inner(any, handles).unwrap().rep(), 6);
}
