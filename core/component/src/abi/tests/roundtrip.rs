//! Typed values there and back, flat and through memory, in each encoding and address width.

use super::{World, func};
use crate::abi::*;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use coracle_image::types::{InterfaceType as T, TypeTableBuilder};
use core::fmt::Debug;

/// `value` there and back as one parameter, as one of many (which spill), and as a result.
fn check<V: Lower + Lift + PartialEq + Debug>(make: impl Fn(&mut TypeTableBuilder) -> T, values: Vec<V>) {
    let mut types = TypeTableBuilder::default();
    let ty = make(&mut types);
    let one = func(&mut types, &[ty]);
    let mut many = vec![T::U64; 16];
    many[3] = ty;
    let many = func(&mut types, &many);
    let name = types.name("p");
    let result = types.func(false, vec![(name, T::U8)], Some(ty)).unwrap();
    let mut world = World::new(types);
    world.each_options(|world| {
        let resources = UnboundResources { component: 0 };
        let ctx = InstanceType { types: &world.types, resources: &resources };
        V::typecheck(ty, &ctx).unwrap();
        assert!(world.types.layout(ty).flat(world.options.ptr).count() == V::ABI.flat());
        for value in &values {
            params(world, one, &(value,), |(back,): (V,)| assert_eq!(back, *value));
            let zeros = (0_u64, 1_u64, 2_u64, value, 4_u64, 5_u64, 6_u64, 7_u64, 8_u64, 9_u64, 10_u64, 11_u64);
            let zeros = (
                zeros.0, zeros.1, zeros.2, zeros.3, zeros.4, zeros.5, zeros.6, zeros.7, zeros.8, zeros.9, zeros.10,
                zeros.11, 12_u64, 13_u64, 14_u64, 15_u64,
            );
            type Many<V> = (u64, u64, u64, V, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);
            params(world, many, &zeros, |back: Many<V>| {
                assert_eq!(back.3, *value);
                assert_eq!((back.2, back.4, back.15), (2, 4, 15));
            });
            results(world, result, value);
        }
    });
}

fn params<P: Lower, R: Lift>(world: &mut World, func: FuncTypeIndex, params: &P, then: impl FnOnce(R)) {
    let ty = world.types[func].clone();
    let mut cells = [RawVal::from_u64(u64::MAX); MAX_CELLS];
    let used = lower_params(&mut world.lower_cx(), params, &ty, &mut cells).unwrap();
    assert_eq!(used, ty.abi(world.options.ptr).lift.params().len());
    then(lift_params(&mut world.lift_cx(), &ty, &cells[..used]).unwrap());
}

fn results<V: Lower + Lift + PartialEq + Debug>(world: &mut World, func: FuncTypeIndex, value: &V) {
    let ty = world.types[func].clone();
    let layout = *world.types.layout(ty.result.unwrap());
    let ptr = world.options.ptr;
    let at = world.lower_cx().alloc(layout.align(ptr), layout.size(ptr) as usize).unwrap();
    let args = [RawVal::ZERO, RawVal::from_usize(at)];
    let cell = lower_results(&mut world.lower_cx(), &(value,), &ty, &args).unwrap();
    assert_eq!(cell.is_none(), ty.abi(ptr).results_spill());
    let cells = [cell.unwrap_or(RawVal::from_usize(at))];
    let (back,): (V,) = lift_results(&mut world.lift_cx(), &ty, &cells).unwrap();
    assert_eq!(back, *value);
}

use coracle_image::types::FuncTypeIndex;

#[test]
fn numbers() {
    check(|_| T::Bool, vec![true, false]);
    check(|_| T::S8, vec![i8::MIN, -1, 0, i8::MAX]);
    check(|_| T::U8, vec![0, u8::MAX]);
    check(|_| T::S16, vec![i16::MIN, -1, i16::MAX]);
    check(|_| T::U16, vec![0, u16::MAX]);
    check(|_| T::S32, vec![i32::MIN, -1, i32::MAX]);
    check(|_| T::U32, vec![0, u32::MAX]);
    check(|_| T::S64, vec![i64::MIN, -1, i64::MAX]);
    check(|_| T::U64, vec![0, u64::MAX]);
    check(|_| T::F32, vec![0.0, -0.0, 1.5, f32::INFINITY, f32::MIN_POSITIVE]);
    check(|_| T::F64, vec![0.0, -0.0, 1.5, f64::NEG_INFINITY, f64::MIN_POSITIVE]);
    check(|_| T::Char, vec!['a', '\0', 'é', '\u{d7ff}', '\u{e000}', '\u{10ffff}']);
}

pub(super) fn texts() -> Vec<String> {
    let mut texts: Vec<String> = ["", "a", "hello", "é", "naïve café ÿ", "日本語", "a日", "😀", "ab\0c", "é日😀 end"]
        .iter()
        .map(ToString::to_string)
        .collect();
    texts.push("x".repeat(1000));
    texts.push("é".repeat(300) + "日");
    texts
}

#[test]
fn strings() {
    check(|_| T::String, texts());
    check(|_| T::String, texts().into_iter().map(Box::<str>::from).collect());
}

#[test]
fn lists() {
    check(|types| T::List(types.list(T::U8).unwrap()), vec![vec![], vec![1_u8, 2, 255], vec![7; 4096]]);
    check(|types| T::List(types.list(T::S16).unwrap()), vec![vec![], vec![-1_i16, 2], vec![i16::MIN; 100]]);
    check(|types| T::List(types.list(T::F64).unwrap()), vec![vec![1.5, f64::INFINITY]]);
    check(|types| T::List(types.list(T::Bool).unwrap()), vec![vec![true, false, true]]);
    check(|types| T::List(types.list(T::String).unwrap()), vec![vec![], texts()]);
    check(
        |types| {
            let inner = T::List(types.list(T::U32).unwrap());
            T::List(types.list(inner).unwrap())
        },
        vec![vec![vec![], vec![1_u32], vec![2, 3]].into_boxed_slice()],
    );
}

#[cfg(feature = "bytes")]
#[test]
fn bytes_are_lists() {
    use bytes::{Bytes, BytesMut};
    let of = |types: &mut TypeTableBuilder| T::List(types.list(T::U8).unwrap());
    check(of, vec![Bytes::new(), Bytes::from_static(&[0, 128, 255]), vec![7; 4096].into()]);
    check(of, vec![BytesMut::new(), BytesMut::from(&[1, 2, 3][..])]);
}

#[test]
fn fixed_length_lists() {
    check(|types| T::FixedLengthList(types.fixed_length_list(T::U16, 3).unwrap()), vec![[1_u16, 2, 3]]);
    check(
        |types| T::FixedLengthList(types.fixed_length_list(T::String, 2).unwrap()),
        vec![["a".to_string(), "日".to_string()]],
    );
    check(|types| T::FixedLengthList(types.fixed_length_list(T::U8, 100).unwrap()), vec![[9_u8; 100]]);
}

#[test]
fn maps() {
    let map = |types: &mut TypeTableBuilder| T::Map(types.map(T::String, T::U8).unwrap());
    let full: BTreeMap<String, u8> = texts().into_iter().zip(0..).collect();
    check(map, vec![BTreeMap::new(), full.clone()]);
    #[cfg(feature = "std")]
    check(map, vec![full.into_iter().collect::<std::collections::HashMap<_, _>>()]);
    check(|types| T::Map(types.map(T::U8, T::U64).unwrap()), vec![BTreeMap::from([(1_u8, 2_u64), (3, 4)])]);
}

#[test]
fn options_and_results() {
    check(|types| T::Option(types.option(T::U8).unwrap()), vec![None, Some(7_u8)]);
    check(|types| T::Option(types.option(T::String).unwrap()), vec![None, Some("日".to_string())]);
    check(
        |types| {
            let inner = T::Option(types.option(T::F32).unwrap());
            T::Option(types.option(inner).unwrap())
        },
        vec![None, Some(None), Some(Some(1.5_f32))],
    );
    check(|types| T::Result(types.result(None, None).unwrap()), vec![Ok(()), Err(())]);
    check(|types| T::Result(types.result(Some(T::U64), Some(T::F32)).unwrap()), vec![Ok(u64::MAX), Err(-1.5_f32)]);
    check(|types| T::Result(types.result(None, Some(T::String)).unwrap()), vec![Ok(()), Err("é".to_string())]);
    // `f32` and `i32` join as `i32`, with `i64` as `i64`: no bit may get lost or be invented.
    check(|types| T::Result(types.result(Some(T::F32), Some(T::S32)).unwrap()), vec![Ok(-0.0_f32), Err(-1_i32)]);
    check(|types| T::Result(types.result(Some(T::F64), Some(T::S8)).unwrap()), vec![Ok(-2.5_f64), Err(-1_i8)]);
}

#[test]
fn tuples() {
    let pair = |types: &mut TypeTableBuilder| T::Tuple(types.tuple(vec![T::U8, T::U64, T::String, T::Bool]).unwrap());
    check(pair, vec![(1_u8, u64::MAX, "é".to_string(), true)]);
}

#[test]
fn lifted_nans_are_canonical() {
    let mut types = TypeTableBuilder::default();
    let list = T::List(types.list(T::F32).unwrap());
    let flat = func(&mut types, &[T::F32, T::F64]);
    let many = func(&mut types, &[list]);
    let mut world = World::new(types);
    let vals = [Val::Float32(f32::from_bits(0xffc0_1234)), Val::Float64(f64::from_bits(0x7ff0_0000_0000_0001))];
    let back = world.echo(flat, &vals).unwrap();
    let [Val::Float32(a), Val::Float64(b)] = back[..] else { panic!() };
    assert_eq!((a.to_bits(), b.to_bits()), (0x7fc0_0000, 0x7ff8_0000_0000_0000));
    let ty = world.types[many].clone();
    let mut cells = [RawVal::ZERO; MAX_CELLS];
    lower_params(&mut world.lower_cx(), &(vec![f32::from_bits(0xff80_0001)],), &ty, &mut cells).unwrap();
    let (back,): (Vec<f32>,) = lift_params(&mut world.lift_cx(), &ty, &cells).unwrap();
    assert_eq!(back[0].to_bits(), 0x7fc0_0000);
}

#[test]
fn type_errors_name_the_path_and_both_types() {
    let mut types = TypeTableBuilder::default();
    let list = T::List(types.list(T::U8).unwrap());
    let result = T::Result(types.result(Some(list), None).unwrap());
    let tuple = T::Tuple(types.tuple(vec![T::Bool, result]).unwrap());
    let world = World::new(types);
    let resources = UnboundResources { component: 0 };
    let ctx = InstanceType { types: &world.types, resources: &resources };
    let error = <(bool, Result<Vec<u16>, ()>)>::typecheck(tuple, &ctx).unwrap_err();
    assert_eq!(
        alloc::format!("{error:#}"),
        "type mismatch in tuple field 1: type mismatch in `ok` of a result: type mismatch in list element: expected \
         `u16`, found `u8`"
    );
    let error = <(bool,)>::typecheck(tuple, &ctx).unwrap_err();
    assert_eq!(error.to_string(), "expected 1-tuple, found 2-tuple");
    assert_eq!(error.kind(), coracle_error::ErrorKind::Type);
    let error = String::typecheck(tuple, &ctx).unwrap_err();
    assert_eq!(error.to_string(), "expected `string`, found `tuple<bool, result<list<u8>>>`");
}
