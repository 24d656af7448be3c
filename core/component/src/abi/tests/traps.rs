//! Each trap of the canonical ABI, and each error of the dynamic path.

use super::{Realloc, World, func};
use crate::abi::*;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_image::plan::StringEncoding;
use coracle_image::types::{Case, FuncTypeIndex, InterfaceType as T, TypeTableBuilder};

fn world(make: impl Fn(&mut TypeTableBuilder) -> Vec<T>) -> (World, FuncTypeIndex) {
    let mut types = TypeTableBuilder::default();
    let params = make(&mut types);
    let func = func(&mut types, &params);
    (World::new(types), func)
}

#[track_caller]
fn traps<V: core::fmt::Debug>(result: Result<V>, want: Trap) {
    let error = result.unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&want), "{error:?}");
}

#[test]
fn strings_out_of_bounds() {
    let (mut world, func) = world(|_| vec![T::String]);
    world.guest.memory = vec![b'a'; 16];
    for (ptr, len) in [(17, 0), (16, 1), (0, 17), (u32::MAX.into(), 1), (1, 1 << 27)] {
        let error = world.lift(func, &[ptr, len]).unwrap_err();
        assert_eq!(error.to_string(), "string pointer/length out of bounds of memory");
        assert_eq!(error.downcast_ref(), Some(&Trap::StringOutOfBounds));
    }
    assert!(world.lift(func, &[16, 0]).is_ok());
    world.options.ptr = Ptr::P64;
    traps(world.lift(func, &[u64::MAX, 1]), Trap::StringOutOfBounds);
    traps(world.lift(func, &[0, u64::MAX]), Trap::TooLong);
}

#[test]
fn strings_too_long() {
    let (mut world, func) = world(|_| vec![T::String]);
    traps(world.lift(func, &[0, 1 << 28]), Trap::TooLong);
    traps(world.lift(func, &[0, (1 << 28) - 1]), Trap::StringOutOfBounds);
    world.options.encoding = StringEncoding::Utf16;
    traps(world.lift(func, &[0, 1 << 27]), Trap::TooLong);
    traps(world.lift(func, &[0, (1 << 27) - 1]), Trap::StringOutOfBounds);
    world.options.encoding = StringEncoding::CompactUtf16;
    traps(world.lift(func, &[0, 1 << 31 | 1 << 27]), Trap::TooLong);
    traps(world.lift(func, &[0, 1 << 27]), Trap::StringOutOfBounds);
}

#[test]
fn strings_unaligned() {
    let (mut world, func) = world(|_| vec![T::String]);
    assert!(world.lift(func, &[3, 0]).is_ok());
    for encoding in [StringEncoding::Utf16, StringEncoding::CompactUtf16] {
        world.options.encoding = encoding;
        traps(world.lift(func, &[3, 0]), Trap::UnalignedPointer);
    }
}

#[test]
fn strings_invalid() {
    let (mut world, func) = world(|_| vec![T::String]);
    world.guest.memory = vec![0xff, 0xd8, 0xd8, 0xd8, 0xe6, 0x97, 0, 0];
    let error = world.lift(func, &[0, 1]).unwrap_err();
    assert!(error.to_string().starts_with("invalid utf-8"));
    assert_eq!(error.downcast_ref(), Some(&Trap::InvalidString));
    let error = world.lift(func, &[4, 2]).unwrap_err();
    assert!(error.to_string().starts_with("incomplete utf-8 byte sequence"));
    world.options.encoding = StringEncoding::Utf16;
    traps(world.lift(func, &[2, 1]), Trap::InvalidString);
    world.options.encoding = StringEncoding::CompactUtf16;
    traps(world.lift(func, &[2, 1 << 31 | 1]), Trap::InvalidString);
    assert_eq!(world.lift(func, &[0, 1]).unwrap(), [Val::String("ÿ".into())]);
}

#[test]
fn lists() {
    let (mut world, func) = world(|types| vec![T::List(types.list(T::U32).unwrap())]);
    world.guest.memory = vec![0; 16];
    traps(world.lift(func, &[2, 0]), Trap::UnalignedPointer);
    traps(world.lift(func, &[20, 0]), Trap::ListOutOfBounds);
    traps(world.lift(func, &[0, 5]), Trap::ListOutOfBounds);
    traps(world.lift(func, &[0, 1 << 26]), Trap::TooLong);
    traps(world.lift(func, &[0, u32::MAX.into()]), Trap::TooLong);
    assert!(world.lift(func, &[0, 4]).is_ok());
    world.fuel = 10;
    traps(world.lift(func, &[0, 4]), Trap::HostcallFuel);
}

#[test]
fn maps() {
    let (mut world, func) = world(|types| vec![T::Map(types.map(T::U8, T::U64).unwrap())]);
    world.guest.memory = vec![0; 32];
    traps(world.lift(func, &[4, 0]), Trap::UnalignedPointer);
    traps(world.lift(func, &[0, 3]), Trap::ListOutOfBounds);
    let twice = world.lift(func, &[0, 2]).unwrap();
    assert_eq!(twice, [Val::Map(vec![(Val::U8(0), Val::U64(0)); 2])]);
}

#[test]
fn chars_and_discriminants() {
    let (mut world, func) = world(|types| {
        let names = ["a", "b", "c"].map(|name| types.name(name));
        vec![T::Char, T::Enum(types.enumeration(names.to_vec()).unwrap())]
    });
    for bad in [0xd800, 0xdfff, 0x11_0000, u64::from(u32::MAX)] {
        traps(world.lift(func, &[bad, 0]), Trap::InvalidChar);
    }
    traps(world.lift(func, &[0, 3]), Trap::InvalidDiscriminant);
    // Only the low 32 bits of an `i32` cell count.
    assert_eq!(world.lift(func, &[1 << 32 | 97, 2]).unwrap(), [Val::Char('a'), Val::Enum("c".into())]);
}

#[test]
fn discriminants_in_memory() {
    let (mut world, func) = world(|types| {
        let option = T::Option(types.option(T::U8).unwrap());
        let result = T::Result(types.result(None, None).unwrap());
        let case = |name| Case { name, ty: Some(T::Char) };
        let names: Vec<_> = (0..300).map(|n| types.name(&n.to_string())).collect();
        let wide = T::Variant(types.variant(names.into_iter().map(case).collect()).unwrap());
        [option, result, wide].map(|ty| T::List(types.list(ty).unwrap())).to_vec()
    });
    world.guest.memory = vec![2, 0, 0, 0, 44, 1, 0, 0, 43, 1, 0, 0, 0, 0xd8, 0, 0];
    traps(world.lift(func, &[0, 1, 0, 0, 0, 0]), Trap::InvalidDiscriminant);
    traps(world.lift(func, &[0, 0, 0, 1, 0, 0]), Trap::InvalidDiscriminant);
    traps(world.lift(func, &[0, 0, 0, 0, 4, 1]), Trap::InvalidDiscriminant);
    traps(world.lift(func, &[0, 0, 0, 0, 8, 1]), Trap::InvalidChar);
}

#[test]
fn spilled_values() {
    let (mut world, func) = world(|_| vec![T::U64; 17]);
    world.guest.memory = vec![0; 17 * 8];
    traps(world.lift(func, &[4]), Trap::UnalignedPointer);
    traps(world.lift(func, &[8]), Trap::PointerOutOfBounds);
    assert_eq!(world.lift(func, &[0]).unwrap().len(), 17);
    let ty = world.types[func].clone();
    let vals = [Val::Tuple(vec![Val::U64(1); 17])];
    for (at, trap) in [(4, Trap::UnalignedPointer), (8, Trap::PointerOutOfBounds)] {
        let args = [RawVal::ZERO, RawVal::from_u32(at)];
        traps(lower_results_dynamic(&mut world.lower_cx(), &vals, &ty, &args), trap);
    }
}

#[test]
fn realloc_returning_nonsense() {
    let (mut world, func) = world(|types| vec![T::String, T::List(types.list(T::U32).unwrap())]);
    let vals = [Val::String("abc".into()), Val::List(vec![Val::U32(1)])];
    world.guest.realloc = Realloc::Traps;
    traps(world.echo(func, &vals), Trap::UnreachableCodeReached);
    world.guest.realloc = Realloc::Always(1);
    traps(world.echo(func, &vals), Trap::ReallocUnaligned);
    for at in [64, 62, 1 << 31, u64::from(u32::MAX) - 3] {
        world.guest.realloc = Realloc::Always(at);
        traps(world.echo(func, &vals), Trap::ReallocOutOfBounds);
    }
    world.options.ptr = Ptr::P64;
    world.guest.realloc = Realloc::Always(u64::MAX - 3);
    traps(world.echo(func, &vals), Trap::ReallocOutOfBounds);
    world.options.encoding = StringEncoding::Utf16;
    world.guest.realloc = Realloc::Always(3);
    traps(world.echo(func, &vals), Trap::ReallocUnaligned);
    // Even nothing at all must lie in the memory.
    world.guest.realloc = Realloc::Always(66);
    traps(world.echo(func, &[Val::String("".into()), Val::List(vec![])]), Trap::ReallocOutOfBounds);
}

#[test]
fn allocation_follows_the_specification() {
    let (mut world, func) = world(|_| vec![T::String]);
    let mut calls = |encoding, text: &str| {
        world.options.encoding = encoding;
        world.guest.calls.clear();
        world.echo(func, &[Val::String(text.into())]).unwrap();
        let calls: Vec<_> = world.guest.calls.iter().map(|&(_, old, align, new)| (old, align, new)).collect();
        calls
    };
    assert_eq!(calls(StringEncoding::Utf8, "é日"), [(0, 1, 5)]);
    assert_eq!(calls(StringEncoding::Utf16, "ab"), [(0, 2, 4)]);
    assert_eq!(calls(StringEncoding::Utf16, "é日"), [(0, 2, 10), (10, 2, 4)]);
    assert_eq!(calls(StringEncoding::CompactUtf16, "ab"), [(0, 2, 2)]);
    assert_eq!(calls(StringEncoding::CompactUtf16, "é"), [(0, 2, 2), (2, 2, 1)]);
    assert_eq!(calls(StringEncoding::CompactUtf16, "aé日"), [(0, 2, 6), (6, 2, 12), (12, 2, 6)]);
}

#[test]
fn dynamic_errors_say_where() {
    let mut types = TypeTableBuilder::default();
    let (first, second, x) = (types.name("first"), types.name("second"), types.name("x"));
    let record = T::Record(types.record(vec![(x, T::U8)]).unwrap());
    let list = T::List(types.list(record).unwrap());
    let func = types.func(false, vec![(first, T::U32), (second, list)], None).unwrap();
    let mut world = World::new(types);
    let mut error = |vals: &[Val]| {
        let error = world.echo(func, vals).unwrap_err();
        assert_eq!(error.kind(), coracle_error::ErrorKind::Type);
        alloc::format!("{error:#}")
    };
    let record = |name: &str, val| Val::List(vec![Val::Record(vec![(name.into(), val)])]);
    assert_eq!(error(&[Val::U32(1)]), "expected 2 arguments, found 1");
    assert_eq!(
        error(&[Val::S32(1), record("x", Val::U8(1))]),
        "type mismatch: expected `u32`, found `s32`: in parameter `first`"
    );
    assert_eq!(
        error(&[Val::U32(1), record("x", Val::Bool(true))]),
        "type mismatch: expected `u8`, found `bool`: in parameter `second`: in list element 0: in field `x`"
    );
    assert_eq!(
        error(&[Val::U32(1), record("y", Val::U8(1))]),
        "expected record field `x`, found `y`: in parameter `second`: in list element 0"
    );
    let none = |_: &mut World| Val::Record(vec![]);
    let vals = [Val::U32(1), Val::List(vec![none(&mut world)])];
    assert_eq!(
        alloc::format!("{:#}", world.echo(func, &vals).unwrap_err()),
        "expected 1 record fields, found 0: in parameter `second`: in list element 0"
    );
}

#[test]
fn dynamic_cases_and_flags_by_name() {
    let (mut world, func) = world(|types| {
        let [a, b] = ["a", "b"].map(|name| types.name(name));
        let cases = vec![Case { name: a, ty: None }, Case { name: b, ty: Some(T::U8) }];
        vec![T::Variant(types.variant(cases).unwrap()), T::Flags(types.flags(vec![a, b]))]
    });
    let mut error = |val: Val, flag: &str| {
        alloc::format!("{:#}", world.echo(func, &[val, Val::Flags(vec![flag.into()])]).unwrap_err())
    };
    let variant = |name: &str, val: Option<u8>| Val::Variant(name.into(), val.map(|val| Val::U8(val).into()));
    assert_eq!(error(variant("c", None), "a"), "unknown variant case `c`, expected one of: a, b: in parameter `p`");
    assert_eq!(error(variant("a", Some(1)), "a"), "expected no payload, found one: in parameter `p`: in case `a`");
    assert_eq!(error(variant("b", None), "a"), "expected a payload, found none: in parameter `p`: in case `b`");
    assert_eq!(error(variant("a", None), "z"), "unknown flags flag `z`, expected one of: a, b: in parameter `p`");
}
