//! Random types and values, there and back.

use super::World;
use crate::abi::*;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use coracle_image::types::{Case, InterfaceType as T, TypeTableBuilder};

/// xorshift: enough to choose shapes with, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: u64) -> usize {
        (self.roll() % n) as usize
    }
}

const SCALARS: [T; 13] =
    [T::Bool, T::S8, T::U8, T::S16, T::U16, T::S32, T::U32, T::S64, T::U64, T::F32, T::F64, T::Char, T::String];

fn names(types: &mut TypeTableBuilder, count: usize) -> Vec<coracle_image::strings::NameId> {
    (0..count).map(|n| types.name(&("n".to_string() + &n.to_string()))).collect()
}

fn random_type(dice: &mut Dice, types: &mut TypeTableBuilder, depth: u32) -> T {
    if depth == 0 || dice.below(3) == 0 {
        return SCALARS[dice.below(13)];
    }
    let next = |dice: &mut Dice, types: &mut TypeTableBuilder| random_type(dice, types, depth - 1);
    let maybe = |dice: &mut Dice, ty: T| if dice.below(3) == 0 { None } else { Some(ty) };
    match dice.below(10) {
        0 => {
            let count = 1 + dice.below(5);
            let fields = names(types, count).into_iter().map(|name| (name, next(dice, types))).collect();
            T::Record(types.record(fields).unwrap())
        }
        1 => {
            let count = if dice.below(10) == 0 { 300 } else { 1 + dice.below(5) };
            let payload = next(dice, types);
            let other = next(dice, types);
            let cases = names(types, count).into_iter().map(|name| {
                let ty = if dice.below(2) == 0 { payload } else { other };
                Case { name, ty: maybe(dice, ty) }
            });
            let cases = cases.collect();
            T::Variant(types.variant(cases).unwrap())
        }
        2 => {
            let count = [1, 3, 255, 256, 257][dice.below(5)];
            let names = names(types, count);
            T::Enum(types.enumeration(names).unwrap())
        }
        3 => {
            let count = 1 + dice.below(70);
            let names = names(types, count);
            T::Flags(types.flags(names))
        }
        4 => {
            let (ok, err) = (next(dice, types), next(dice, types));
            let (ok, err) = (maybe(dice, ok), maybe(dice, err));
            T::Result(types.result(ok, err).unwrap())
        }
        5 => {
            let ty = next(dice, types);
            T::Option(types.option(ty).unwrap())
        }
        6 => {
            let items = (0..1 + dice.below(4)).map(|_| next(dice, types)).collect();
            T::Tuple(types.tuple(items).unwrap())
        }
        7 => {
            let ty = next(dice, types);
            let len = 1 + dice.below(5) as u32;
            T::FixedLengthList(types.fixed_length_list(ty, len).unwrap())
        }
        8 => {
            let (key, value) = (SCALARS[dice.below(13)], next(dice, types));
            T::Map(types.map(key, value).unwrap())
        }
        _ => {
            let ty = next(dice, types);
            T::List(types.list(ty).unwrap())
        }
    }
}

fn random_text(dice: &mut Dice) -> String {
    let wide = dice.below(3);
    (0..dice.below(9))
        .map(|_| match dice.below(3) * wide {
            0 | 1 => (b' ' + dice.below(90) as u8) as char,
            2 => char::from(128 + dice.below(128) as u8),
            _ => char::from_u32(0x1f600 + dice.below(40) as u32).unwrap_or('日'),
        })
        .collect()
}

fn random_val(dice: &mut Dice, types: &coracle_image::types::TypeTable, ty: T) -> Val {
    let raw = dice.roll();
    let name = |id| String::from(types.name(id));
    let some = |dice: &mut Dice, ty| Some(Box::new(random_val(dice, types, ty)));
    match ty {
        T::Bool => Val::Bool(raw & 1 != 0),
        T::S8 => Val::S8(raw as i8),
        T::U8 => Val::U8(raw as u8),
        T::S16 => Val::S16(raw as i16),
        T::U16 => Val::U16(raw as u16),
        T::S32 => Val::S32(raw as i32),
        T::U32 => Val::U32(raw as u32),
        T::S64 => Val::S64(raw as i64),
        T::U64 => Val::U64(raw),
        T::F32 => Val::Float32(f32::from_bits(raw as u32)),
        T::F64 => Val::Float64(f64::from_bits(raw)),
        T::Char => Val::Char(char::from_u32(raw as u32 % 0x11_0000).unwrap_or('x')),
        T::String => Val::String(random_text(dice)),
        T::Record(i) => {
            let fields = types[i].fields.iter();
            Val::Record(fields.map(|field| (name(field.name), random_val(dice, types, field.ty))).collect())
        }
        T::Variant(i) => {
            let case = &types[i].cases[dice.below(types[i].cases.len() as u64)];
            Val::Variant(name(case.name), case.ty.and_then(|ty| some(dice, ty)))
        }
        T::Enum(i) => Val::Enum(name(types[i].names[dice.below(types[i].names.len() as u64)])),
        T::Flags(i) => {
            let set = types[i].names.iter().filter(|_| dice.below(2) == 0);
            Val::Flags(set.map(|&flag| name(flag)).collect())
        }
        T::Option(i) if raw & 1 != 0 => Val::Option(some(dice, types[i].ty)),
        T::Option(_) => Val::Option(None),
        T::Result(i) if raw & 1 != 0 => Val::Result(Ok(types[i].ok.and_then(|ty| some(dice, ty)))),
        T::Result(i) => Val::Result(Err(types[i].err.and_then(|ty| some(dice, ty)))),
        T::Tuple(i) => Val::Tuple(types[i].types.iter().map(|&ty| random_val(dice, types, ty)).collect()),
        T::List(i) => Val::List((0..raw % 5).map(|_| random_val(dice, types, types[i].element)).collect()),
        T::FixedLengthList(i) => {
            Val::FixedLengthList((0..types[i].len).map(|_| random_val(dice, types, types[i].element)).collect())
        }
        T::Map(i) => {
            let entry =
                |dice: &mut Dice| (random_val(dice, types, types[i].key), random_val(dice, types, types[i].value));
            Val::Map((0..raw % 5).map(|_| entry(dice)).collect())
        }
        _ => unreachable!("not made here"),
    }
}

#[test]
fn random_values_come_back() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut cases = 0_u32;
    for round in 0..400 {
        let mut types = TypeTableBuilder::default();
        let count = dice.below(if round % 4 == 0 { 20 } else { 4 });
        let params: Vec<_> = (0..count).map(|_| random_type(&mut dice, &mut types, 4)).collect();
        let func = super::func(&mut types, &params);
        let mut world = World::new(types);
        for _ in 0..5 {
            let vals: Vec<_> = params.iter().map(|&ty| random_val(&mut dice, &world.types, ty)).collect();
            world.each_options(|world| {
                world.fuel = 1 << 30;
                assert_eq!(world.echo(func, &vals).unwrap(), vals);
                cases += 1;
            });
        }
    }
    assert_eq!(cases, 400 * 5 * 6);
}

/// Whatever the cells and the memory hold, lifting gives a value or a trap, and never more of the host's memory than
/// its fuel allows.
#[test]
fn garbage_lifts_or_traps() {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..300 {
        let mut types = TypeTableBuilder::default();
        let params: Vec<_> = (0..1 + dice.below(3)).map(|_| random_type(&mut dice, &mut types, 3)).collect();
        let func = super::func(&mut types, &params);
        let mut world = World::new(types);
        for round in 0..20 {
            world.guest.memory = (0..256).map(|_| if round % 2 == 0 { dice.roll() as u8 } else { 0 }).collect();
            world.fuel = 1 << 16;
            world.each_options(|world| {
                let cells: Vec<_> = (0..MAX_CELLS).map(|_| dice.roll() >> [0, 32, 56, 60, 63][dice.below(5)]).collect();
                match world.lift(func, &cells) {
                    Ok(_) => good += 1,
                    Err(error) => {
                        assert_eq!(error.kind(), coracle_error::ErrorKind::Trap, "{error:?}");
                        bad += 1;
                    }
                }
            });
        }
    }
    assert!(good > 1000 && bad > 1000, "{good} good, {bad} bad");
}
