//! Value types as an embedder looks at them. Equal means the same structure over the same resource types, in whatever
//! component.

use crate::abi::cx::ResourceTypes;
use crate::abi::resource::ResourceType;
use crate::reflect::scope::Scope;
use coracle_image::types::print::PrintType;
use coracle_image::types::same::{MetTypes, SameTypes};
use coracle_image::types::*;
use core::fmt;

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident($index:ident) = $variant:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name { scope: Scope, index: $index }

        impl $name {
            pub(crate) fn new(scope: &Scope, index: $index) -> Self {
                Self { scope: scope.clone(), index }
            }
            #[allow(dead_code)] // Not every kind looks at its own definition.
            fn of(&self, ty: InterfaceType) -> Type {
                Type::new(&self.scope, ty)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                let ty = InterfaceType::$variant;
                same_type((&self.scope, ty(self.index)), (&other.scope, ty(other.index)))
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                PrintType(self.scope.table(), InterfaceType::$variant(self.index)).fmt(f)
            }
        }
    )*};
}

use fmt::Display as _;

handles! {
    /// A list type.
    List(ListIndex) = List;
    /// A list type of fixed length.
    FixedLengthList(FixedLengthListIndex) = FixedLengthList;
    /// A map type.
    Map(MapIndex) = Map;
    /// A record type.
    Record(RecordIndex) = Record;
    /// A tuple type.
    Tuple(TupleIndex) = Tuple;
    /// A variant type.
    Variant(VariantIndex) = Variant;
    /// An enum type.
    Enum(EnumIndex) = Enum;
    /// An option type.
    OptionType(OptionIndex) = Option;
    /// A result type.
    ResultType(ResultIndex) = Result;
    /// A flags type.
    Flags(FlagsIndex) = Flags;
    /// A future type.
    FutureType(FutureIndex) = Future;
    /// A stream type.
    StreamType(StreamIndex) = Stream;
}

/// A field of a [`Record`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: Type,
}

/// A case of a [`Variant`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case<'a> {
    /// Its name.
    pub name: &'a str,
    /// The type of its payload, if it has one.
    pub ty: Option<Type>,
}

impl List {
    /// The type of the elements.
    pub fn ty(&self) -> Type {
        self.of(self.scope.table()[self.index].element)
    }
}

impl FixedLengthList {
    /// The type of the elements.
    pub fn ty(&self) -> Type {
        self.of(self.scope.table()[self.index].element)
    }

    /// How many elements there are.
    #[allow(clippy::len_without_is_empty)] // The length belongs to the type, and is never 0.
    pub fn len(&self) -> u32 {
        self.scope.table()[self.index].len
    }
}

impl Map {
    /// The type of the keys.
    pub fn key(&self) -> Type {
        self.of(self.scope.table()[self.index].key)
    }

    /// The type of the values.
    pub fn value(&self) -> Type {
        self.of(self.scope.table()[self.index].value)
    }
}

impl Record {
    /// The fields, in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = Field<'_>> {
        let table = self.scope.table();
        table[self.index].fields.iter().map(|field| Field { name: table.name(field.name), ty: self.of(field.ty) })
    }
}

impl Tuple {
    /// The types, in order.
    pub fn types(&self) -> impl ExactSizeIterator<Item = Type> + '_ {
        self.scope.table()[self.index].types.iter().map(|&ty| self.of(ty))
    }
}

impl Variant {
    /// The cases, in order.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = Case<'_>> {
        let table = self.scope.table();
        let of = |ty: Payload| ty.map(|ty| self.of(ty));
        table[self.index].cases.iter().map(move |case| Case { name: table.name(case.name), ty: of(case.ty) })
    }
}

impl Enum {
    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        let table = self.scope.table();
        table[self.index].names.iter().map(|&name| table.name(name))
    }
}

impl OptionType {
    /// The type of `some`'s payload.
    pub fn ty(&self) -> Type {
        self.of(self.scope.table()[self.index].ty)
    }
}

impl ResultType {
    /// The type of `ok`'s payload, if it has one.
    pub fn ok(&self) -> Option<Type> {
        self.scope.table()[self.index].ok.map(|ty| self.of(ty))
    }

    /// The type of `error`'s payload, if it has one.
    pub fn err(&self) -> Option<Type> {
        self.scope.table()[self.index].err.map(|ty| self.of(ty))
    }
}

impl Flags {
    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        let table = self.scope.table();
        table[self.index].names.iter().map(|&name| table.name(name))
    }
}

impl FutureType {
    /// The type of the value, if there is one.
    pub fn ty(&self) -> Option<Type> {
        self.scope.table()[self.index].map(|ty| self.of(ty))
    }
}

impl StreamType {
    /// The type of the elements, if they have one.
    pub fn ty(&self) -> Option<Type> {
        self.scope.table()[self.index].map(|ty| self.of(ty))
    }
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names are WIT's.
pub enum Type {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    Float32,
    Float64,
    Char,
    String,
    List(List),
    Map(Map),
    Record(Record),
    Tuple(Tuple),
    Variant(Variant),
    Enum(Enum),
    Option(OptionType),
    Result(ResultType),
    Flags(Flags),
    Own(ResourceType),
    Borrow(ResourceType),
    Future(FutureType),
    Stream(StreamType),
    ErrorContext,
    FixedLengthList(FixedLengthList),
}

macro_rules! unwraps {
    ($($name:ident $variant:ident $ty:ident $what:literal;)*) => {
        impl Type {$(
            #[doc = concat!("The ", $what, " type that this is.\n\n# Panics\nIf it is another.")]
            pub fn $name(&self) -> &$ty {
                match self {
                    Self::$variant(ty) => ty,
                    other => panic!(concat!("a type is {}, not a ", $what), other.desc()),
                }
            }
        )*}
    };
}

unwraps! {
    unwrap_list List List "list";
    unwrap_record Record Record "record";
    unwrap_tuple Tuple Tuple "tuple";
    unwrap_variant Variant Variant "variant";
    unwrap_enum Enum Enum "enum";
    unwrap_option Option OptionType "option";
    unwrap_result Result ResultType "result";
    unwrap_flags Flags Flags "flags";
    unwrap_own Own ResourceType "own";
    unwrap_borrow Borrow ResourceType "borrow";
}

impl Type {
    pub(crate) fn new(scope: &Scope, ty: InterfaceType) -> Self {
        use InterfaceType as T;
        match ty {
            T::Bool => Self::Bool,
            T::S8 => Self::S8,
            T::U8 => Self::U8,
            T::S16 => Self::S16,
            T::U16 => Self::U16,
            T::S32 => Self::S32,
            T::U32 => Self::U32,
            T::S64 => Self::S64,
            T::U64 => Self::U64,
            T::F32 => Self::Float32,
            T::F64 => Self::Float64,
            T::Char => Self::Char,
            T::String => Self::String,
            T::ErrorContext => Self::ErrorContext,
            T::List(i) => Self::List(List::new(scope, i)),
            T::FixedLengthList(i) => Self::FixedLengthList(FixedLengthList::new(scope, i)),
            T::Map(i) => Self::Map(Map::new(scope, i)),
            T::Record(i) => Self::Record(Record::new(scope, i)),
            T::Tuple(i) => Self::Tuple(Tuple::new(scope, i)),
            T::Variant(i) => Self::Variant(Variant::new(scope, i)),
            T::Enum(i) => Self::Enum(Enum::new(scope, i)),
            T::Option(i) => Self::Option(OptionType::new(scope, i)),
            T::Result(i) => Self::Result(ResultType::new(scope, i)),
            T::Flags(i) => Self::Flags(Flags::new(scope, i)),
            T::Own(i) => Self::Own(scope.resource_type(i)),
            T::Borrow(i) => Self::Borrow(scope.resource_type(i)),
            T::Future(i) => Self::Future(FutureType::new(scope, i)),
            T::Stream(i) => Self::Stream(StreamType::new(scope, i)),
        }
    }

    /// The word for this kind of type in WIT.
    pub fn desc(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::S8 => "s8",
            Self::U8 => "u8",
            Self::S16 => "s16",
            Self::U16 => "u16",
            Self::S32 => "s32",
            Self::U32 => "u32",
            Self::S64 => "s64",
            Self::U64 => "u64",
            Self::Float32 => "f32",
            Self::Float64 => "f64",
            Self::Char => "char",
            Self::String => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Record(_) => "record",
            Self::Tuple(_) => "tuple",
            Self::Variant(_) => "variant",
            Self::Enum(_) => "enum",
            Self::Option(_) => "option",
            Self::Result(_) => "result",
            Self::Flags(_) => "flags",
            Self::Own(_) => "own",
            Self::Borrow(_) => "borrow",
            Self::Future(_) => "future",
            Self::Stream(_) => "stream",
            Self::ErrorContext => "error-context",
            Self::FixedLengthList(_) => "fixed-length list",
        }
    }
}

/// Whether two types are the same. Within one scope that is a comparison of indices; else both are walked, each part
/// once.
pub(crate) fn same_type(a: (&Scope, InterfaceType), b: (&Scope, InterfaceType)) -> bool {
    let ((sa, ta), (sb, tb)) = (a, b);
    // Two resources of one table can be bound to one type, so unequal indices say nothing yet.
    if sa.same(sb) && ta == tb {
        return true;
    }
    let resources = |a, b| sa.resource_type(a) == sb.resource_type(b);
    SameTypes { tables: [sa.table(), sb.table()], resources, met: &mut MetTypes::default() }.types(ta, tb)
}
