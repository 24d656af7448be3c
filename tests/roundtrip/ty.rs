//! Types of the component model, as simple as can be: text, flattening and values of each.
//!
//! This is a second reading of the specification, written apart from the runtime's; where the two differ, one is wrong.

use coracle::Result;
use coracle::component::Val;

/// xorshift: enough to choose shapes with, and the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    pub(crate) fn below(&mut self, n: u64) -> usize {
        (self.roll() >> 11) as usize % n as usize
    }
}

/// A core value type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    I32,
    I64,
    F32,
    F64,
}

impl Core {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::I32, Self::F32) | (Self::F32, Self::I32) => Self::I32,
            _ => Self::I64,
        }
    }
}

/// A type. Fields, cases and flags are called `n0`, `n1` and so on.
#[derive(Clone, Debug)]
pub(crate) enum Ty {
    Scalar(&'static str),
    Record(Vec<Ty>),
    Tuple(Vec<Ty>),
    Variant(Vec<Option<Ty>>),
    Enum(usize),
    Flags(usize),
    Option(Box<Ty>),
    Result(Option<Box<Ty>>, Option<Box<Ty>>),
    List(Box<Ty>),
    FixedList(Box<Ty>, usize),
    Map(&'static str, Box<Ty>),
    /// An own handle of the resource `$r`. Its values are told as representations, see [`Ty::handles`].
    Own,
}

const SCALARS: [&str; 13] =
    ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"];

pub(crate) fn name(n: usize) -> String {
    format!("n{n}")
}

impl Ty {
    pub(crate) fn random(dice: &mut Dice, depth: u32) -> Self {
        if depth == 0 || dice.below(4) == 0 {
            return Self::Scalar(SCALARS[dice.below(13)]);
        }
        let several = |dice: &mut Dice, most: u64| {
            let count = 1 + dice.below(most);
            (0..count).map(|_| Self::random(dice, depth - 1)).collect::<Vec<_>>()
        };
        match dice.below(12) {
            0 => Self::Record(several(dice, 5)),
            1 => Self::Tuple(several(dice, 4)),
            2 | 3 => {
                let cases = several(dice, 5);
                Self::Variant(cases.into_iter().map(|ty| if dice.below(4) == 0 { None } else { Some(ty) }).collect())
            }
            4 => Self::Enum([1, 2, 255, 256, 257, 300][dice.below(6)]),
            5 => Self::Flags(1 + dice.below(32)),
            6 => Self::Option(Self::random(dice, depth - 1).into()),
            7 => {
                let side = |dice: &mut Dice| (dice.below(4) != 0).then(|| Self::random(dice, depth - 1).into());
                let ok = side(dice);
                Self::Result(ok, side(dice))
            }
            8 => Self::List(Self::random(dice, depth - 1).into()),
            9 => Self::FixedList(Self::random(dice, depth - 1).into(), [1, 2, 5, 17][dice.below(4)]),
            10 => {
                let keys = SCALARS.map(|key| if key.starts_with('f') { "string" } else { key });
                match Self::random(dice, depth - 1) {
                    // Maps may lose values, so no handles are let into them.
                    value if value.has_handles() => Self::List(value.into()),
                    value => Self::Map(keys[dice.below(13)], value.into()),
                }
            }
            _ => Self::Own,
        }
    }

    /// Whether there are own handles in its values.
    pub(crate) fn has_handles(&self) -> bool {
        match self {
            Self::Own => true,
            Self::Scalar(_) | Self::Enum(_) | Self::Flags(_) => false,
            Self::Record(types) | Self::Tuple(types) => types.iter().any(Self::has_handles),
            Self::Variant(cases) => cases.iter().flatten().any(Self::has_handles),
            Self::Option(ty) | Self::List(ty) | Self::FixedList(ty, _) | Self::Map(_, ty) => ty.has_handles(),
            Self::Result(ok, err) => ok.iter().chain(err).any(|ty| ty.has_handles()),
        }
    }

    /// The text of the type. Types that must have names get one, and are pushed to `named`.
    pub(crate) fn text(&self, named: &mut Vec<String>) -> String {
        let body = match self {
            Self::Scalar(name) => return (*name).into(),
            Self::Tuple(types) => {
                let types: Vec<_> = types.iter().map(|ty| ty.text(named)).collect();
                return format!("(tuple {})", types.join(" "));
            }
            Self::Option(ty) => return format!("(option {})", ty.text(named)),
            Self::List(ty) => return format!("(list {})", ty.text(named)),
            Self::FixedList(ty, count) => return format!("(list {} {count})", ty.text(named)),
            Self::Map(key, ty) => return format!("(map {key} {})", ty.text(named)),
            Self::Own => return "(own $r)".into(),
            Self::Result(ok, err) => {
                let ok = ok.as_ref().map_or_else(String::new, |ty| ty.text(named));
                let err = err.as_ref().map_or_else(String::new, |ty| format!("(error {})", ty.text(named)));
                return format!("(result {ok} {err})");
            }
            Self::Record(types) => {
                let fields = types.iter().enumerate();
                let fields: Vec<_> = fields.map(|(n, ty)| format!("(field \"n{n}\" {})", ty.text(named))).collect();
                format!("(record {})", fields.join(" "))
            }
            Self::Variant(cases) => {
                let cases = cases.iter().enumerate().map(|(n, ty)| {
                    let ty = ty.as_ref().map_or_else(String::new, |ty| ty.text(named));
                    format!("(case \"n{n}\" {ty})")
                });
                format!("(variant {})", cases.collect::<Vec<_>>().join(" "))
            }
            Self::Enum(count) => format!("(enum {})", quoted(*count)),
            Self::Flags(count) => format!("(flags {})", quoted(*count)),
        };
        named.push(body);
        format!("$t{}", named.len() - 1)
    }

    /// The core values of the type.
    pub(crate) fn flat(&self) -> Vec<Core> {
        match self {
            Self::Scalar("s64" | "u64") => vec![Core::I64],
            Self::Scalar("f32") => vec![Core::F32],
            Self::Scalar("f64") => vec![Core::F64],
            Self::Scalar("string") | Self::List(_) | Self::Map(..) => vec![Core::I32; 2],
            Self::Scalar(_) | Self::Enum(_) | Self::Flags(_) | Self::Own => vec![Core::I32],
            Self::FixedList(ty, count) => ty.flat().repeat(*count),
            Self::Record(types) | Self::Tuple(types) => types.iter().flat_map(Self::flat).collect(),
            Self::Variant(cases) => cases_flat(cases.iter().map(Option::as_ref)),
            Self::Option(ty) => cases_flat([None, Some(&**ty)].into_iter()),
            Self::Result(ok, err) => cases_flat([ok.as_deref(), err.as_deref()].into_iter()),
        }
    }

    /// A random value.
    pub(crate) fn value(&self, dice: &mut Dice) -> Val {
        let raw = dice.roll();
        let some = |ty: &Self, dice: &mut Dice| Some(Box::new(ty.value(dice)));
        match self {
            Self::Scalar(name) => scalar(name, raw, dice),
            Self::Record(types) => {
                Val::Record(types.iter().enumerate().map(|(n, ty)| (name(n), ty.value(dice))).collect())
            }
            Self::Tuple(types) => Val::Tuple(types.iter().map(|ty| ty.value(dice)).collect()),
            Self::Variant(cases) => {
                let n = dice.below(cases.len() as u64);
                Val::Variant(name(n), cases[n].as_ref().and_then(|ty| some(ty, dice)))
            }
            Self::Enum(count) => Val::Enum(name(dice.below(*count as u64))),
            Self::Flags(count) => Val::Flags((0..*count).filter(|n| raw >> n & 1 != 0).map(name).collect()),
            Self::Option(ty) => Val::Option(if raw & 3 == 0 { None } else { some(ty, dice) }),
            Self::Result(ok, _) if raw & 1 == 0 => Val::Result(Ok(ok.as_ref().and_then(|ty| some(ty, dice)))),
            Self::Result(_, err) => Val::Result(Err(err.as_ref().and_then(|ty| some(ty, dice)))),
            Self::List(ty) => Val::List((0..dice.below(6)).map(|_| ty.value(dice)).collect()),
            Self::FixedList(ty, count) => Val::FixedLengthList((0..*count).map(|_| ty.value(dice)).collect()),
            Self::Map(key, ty) => {
                let key = Self::Scalar(key);
                Val::Map((0..dice.below(5)).map(|_| (key.value(dice), ty.value(dice))).collect())
            }
            Self::Own => Val::U32(raw as u32),
        }
    }

    /// The value with another value in place of each own handle: a resource for a representation, or the reverse.
    pub(crate) fn handles(&self, value: Val, f: &mut dyn FnMut(Val) -> Result<Val>) -> Result<Val> {
        let mut list = |ty: &Self, items: Vec<Val>| -> Result<Vec<Val>> {
            items.into_iter().map(|item| ty.handles(item, f)).collect()
        };
        Ok(match (self, value) {
            (Self::List(ty), Val::List(items)) => Val::List(list(ty, items)?),
            (Self::FixedList(ty, _), Val::FixedLengthList(items)) => Val::FixedLengthList(list(ty, items)?),
            (Self::Map(_, ty), Val::Map(items)) => {
                Val::Map(items.into_iter().map(|(k, v)| Ok((k, ty.handles(v, f)?))).collect::<Result<_>>()?)
            }
            (Self::Record(types), Val::Record(fields)) => {
                let fields = fields.into_iter().zip(types);
                Val::Record(fields.map(|((n, v), ty)| Ok((n, ty.handles(v, f)?))).collect::<Result<_>>()?)
            }
            (Self::Tuple(types), Val::Tuple(items)) => {
                let items = items.into_iter().zip(types);
                Val::Tuple(items.map(|(v, ty)| ty.handles(v, f)).collect::<Result<_>>()?)
            }
            (Self::Variant(cases), Val::Variant(case, Some(payload))) => {
                let n: usize = case[1..].parse().expect("cases are numbered");
                let ty = cases[n].as_ref().expect("the case has a payload");
                Val::Variant(case, Some(ty.handles(*payload, f)?.into()))
            }
            (Self::Option(ty), Val::Option(Some(payload))) => Val::Option(Some(ty.handles(*payload, f)?.into())),
            (Self::Result(Some(ty), _), Val::Result(Ok(Some(payload)))) => {
                Val::Result(Ok(Some(ty.handles(*payload, f)?.into())))
            }
            (Self::Result(_, Some(ty)), Val::Result(Err(Some(payload)))) => {
                Val::Result(Err(Some(ty.handles(*payload, f)?.into())))
            }
            (Self::Own, value) => f(value)?,
            (_, value) => value,
        })
    }
}

fn quoted(count: usize) -> String {
    (0..count).map(|n| format!("\"n{n}\"")).collect::<Vec<_>>().join(" ")
}

fn cases_flat<'a>(cases: impl Iterator<Item = Option<&'a Ty>>) -> Vec<Core> {
    let mut joined: Vec<Core> = Vec::new();
    for case in cases.flatten() {
        for (n, core) in case.flat().into_iter().enumerate() {
            match joined.get_mut(n) {
                Some(slot) => *slot = slot.join(core),
                None => joined.push(core),
            }
        }
    }
    joined.insert(0, Core::I32);
    joined
}

fn scalar(name: &str, raw: u64, dice: &mut Dice) -> Val {
    match name {
        "bool" => Val::Bool(raw & 1 != 0),
        "s8" => Val::S8(raw as i8),
        "u8" => Val::U8(raw as u8),
        "s16" => Val::S16(raw as i16),
        "u16" => Val::U16(raw as u16),
        "s32" => Val::S32(raw as i32),
        "u32" => Val::U32(raw as u32),
        "s64" => Val::S64(raw as i64),
        "u64" => Val::U64(raw),
        "f32" => Val::Float32(f32::from_bits(raw as u32)),
        "f64" => Val::Float64(f64::from_bits(raw)),
        "char" => Val::Char(char::from_u32(raw as u32 % 0x11_0000).unwrap_or('\u{fffd}')),
        _ => Val::String(text(dice)),
    }
}

/// Texts of one, two and four bytes per character in UTF-8, alone and mixed, so that each transcoder meets each turn.
fn text(dice: &mut Dice) -> String {
    let kinds = dice.below(4);
    let len = [0, 1, 3, 9, 70][dice.below(5)];
    let character = |dice: &mut Dice| match dice.below(8) + 4 * kinds {
        0..8 => char::from(b' ' + dice.below(95) as u8),
        8..12 => char::from(0xa0 + dice.below(96) as u8),
        12..16 => char::from_u32(0x3041 + dice.below(80) as u32).unwrap_or('x'),
        _ => char::from_u32(0x1f600 + dice.below(64) as u32).unwrap_or('x'),
    };
    (0..len).map(|_| character(dice)).collect()
}
