//! `TypeTable`: component-level types, interned once; layout and flattening computed there, never per call.
//!
//! `flatten` evaluates type definitions while it runs a component's instantiations abstractly and interns what comes
//! out; structurally equal types over the same resources get the same index, so comparing two types of one component
//! is comparing two integers. [`TypeTableBuilder::finish`] drops the interning maps: behind `flatten` the table is
//! frozen.
//!
//! # Invariants
//! - Every index in a definition is smaller than that of the definition itself within its kind: types are acyclic.
//! - A type of depth over [`limits::TYPE_DEPTH`] is never interned, so recursion over types is bounded.

pub mod def;
pub mod flat;
pub mod layout;
pub mod print;
pub mod same;

pub use def::*;
pub use flat::{CoreSig, Flat, FlatType, Ptr};
pub use layout::{Content, Discriminant, Layout};

use crate::arena::PrimaryMap;
use crate::codec::{Codec, Reader, Writer};
use crate::entity::SigId;
use crate::keyed::{KeyMap, try_insert};
use crate::limits;
use crate::strings::{NameId, StringPool};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::collect;
use coracle_error::{Error, Result};
use core::hash::Hash;
use core::ops::Index;

macro_rules! tables {
    ($($(#[$doc:meta])* $field:ident: $key:ident => $def:ident;)*) => {
        /// All types of one component, frozen.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct TypeTable {
            names: StringPool,
            $($field: PrimaryMap<$key, $def>,)*
        }

        $(impl Index<$key> for TypeTable {
            type Output = $def;
            #[inline]
            fn index(&self, index: $key) -> &$def { &self.$field[index] }
        })*

        /// Its names come first, and in their order.
        impl Codec for TypeTable {
            fn write(&self, to: &mut Writer) {
                self.names.write(to);
                $(self.$field.write(to);)*
            }
            fn read(from: &mut Reader<'_>) -> Self {
                Self { names: Codec::read(from), $($field: Codec::read(from)),* }
            }
        }

        impl TypeTable {
            $($(#[$doc])*
            pub fn $field(&self) -> &PrimaryMap<$key, $def> { &self.$field })*
        }
    };
}

tables! {
    /// All record types.
    records: RecordIndex => Record;
    /// All variant types.
    variants: VariantIndex => Variant;
    /// All list types.
    lists: ListIndex => List;
    /// All fixed-length list types.
    fixed_length_lists: FixedLengthListIndex => FixedLengthList;
    /// All map types.
    maps: MapIndex => Map;
    /// All tuple types.
    tuples: TupleIndex => Tuple;
    /// All flags types.
    flags: FlagsIndex => FlagsType;
    /// All enum types.
    enums: EnumIndex => EnumType;
    /// All option types.
    options: OptionIndex => OptionType;
    /// All result types.
    results: ResultIndex => ResultType;
    /// The payloads of all future types.
    futures: FutureIndex => Payload;
    /// The payloads of all stream types.
    streams: StreamIndex => Payload;
    /// All component function types.
    funcs: FuncTypeIndex => FuncType;
    /// All component instance types.
    instances: InstanceTypeIndex => InstanceType;
    /// All component types.
    components: ComponentTypeIndex => ComponentType;
    /// All core module types.
    modules: ModuleTypeIndex => ModuleType;
}

/// What a future or stream carries, if anything.
pub type Payload = Option<InterfaceType>;

impl TypeTable {
    /// Exchanges the numbers of core function types for another registry's: `ids` has the new one at each old one's
    /// place. Linear in the core module types.
    pub fn renumber(&mut self, ids: &[SigId]) {
        for (_, module) in self.modules.iter_mut() {
            module.imports.iter_mut().for_each(|(_, _, ty)| *ty = ty.renumbered(ids));
            module.exports.iter_mut().for_each(|(_, ty)| *ty = ty.renumbered(ids));
        }
    }

    /// The text of a name in a definition of this table.
    #[inline]
    pub fn name(&self, id: NameId) -> &str {
        self.names.text(id)
    }

    /// The string pool of this table, for change.
    pub(crate) fn names_mut(&mut self) -> &mut StringPool {
        &mut self.names
    }

    /// The string pool of this table.
    #[inline]
    pub fn names(&self) -> &StringPool {
        &self.names
    }

    /// The layout of a type of this table. O(1).
    #[inline]
    pub fn layout(&self, ty: InterfaceType) -> &Layout {
        use InterfaceType as T;
        match ty {
            T::Bool => const { &Layout::checked(1) },
            T::S8 | T::U8 => const { &Layout::number(1, FlatType::I32) },
            T::S16 | T::U16 => const { &Layout::number(2, FlatType::I32) },
            T::S32 | T::U32 => const { &Layout::number(4, FlatType::I32) },
            T::S64 | T::U64 => const { &Layout::number(8, FlatType::I64) },
            T::F32 => const { &Layout::number(4, FlatType::F32) },
            T::F64 => const { &Layout::number(8, FlatType::F64) },
            T::Char => const { &Layout::checked(4) },
            T::String => const { &Layout::pointer_pair() },
            T::Own(_) => const { &Layout::owned_handle() },
            T::ErrorContext | T::Future(_) | T::Stream(_) => const { &Layout::async_handle() },
            T::Borrow(_) => const { &Layout::borrowed_handle() },
            T::Record(i) => &self[i].layout,
            T::Variant(i) => &self[i].info.layout,
            T::List(i) => &self[i].layout,
            T::FixedLengthList(i) => &self[i].layout,
            T::Map(i) => &self[i].layout,
            T::Tuple(i) => &self[i].layout,
            T::Flags(i) => &self[i].layout,
            T::Enum(i) => &self[i].info.layout,
            T::Option(i) => &self[i].info.layout,
            T::Result(i) => &self[i].info.layout,
        }
    }

    /// The types of a function's parameters.
    pub fn params(&self, func: FuncTypeIndex) -> &[InterfaceType] {
        &self[self[func].params].types
    }
}

/// A type table that is being filled.
#[derive(Clone, Debug, Default)]
pub struct TypeTableBuilder {
    table: TypeTable,
    records: KeyMap<Box<[(NameId, InterfaceType)]>, RecordIndex>,
    variants: KeyMap<Box<[Case]>, VariantIndex>,
    lists: KeyMap<InterfaceType, ListIndex>,
    fixed_length_lists: KeyMap<(InterfaceType, u32), FixedLengthListIndex>,
    maps: KeyMap<(InterfaceType, InterfaceType), MapIndex>,
    tuples: KeyMap<Box<[InterfaceType]>, TupleIndex>,
    flags: KeyMap<Box<[NameId]>, FlagsIndex>,
    enums: KeyMap<Box<[NameId]>, EnumIndex>,
    options: KeyMap<InterfaceType, OptionIndex>,
    results: KeyMap<(Payload, Payload), ResultIndex>,
    futures: KeyMap<Payload, FutureIndex>,
    streams: KeyMap<Payload, StreamIndex>,
    funcs: KeyMap<FuncKey, FuncTypeIndex>,
    instances: KeyMap<InstanceType, InstanceTypeIndex>,
    components: KeyMap<ComponentType, ComponentTypeIndex>,
    modules: KeyMap<ModuleType, ModuleTypeIndex>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct FuncKey {
    is_async: bool,
    param_names: Box<[NameId]>,
    params: TupleIndex,
    result: Payload,
}

impl TypeTableBuilder {
    /// An empty table over a pool that has names already.
    pub fn with_names(names: StringPool) -> Self {
        Self { table: TypeTable { names, ..TypeTable::default() }, ..Self::default() }
    }

    /// The string pool.
    pub fn names_mut(&mut self) -> &mut StringPool {
        &mut self.table.names
    }

    /// The types so far.
    pub fn table(&self) -> &TypeTable {
        &self.table
    }

    /// The id of a name, new or old.
    pub fn name(&mut self, text: &str) -> NameId {
        self.table.names.intern(text)
    }

    /// Freezes the table.
    pub fn finish(self) -> TypeTable {
        self.table
    }

    /// Interns a record type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too large or too deep.
    pub fn record(&mut self, fields: Vec<(NameId, InterfaceType)>) -> Result<RecordIndex> {
        if let Some(&old) = self.records.get(&*fields) {
            return Ok(old);
        }
        let (layout, offsets) = Layout::record_of(fields.iter().map(|&(_, ty)| self.table.layout(ty)))?;
        let layout = bounded(layout)?;
        let def = collect(fields.iter().zip(&*offsets).map(|(&(name, ty), &offset)| Field::new(name, ty, offset)))?;
        let index = self.table.records.try_push(Record { fields: def.into(), layout })?;
        try_insert(&mut self.records, copied(&fields)?, index)?;
        Ok(index)
    }

    /// Interns a tuple type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too large or too deep.
    pub fn tuple(&mut self, types: Vec<InterfaceType>) -> Result<TupleIndex> {
        if let Some(&old) = self.tuples.get(&*types) {
            return Ok(old);
        }
        let (layout, offsets) = Layout::record_of(types.iter().map(|&ty| self.table.layout(ty)))?;
        let layout = bounded(layout)?;
        let index = self.table.tuples.try_push(Tuple { types: copied(&types)?, offsets, layout })?;
        try_insert(&mut self.tuples, copied(&types)?, index)?;
        Ok(index)
    }

    /// Interns a variant type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too large or too deep.
    pub fn variant(&mut self, cases: Vec<Case>) -> Result<VariantIndex> {
        if let Some(&old) = self.variants.get(&*cases) {
            return Ok(old);
        }
        let info = self.cases(cases.iter().map(|case| case.ty))?;
        let index = self.table.variants.try_push(Variant { cases: copied(&cases)?, info })?;
        try_insert(&mut self.variants, copied(&cases)?, index)?;
        Ok(index)
    }

    /// Interns an enum type.
    ///
    /// # Errors
    /// None that a validated type can raise.
    pub fn enumeration(&mut self, names: Vec<NameId>) -> Result<EnumIndex> {
        if let Some(&old) = self.enums.get(&*names) {
            return Ok(old);
        }
        let info = self.cases(names.iter().map(|_| None))?;
        let index = self.table.enums.try_push(EnumType { names: copied(&names)?, info })?;
        try_insert(&mut self.enums, copied(&names)?, index)?;
        Ok(index)
    }

    /// Interns a flags type.
    pub fn flags(&mut self, names: Vec<NameId>) -> FlagsIndex {
        if let Some(&old) = self.flags.get(&*names) {
            return old;
        }
        let names: Box<[_]> = names.into();
        let layout = Layout::flags_of(names.len());
        let index = self.table.flags.push(FlagsType { names: names.clone(), layout });
        self.flags.insert(names, index);
        index
    }

    /// Interns an option type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too large or too deep.
    pub fn option(&mut self, ty: InterfaceType) -> Result<OptionIndex> {
        if let Some(&old) = self.options.get(&ty) {
            return Ok(old);
        }
        let info = self.cases([None, Some(ty)].into_iter())?;
        let index = self.table.options.try_push(OptionType { ty, info })?;
        try_insert(&mut self.options, ty, index)?;
        Ok(index)
    }

    /// Interns a result type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too large or too deep.
    pub fn result(&mut self, ok: Payload, err: Payload) -> Result<ResultIndex> {
        if let Some(&old) = self.results.get(&(ok, err)) {
            return Ok(old);
        }
        let info = self.cases([ok, err].into_iter())?;
        let index = self.table.results.try_push(ResultType { ok, err, info })?;
        try_insert(&mut self.results, (ok, err), index)?;
        Ok(index)
    }

    /// Interns a list type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too deep.
    pub fn list(&mut self, element: InterfaceType) -> Result<ListIndex> {
        if let Some(&old) = self.lists.get(&element) {
            return Ok(old);
        }
        let layout = bounded(Layout::list_of(self.table.layout(element)))?;
        let index = self.table.lists.try_push(List { element, layout })?;
        try_insert(&mut self.lists, element, index)?;
        Ok(index)
    }

    /// Interns a fixed-length list type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too large or too deep.
    pub fn fixed_length_list(&mut self, element: InterfaceType, len: u32) -> Result<FixedLengthListIndex> {
        if let Some(&old) = self.fixed_length_lists.get(&(element, len)) {
            return Ok(old);
        }
        let layout = bounded(Layout::array_of(self.table.layout(element), len)?)?;
        let index = self.table.fixed_length_lists.try_push(FixedLengthList { element, len, layout })?;
        try_insert(&mut self.fixed_length_lists, (element, len), index)?;
        Ok(index)
    }

    /// Interns a map type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is too large or too deep.
    pub fn map(&mut self, key: InterfaceType, value: InterfaceType) -> Result<MapIndex> {
        if let Some(&old) = self.maps.get(&(key, value)) {
            return Ok(old);
        }
        let entry = self.tuple([key, value].into())?;
        let layout = bounded(Layout::list_of(&self.table[entry].layout))?;
        let index = self.table.maps.try_push(Map { key, value, entry, layout })?;
        try_insert(&mut self.maps, (key, value), index)?;
        Ok(index)
    }

    /// Interns a future type.
    pub fn future(&mut self, payload: Payload) -> FutureIndex {
        let table = &mut self.table.futures;
        *self.futures.entry(payload).or_insert_with(|| table.push(payload))
    }

    /// Interns a stream type.
    pub fn stream(&mut self, payload: Payload) -> StreamIndex {
        let table = &mut self.table.streams;
        *self.streams.entry(payload).or_insert_with(|| table.push(payload))
    }

    /// Interns a function type.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when its parameters are too large or too deep.
    pub fn func(
        &mut self,
        is_async: bool,
        params: Vec<(NameId, InterfaceType)>,
        result: Option<InterfaceType>,
    ) -> Result<FuncTypeIndex> {
        let param_names: Box<[_]> = collect(params.iter().map(|&(name, _)| name))?.into();
        let params = self.tuple(collect(params.into_iter().map(|(_, ty)| ty))?)?;
        let results = self.tuple(collect(result)?)?;
        let key = FuncKey { is_async, param_names, params, result };
        if let Some(&old) = self.funcs.get(&key) {
            return Ok(old);
        }
        let param_layout = &self.table[params].layout;
        let result_layout = result.map_or(&Layout::EMPTY, |ty| self.table.layout(ty));
        let abi = [Ptr::P32, Ptr::P64].map(|ptr| func_abi(param_layout.flat(ptr), result_layout.flat(ptr), ptr));
        let param_names = copied(&key.param_names)?;
        let index = self.table.funcs.try_push(FuncType { is_async, param_names, params, results, result, abi })?;
        try_insert(&mut self.funcs, key, index)?;
        Ok(index)
    }

    /// Interns an instance type.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn instance(&mut self, exports: Vec<(NameId, TypeDef)>) -> Result<InstanceTypeIndex> {
        let def = InstanceType { exports: exports.into() };
        intern(&mut self.instances, &mut self.table.instances, def, |def| {
            Ok(InstanceType { exports: copied(&def.exports)? })
        })
    }

    /// Interns a component type.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn component(
        &mut self,
        imports: Vec<(NameId, TypeDef)>,
        exports: Vec<(NameId, TypeDef)>,
    ) -> Result<ComponentTypeIndex> {
        let def = ComponentType { imports: imports.into(), exports: exports.into() };
        intern(&mut self.components, &mut self.table.components, def, |def| {
            Ok(ComponentType { imports: copied(&def.imports)?, exports: copied(&def.exports)? })
        })
    }

    /// Interns a core module type.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn module(&mut self, def: ModuleType) -> Result<ModuleTypeIndex> {
        intern(&mut self.modules, &mut self.table.modules, def, |def| {
            Ok(ModuleType { imports: copied(&def.imports)?, exports: copied(&def.exports)? })
        })
    }

    fn cases(&self, cases: impl ExactSizeIterator<Item = Payload>) -> Result<Cases> {
        let (layout, tag, offset) = Layout::variant_of(cases.map(|ty| ty.map(|ty| self.table.layout(ty))))?;
        Ok(Cases::new((bounded(layout)?, tag, offset)))
    }
}

/// A copy of a list.
fn copied<T: Clone>(list: &[T]) -> Result<Box<[T]>> {
    Ok(collect(list.iter().cloned())?.into())
}

fn intern<K: crate::entity::EntityRef, D: Ord + Hash>(
    ids: &mut KeyMap<D, K>,
    table: &mut PrimaryMap<K, D>,
    def: D,
    copy: impl FnOnce(&D) -> Result<D>,
) -> Result<K> {
    if let Some(&old) = ids.get(&def) {
        return Ok(old);
    }
    ids.try_reserve(1).map_err(|_| Error::out_of_memory())?;
    let index = table.try_push(copy(&def)?)?;
    ids.insert(def, index);
    Ok(index)
}

fn bounded(layout: Layout) -> Result<Layout> {
    match layout.depth <= limits::TYPE_DEPTH {
        true => Ok(layout),
        false => Err(limits::exceeded("levels of types within a type", limits::TYPE_DEPTH.into())),
    }
}

fn func_abi(params: &Flat, results: &Flat, ptr: Ptr) -> FuncAbi {
    let pointer = [ptr.flat()];
    let flat_params = params.types().unwrap_or(&pointer);
    let direct = results.types().filter(|types| types.len() <= limits::MAX_FLAT_RESULTS);
    let (lift, lower) = match direct {
        Some(types) => {
            let result = types.first().copied();
            (CoreSig::new(flat_params, result), CoreSig::new(flat_params, result))
        }
        None => {
            let mut with_return_pointer = [ptr.flat(); limits::MAX_FLAT_PARAMS + 1];
            with_return_pointer[..flat_params.len()].copy_from_slice(flat_params);
            let lower = CoreSig::new(&with_return_pointer[..=flat_params.len()], None);
            (CoreSig::new(flat_params, Some(ptr.flat())), lower)
        }
    };
    FuncAbi { params: *params, results: *results, lift, lower }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    #[test]
    fn equal_types_are_equal_indices() {
        let mut types = TypeTableBuilder::default();
        let (a, b) = (types.name("a"), types.name("b"));
        let first = types.record(vec![(a, InterfaceType::U8), (b, InterfaceType::String)]).unwrap();
        let again = types.record(vec![(a, InterfaceType::U8), (b, InterfaceType::String)]).unwrap();
        let other = types.record(vec![(b, InterfaceType::U8), (a, InterfaceType::String)]).unwrap();
        assert_eq!(first, again);
        assert_ne!(first, other);
        let option = types.option(InterfaceType::Record(first)).unwrap();
        assert_eq!(option, types.option(InterfaceType::Record(again)).unwrap());
        let layout = types.table().layout(InterfaceType::Option(option));
        assert_eq!((layout.size(Ptr::P32), layout.depth), (16, 2));
    }

    #[test]
    fn signatures_spill() {
        let mut types = TypeTableBuilder::default();
        let name = types.name("x");
        let func = types.func(false, vec![(name, InterfaceType::String)], Some(InterfaceType::String)).unwrap();
        let abi = types.table()[func].abi(Ptr::P32);
        assert!(abi.results_spill() && !abi.params_spill());
        assert_eq!(abi.lift.to_string(), "(i32 i32) -> i32");
        assert_eq!(abi.lower.to_string(), "(i32 i32 i32)");
        let many = types.func(false, vec![(name, InterfaceType::F64); 17], Some(InterfaceType::F64)).unwrap();
        let abi = types.table()[many].abi(Ptr::P64);
        assert_eq!((abi.params_spill(), abi.lift.to_string().as_str()), (true, "(i64) -> f64"));
        assert_eq!(types.table()[types.table()[many].params].layout.size(Ptr::P32), 17 * 8);
    }

    #[test]
    fn depth_is_bounded() {
        let mut types = TypeTableBuilder::default();
        let mut ty = InterfaceType::U8;
        for _ in 0..limits::TYPE_DEPTH {
            ty = InterfaceType::List(types.list(ty).unwrap());
        }
        assert_eq!(types.list(ty).unwrap_err().kind(), coracle_error::ErrorKind::Limit);
    }
}
