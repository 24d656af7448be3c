//! Values of a given type, made by a generator with a fixed seed.

use coracle::component::Val;
use coracle::component::types::Type;

/// Makes values; the same seed makes the same ones.
pub(crate) struct Maker(u64);

impl Maker {
    /// A maker for a seed.
    pub(crate) fn new(seed: u64) -> Maker {
        Maker(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.bits() >> 32) as usize % end
    }

    /// An integer: half of the time one at an edge.
    fn int(&mut self) -> u64 {
        let edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, u64::MAX, i64::MIN as u64];
        if self.bits() >> 63 == 0 { edges[self.below(edges.len())] } else { self.bits() }
    }

    fn char(&mut self) -> char {
        let edges = ['\0', 'a', '\u{7f}', '\u{80}', 'ÿ', 'Ā', '\u{d7ff}', '\u{e000}', '\u{ffff}', '𝄞', char::MAX];
        edges[self.below(edges.len())]
    }

    fn string(&mut self) -> String {
        // All of Latin-1, or anything: the two make different choices in an encoding that has both.
        let latin = self.bits() >> 63 == 0;
        let len = [0, 1, 2, 7, 40][self.below(5)];
        (0..len).map(|_| if latin { char::from(self.bits() as u8) } else { self.char() }).collect()
    }

    fn maybe(&mut self, ty: Option<Type>, depth: usize) -> Option<Box<Val>> {
        ty.map(|ty| Box::new(self.value(&ty, depth + 1)))
    }

    /// A value of a type; lists get shorter with depth.
    pub(crate) fn value(&mut self, ty: &Type, depth: usize) -> Val {
        match ty {
            Type::Bool => Val::Bool(self.bits() >> 63 == 1),
            Type::S8 => Val::S8(self.int() as i8),
            Type::U8 => Val::U8(self.int() as u8),
            Type::S16 => Val::S16(self.int() as i16),
            Type::U16 => Val::U16(self.int() as u16),
            Type::S32 => Val::S32(self.int() as i32),
            Type::U32 => Val::U32(self.int() as u32),
            Type::S64 => Val::S64(self.int() as i64),
            Type::U64 => Val::U64(self.int()),
            Type::Float32 => Val::Float32(self.float() as f32),
            Type::Float64 => Val::Float64(self.float()),
            Type::Char => Val::Char(self.char()),
            Type::String => Val::String(self.string()),
            Type::List(list) => {
                let len = [0, 1, 3, 17][self.below(if depth == 0 { 4 } else { 3 })];
                Val::List((0..len).map(|_| self.value(&list.ty(), depth + 1)).collect())
            }
            Type::Record(record) => Val::Record(
                record.fields().map(|field| (field.name.into(), self.value(&field.ty, depth + 1))).collect(),
            ),
            Type::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| self.value(&ty, depth + 1)).collect()),
            Type::Variant(variant) => {
                let case = variant.cases().nth(self.below(variant.cases().len())).expect("below the number of cases");
                Val::Variant(case.name.into(), self.maybe(case.ty, depth))
            }
            Type::Enum(names) => {
                Val::Enum(names.names().nth(self.below(names.names().len())).expect("in range").into())
            }
            Type::Option(option) => {
                let some = self.below(3) > 0;
                Val::Option(self.maybe(some.then(|| option.ty()), depth))
            }
            Type::Result(result) if self.below(2) == 0 => Val::Result(Ok(self.maybe(result.ok(), depth))),
            Type::Result(result) => Val::Result(Err(self.maybe(result.err(), depth))),
            Type::Flags(flags) => {
                let wanted = self.int();
                let on = |&(bit, _): &(usize, &str)| wanted >> (bit % 64) & 1 == 1;
                Val::Flags(flags.names().enumerate().filter(on).map(|(_, name)| name.into()).collect())
            }
            other => panic!("no `echo` takes a {other:?}"),
        }
    }

    fn float(&mut self) -> f64 {
        let edges = [0.0, -0.0, 1.5, -1e30, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        edges[self.below(edges.len())]
    }
}

/// Equality in which a NaN equals a NaN and zero does not equal minus zero.
pub(crate) fn same(a: &Val, b: &Val) -> bool {
    let both = |a: &Option<Box<Val>>, b: &Option<Box<Val>>| match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let all = |a: &[Val], b: &[Val]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (a, b) {
        (Val::Float32(a), Val::Float32(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Val::Float64(a), Val::Float64(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Val::List(a), Val::List(b)) | (Val::Tuple(a), Val::Tuple(b)) => all(a, b),
        (Val::Record(a), Val::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
        }
        (Val::Variant(a, x), Val::Variant(b, y)) => a == b && both(x, y),
        (Val::Option(a), Val::Option(b)) => both(a, b),
        (Val::Result(Ok(a)), Val::Result(Ok(b))) | (Val::Result(Err(a)), Val::Result(Err(b))) => both(a, b),
        (a, b) => a == b,
    }
}
