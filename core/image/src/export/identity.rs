//! What identifies an export graph: a hash of its kinds, names and types, in order.
//!
//! Types are written out the first time that they are met, and by number after that, so the whole is linear in the
//! graph. Numbers are those of this traversal: what else the component's type table holds has no part in them, and
//! neither have the engine's ids. Resources are numbered likewise: which types are *the same* resource is part of the
//! identity.

use crate::arena::PrimaryMap;
use crate::entity::SigId;
use crate::export::entry::{ExportEntry, ExportIndex, GraphId};
use crate::func_types::FuncTypes;
use crate::keyed::KeyMap;
use crate::module::{HeapType, RefType, ValType};
use crate::strings::NameId;
use crate::types::*;
use alloc::vec::Vec;
use coracle_error::fallible::TryVec;
use coracle_error::{Error, Result};
use sha2::{Digest, Sha256};

/// The id of a graph of these entries.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn identity(
    func_types: &FuncTypes,
    types: &TypeTable,
    entries: &PrimaryMap<ExportIndex, ExportEntry>,
) -> Result<GraphId> {
    let mut writer =
        Writer { func_types, types, hash: Sha256::new(), met: KeyMap::new(), waiting: Vec::new(), no_memory: false };
    writer.number(entries.len() as u64);
    for entry in entries.values() {
        writer.entry(entry);
    }
    if writer.no_memory {
        return Err(Error::out_of_memory());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&writer.hash.finalize()[..16]);
    Ok(GraphId::from_bytes(bytes))
}

/// Types that are numbered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Value(InterfaceType),
    Func(FuncTypeIndex),
    Instance(InstanceTypeIndex),
    Component(ComponentTypeIndex),
    Module(ModuleTypeIndex),
    Resource(ResourceIndex),
    Sig(SigId),
}

struct Writer<'a> {
    func_types: &'a FuncTypes,
    types: &'a TypeTable,
    hash: Sha256,
    met: KeyMap<Key, u64>,
    /// Core function types that were met and are still to be written.
    waiting: Vec<SigId>,
    /// There was no memory for something: the hash is of no use.
    no_memory: bool,
}

impl Writer<'_> {
    fn tag(&mut self, tag: u8) {
        self.hash.update([tag]);
    }

    fn number(&mut self, number: u64) {
        self.hash.update(number.to_le_bytes());
    }

    fn name(&mut self, id: NameId) {
        let text = self.types.name(id);
        self.hash.update((text.len() as u64).to_le_bytes());
        self.hash.update(text);
    }

    fn names(&mut self, names: &[NameId]) {
        self.number(names.len() as u64);
        names.iter().for_each(|&name| self.name(name));
    }

    fn entry(&mut self, entry: &ExportEntry) {
        match entry {
            ExportEntry::Func { ty, .. } => {
                self.tag(0);
                self.func(*ty);
            }
            ExportEntry::Module { ty, .. } => {
                self.tag(1);
                self.module(*ty);
            }
            ExportEntry::Instance { members, .. } => {
                self.tag(2);
                self.number(members.len() as u64);
                for (name, member) in members.iter() {
                    self.name(name);
                    self.number(member.export.as_u32().into());
                    let attributes = member.attributes;
                    for extra in [attributes.implements, attributes.version_suffix, attributes.external_id] {
                        self.tag(u8::from(extra.is_some()));
                        extra.into_iter().for_each(|name| self.name(name));
                    }
                }
            }
            ExportEntry::Resource(resource) => {
                self.tag(3);
                self.resource(*resource);
            }
            ExportEntry::Type(ty) => {
                self.tag(4);
                self.type_def(ty);
            }
        }
    }

    /// Whether `key` is new; writes its number either way.
    fn first(&mut self, key: Key) -> bool {
        if self.met.try_reserve(1).is_err() {
            self.no_memory = true;
            return false;
        }
        let next = self.met.len() as u64;
        let number = *self.met.entry(key).or_insert(next);
        self.number(number);
        number == next
    }

    fn type_def(&mut self, ty: &TypeDef) {
        match *ty {
            TypeDef::Func(ty) => {
                self.tag(0);
                self.func(ty);
            }
            TypeDef::Instance(ty) => {
                self.tag(1);
                self.instance(ty);
            }
            TypeDef::Component(ty) => {
                self.tag(2);
                self.component(ty);
            }
            TypeDef::Module(ty) => {
                self.tag(3);
                self.module(ty);
            }
            TypeDef::Interface(ty) => {
                self.tag(4);
                self.value(ty);
            }
            TypeDef::Resource(resource) => {
                self.tag(5);
                self.resource(resource);
            }
            TypeDef::FuncType(ty) => {
                self.tag(6);
                self.func(ty);
            }
            TypeDef::InstanceType(ty) => {
                self.tag(7);
                self.instance(ty);
            }
            TypeDef::ComponentType(ty) => {
                self.tag(8);
                self.component(ty);
            }
        }
    }

    fn resource(&mut self, resource: ResourceIndex) {
        self.first(Key::Resource(resource));
    }

    fn func(&mut self, index: FuncTypeIndex) {
        if self.first(Key::Func(index)) {
            let ty = &self.types[index];
            self.tag(u8::from(ty.is_async));
            self.names(&ty.param_names);
            self.values(self.types.params(index));
            self.payload(ty.result);
        }
    }

    fn items(&mut self, items: &[(NameId, TypeDef)]) {
        self.number(items.len() as u64);
        for (name, ty) in items {
            self.name(*name);
            self.type_def(ty);
        }
    }

    fn instance(&mut self, index: InstanceTypeIndex) {
        if self.first(Key::Instance(index)) {
            self.items(&self.types[index].exports);
        }
    }

    fn component(&mut self, index: ComponentTypeIndex) {
        if self.first(Key::Component(index)) {
            self.items(&self.types[index].imports);
            self.items(&self.types[index].exports);
        }
    }

    fn values(&mut self, types: &[InterfaceType]) {
        self.number(types.len() as u64);
        types.iter().for_each(|&ty| self.value(ty));
    }

    fn payload(&mut self, ty: Option<InterfaceType>) {
        self.tag(u8::from(ty.is_some()));
        ty.into_iter().for_each(|ty| self.value(ty));
    }

    /// Writes a value type. Recursion is bounded by the depth of types.
    fn value(&mut self, ty: InterfaceType) {
        use InterfaceType as T;
        self.tag(value_tag(ty));
        let types = self.types;
        match ty {
            T::Own(resource) | T::Borrow(resource) => self.resource(resource),
            T::Bool | T::S8 | T::U8 | T::S16 | T::U16 | T::S32 | T::U32 | T::S64 | T::U64 => {}
            T::F32 | T::F64 | T::Char | T::String | T::ErrorContext => {}
            _ if !self.first(Key::Value(ty)) => {}
            T::Record(i) => {
                self.number(types[i].fields.len() as u64);
                for field in &types[i].fields {
                    self.name(field.name);
                    self.value(field.ty);
                }
            }
            T::Variant(i) => {
                self.number(types[i].cases.len() as u64);
                for case in &types[i].cases {
                    self.name(case.name);
                    self.payload(case.ty);
                }
            }
            T::List(i) => self.value(types[i].element),
            T::FixedLengthList(i) => {
                self.number(types[i].len.into());
                self.value(types[i].element);
            }
            T::Map(i) => self.values(&[types[i].key, types[i].value]),
            T::Tuple(i) => self.values(&types[i].types),
            T::Flags(i) => self.names(&types[i].names),
            T::Enum(i) => self.names(&types[i].names),
            T::Option(i) => self.value(types[i].ty),
            T::Result(i) => {
                self.payload(types[i].ok);
                self.payload(types[i].err);
            }
            T::Future(i) => self.payload(types[i]),
            T::Stream(i) => self.payload(types[i]),
        }
    }

    fn module(&mut self, index: ModuleTypeIndex) {
        if self.first(Key::Module(index)) {
            let ty = &self.types[index];
            self.number(ty.imports.len() as u64);
            for (module, name, ty) in &ty.imports {
                self.name(*module);
                self.name(*name);
                self.core(ty);
            }
            self.number(ty.exports.len() as u64);
            for (name, ty) in &ty.exports {
                self.name(*name);
                self.core(ty);
            }
        }
    }

    fn core(&mut self, ty: &ExternType) {
        self.core_item(ty);
        while let Some(sig) = self.waiting.pop() {
            let ty = self.func_types.types()[sig].clone();
            for list in [&ty.params, &ty.results] {
                self.number(list.len() as u64);
                list.iter().for_each(|&ty| self.core_value(ty));
            }
        }
    }

    fn core_item(&mut self, ty: &ExternType) {
        match ty {
            ExternType::Func(sig) => {
                self.tag(0);
                self.sig(*sig);
            }
            ExternType::Tag(sig) => {
                self.tag(1);
                self.sig(*sig);
            }
            ExternType::Global(ty) => {
                self.tag(2);
                self.tag(u8::from(ty.mutable));
                self.core_value(ty.content);
            }
            ExternType::Memory(ty) => {
                self.tag(3);
                self.tag(u8::from(ty.memory64) | u8::from(ty.shared) << 1);
                self.range(ty.min, ty.max);
                self.number(ty.page_size_log2.into());
            }
            ExternType::Table(ty) => {
                self.tag(4);
                self.tag(u8::from(ty.table64));
                self.range(ty.min, ty.max);
                self.core_value(ValType::Ref(ty.element));
            }
        }
    }

    fn range(&mut self, min: u64, max: Option<u64>) {
        self.number(min);
        self.tag(u8::from(max.is_some()));
        self.number(max.unwrap_or(0));
    }

    /// Writes a core function type by its number; a new one is written in full by [`Writer::core`], since types that
    /// refer to each other may be a chain of any length.
    fn sig(&mut self, sig: SigId) {
        if self.first(Key::Sig(sig)) {
            self.no_memory |= self.waiting.try_push(sig).is_err();
        }
    }

    fn core_value(&mut self, ty: ValType) {
        match ty {
            ValType::I32 => self.tag(0),
            ValType::I64 => self.tag(1),
            ValType::F32 => self.tag(2),
            ValType::F64 => self.tag(3),
            ValType::V128 => self.tag(4),
            ValType::Ref(RefType { nullable, heap }) => {
                let kind = match heap {
                    HeapType::Func => 0,
                    HeapType::Sig(_) => 1,
                    HeapType::NoFunc => 2,
                    HeapType::Extern => 3,
                    HeapType::NoExtern => 4,
                    HeapType::Exn => 5,
                    HeapType::NoExn => 6,
                };
                self.tag(8 | kind << 4 | u8::from(nullable));
                if let HeapType::Sig(sig) = heap {
                    self.sig(sig);
                }
            }
        }
    }
}

fn value_tag(ty: InterfaceType) -> u8 {
    use InterfaceType as T;
    match ty {
        T::Bool => 0,
        T::S8 => 1,
        T::U8 => 2,
        T::S16 => 3,
        T::U16 => 4,
        T::S32 => 5,
        T::U32 => 6,
        T::S64 => 7,
        T::U64 => 8,
        T::F32 => 9,
        T::F64 => 10,
        T::Char => 11,
        T::String => 12,
        T::ErrorContext => 13,
        T::Record(_) => 14,
        T::Variant(_) => 15,
        T::List(_) => 16,
        T::FixedLengthList(_) => 17,
        T::Map(_) => 18,
        T::Tuple(_) => 19,
        T::Flags(_) => 20,
        T::Enum(_) => 21,
        T::Option(_) => 22,
        T::Result(_) => 23,
        T::Own(_) => 24,
        T::Borrow(_) => 25,
        T::Future(_) => 26,
        T::Stream(_) => 27,
    }
}
