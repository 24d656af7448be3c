//! Whether types of two tables are the same: in structure, in all names, and in their resources.
//!
//! Within one table that is a comparison of indices. Across tables both are walked; what was found to be the same is
//! remembered, since types that share parts would be walked once for each way that leads to them.
//!
//! # Invariants
//! - Linear in the two types. Recursion is bounded by [`limits::TYPE_DEPTH`].

use crate::keyed::KeySet;
use crate::strings::NameId;
use crate::types::*;

/// Pairs of types that are the same, each of its own table. Good for as long as no resource becomes another one.
pub type MetTypes = KeySet<[InterfaceType; 2]>;

/// Compares types of one table with types of another.
pub struct SameTypes<'a, R> {
    /// The tables, left and right.
    pub tables: [&'a TypeTable; 2],
    /// Whether a resource of the left table is the same as one of the right.
    pub resources: R,
    /// What was compared before.
    pub met: &'a mut MetTypes,
}

impl<R: Fn(ResourceIndex, ResourceIndex) -> bool> SameTypes<'_, R> {
    /// Whether two function types are the same, the names of their parameters too.
    pub fn funcs(&mut self, a: FuncTypeIndex, b: FuncTypeIndex) -> bool {
        let (a, b) = (&self.tables[0][a], &self.tables[1][b]);
        a.is_async == b.is_async
            && self.names(&a.param_names, &b.param_names)
            && self.lists(&self.tables[0][a.params].types, &self.tables[1][b.params].types)
            && self.payloads(a.result, b.result)
    }

    /// Whether two value types are the same.
    pub fn types(&mut self, a: InterfaceType, b: InterfaceType) -> bool {
        use InterfaceType as T;
        match (a, b) {
            (T::Own(a), T::Own(b)) | (T::Borrow(a), T::Borrow(b)) => return (self.resources)(a, b),
            _ if is_primitive(a) || is_primitive(b) => return a == b,
            _ => {}
        }
        self.met.contains(&[a, b])
            || self.parts(a, b) && {
                self.met.insert([a, b]);
                true
            }
    }

    fn parts(&mut self, a: InterfaceType, b: InterfaceType) -> bool {
        use InterfaceType as T;
        let [x, y] = self.tables;
        match (a, b) {
            (T::Record(a), T::Record(b)) => {
                let (a, b) = (&x[a].fields, &y[b].fields);
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| x.name(a.name) == y.name(b.name) && self.types(a.ty, b.ty))
            }
            (T::Variant(a), T::Variant(b)) => {
                let (a, b) = (&x[a].cases, &y[b].cases);
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| x.name(a.name) == y.name(b.name) && self.payloads(a.ty, b.ty))
            }
            (T::List(a), T::List(b)) => self.types(x[a].element, y[b].element),
            (T::FixedLengthList(a), T::FixedLengthList(b)) => {
                x[a].len == y[b].len && self.types(x[a].element, y[b].element)
            }
            (T::Map(a), T::Map(b)) => self.types(x[a].key, y[b].key) && self.types(x[a].value, y[b].value),
            (T::Tuple(a), T::Tuple(b)) => self.lists(&x[a].types, &y[b].types),
            (T::Flags(a), T::Flags(b)) => self.names(&x[a].names, &y[b].names),
            (T::Enum(a), T::Enum(b)) => self.names(&x[a].names, &y[b].names),
            (T::Option(a), T::Option(b)) => self.types(x[a].ty, y[b].ty),
            (T::Result(a), T::Result(b)) => self.payloads(x[a].ok, y[b].ok) && self.payloads(x[a].err, y[b].err),
            (T::Future(a), T::Future(b)) => self.payloads(x[a], y[b]),
            (T::Stream(a), T::Stream(b)) => self.payloads(x[a], y[b]),
            _ => false,
        }
    }

    fn payloads(&mut self, a: Payload, b: Payload) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => self.types(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    fn lists(&mut self, a: &[InterfaceType], b: &[InterfaceType]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| self.types(a, b))
    }

    fn names(&self, a: &[NameId], b: &[NameId]) -> bool {
        let [x, y] = self.tables;
        a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| x.name(a) == y.name(b))
    }
}

fn is_primitive(ty: InterfaceType) -> bool {
    use InterfaceType as T;
    let integer = matches!(ty, T::S8 | T::U8 | T::S16 | T::U16 | T::S32 | T::U32 | T::S64 | T::U64);
    integer || matches!(ty, T::Bool | T::F32 | T::F64 | T::Char | T::String | T::ErrorContext)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// A record of a record of … of two, each the type before: as many ways through it as there are numbers.
    fn shared(bottom: InterfaceType) -> (TypeTable, InterfaceType) {
        let mut types = TypeTableBuilder::default();
        let (a, b) = (types.name("a"), types.name("b"));
        let mut ty = bottom;
        // As deep as fits in a value's bytes.
        for _ in 0..26 {
            ty = InterfaceType::Record(types.record(vec![(a, ty), (b, ty)]).unwrap());
            let list = types.list(ty).unwrap();
            ty = InterfaceType::Option(types.option(InterfaceType::List(list)).unwrap());
        }
        (types.finish(), ty)
    }

    #[test]
    fn shared_parts_are_walked_once() {
        let [(x, a), (y, b), (z, c)] = [InterfaceType::U8, InterfaceType::U8, InterfaceType::S8].map(shared);
        let mut met = MetTypes::default();
        assert!(SameTypes { tables: [&x, &y], resources: |_, _| false, met: &mut met }.types(a, b));
        assert_eq!(met.len(), 26 * 3);
        let mut met = MetTypes::default();
        assert!(!SameTypes { tables: [&x, &z], resources: |_, _| false, met: &mut met }.types(a, c));
    }

    #[test]
    fn resources_are_the_callers_rule_and_names_count() {
        let table = |name: &str, resource: u32| {
            let mut types = TypeTableBuilder::default();
            let param = types.name(name);
            let own = InterfaceType::Own(ResourceIndex::from_u32(resource));
            let func = types.func(false, vec![(param, own)], Some(InterfaceType::String)).unwrap();
            (types.finish(), func)
        };
        let same = |x: &(TypeTable, FuncTypeIndex), y: &(TypeTable, FuncTypeIndex)| {
            let resources = |a: ResourceIndex, b: ResourceIndex| a.as_u32() + 1 == b.as_u32();
            SameTypes { tables: [&x.0, &y.0], resources, met: &mut MetTypes::default() }.funcs(x.1, y.1)
        };
        assert!(same(&table("a", 1), &table("a", 2)));
        assert!(!same(&table("a", 1), &table("a", 1)));
        assert!(!same(&table("a", 1), &table("b", 2)));
    }
}
