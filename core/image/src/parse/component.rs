//! Component sections → nested local items.
//!
//! A straight translation of the binary's readers into [`parsed`](crate::parse::parsed): it interns names, resolves
//! core types, and calls by name what cannot be run. It trusts the validator, which has seen every
//! section before this does. Where there is no memory for something it notes that and goes on without, and the section is
//! an error when it ends.

use crate::entity::SigId;
use crate::func_types::FuncTypesBuilder;
use crate::module::{FuncType, GlobalType, HeapType, MemoryType, RefType, TableType, ValType as CoreValType};
use crate::parse::parsed::*;
use crate::plan::{Attributes, StringEncoding};
use crate::strings::{NameId, StringPool};
use crate::types::{ExternType, FlatType, InterfaceType};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::TryVec;
use coracle_error::{Error, ErrorKind, Result};
use wasmparser as wp;

type Parse<T> = core::result::Result<T, wp::Error>;

/// Reads sections into items.
#[derive(Default)]
pub(crate) struct ComponentReader {
    pub(crate) names: StringPool,
    /// Function types of the component and of all modules in it.
    pub(crate) func_types: FuncTypesBuilder,
    /// The offset of the definition that is being read.
    offset: u64,
    /// How many components and types what is read stands in.
    pub(crate) scopes: u32,
    /// Something has been named that lies outside of the binary.
    beyond: bool,
    /// There was no memory for something.
    no_memory: bool,
}

impl ComponentReader {
    /// Appends what a section of a component defines. Sections of other kinds define nothing.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` where it cannot be read; `OutOfMemory`.
    pub(crate) fn section(&mut self, payload: &wp::Payload<'_>, items: &mut Vec<Item>) -> Result<()> {
        self.section_inner(payload, items).map_err(crate::parse::error::invalid)?;
        if self.beyond {
            return Err(Error::fault_at(ErrorKind::Invalid, "invalid outer alias count", self.offset));
        }
        if self.no_memory { Err(Error::out_of_memory()) } else { Ok(()) }
    }

    fn section_inner(&mut self, payload: &wp::Payload<'_>, items: &mut Vec<Item>) -> Parse<()> {
        use wp::Payload as P;
        match payload {
            P::InstanceSection(s) => self.each(s, items, |r, it, items| {
                items.push(r.core_instance(it));
                Ok(())
            }),
            P::CoreTypeSection(s) => self.each(s, items, |r, it, items| {
                let types = r.core_type(it);
                if r.has_room(items, types.len()) {
                    items.extend(types.into_iter().map(Item::CoreType));
                }
                Ok(())
            }),
            P::ComponentInstanceSection(s) => self.each(s, items, |r, it, items| {
                let item = r.instance(it);
                items.push(item);
                Ok(())
            }),
            P::ComponentAliasSection(s) => self.each(s, items, |r, it, items| {
                let item = match r.alias(it) {
                    Some(alias) => Item::Alias(alias),
                    None => r.unsupported("component values"),
                };
                items.push(item);
                Ok(())
            }),
            P::ComponentTypeSection(s) => self.each(s, items, |r, it, items| {
                let ty = r.component_type(it);
                items.push(Item::Type(ty));
                Ok(())
            }),
            P::ComponentCanonicalSection(s) => self.each(s, items, |r, it, items| {
                let item = r.canon(it);
                items.push(item);
                Ok(())
            }),
            P::ComponentStartSection { range, .. } => {
                self.offset = range.start;
                if self.has_room(items, 1) {
                    items.push(self.unsupported("component start functions"));
                }
                Ok(())
            }
            P::ComponentImportSection(s) => self.each(s, items, |r, it, items| {
                let name = r.extern_name(&it.name);
                items.push(Item::Import(name, extern_ref(it.ty)));
                Ok(())
            }),
            P::ComponentExportSection(s) => self.each(s, items, |r, it, items| {
                let name = r.extern_name(&it.name);
                let item = match sort(it.kind) {
                    Some(sort) => Item::Export(name, sort, it.index, it.ty.map(extern_ref)),
                    None => r.unsupported("component values"),
                };
                items.push(item);
                Ok(())
            }),
            _ => Ok(()),
        }
    }

    fn each<'a, T: wp::FromReader<'a>>(
        &mut self,
        section: &wp::SectionLimited<'a, T>,
        items: &mut Vec<Item>,
        mut read: impl FnMut(&mut Self, T, &mut Vec<Item>) -> Parse<()>,
    ) -> Parse<()> {
        if !self.has_room(items, section.count() as usize) {
            return Ok(());
        }
        for entry in section.clone().into_iter_with_offsets() {
            let (offset, entry) = entry?;
            self.offset = offset;
            read(self, entry, items)?;
        }
        Ok(())
    }

    fn unsupported(&self, what: &'static str) -> Item {
        Item::Unsupported(self.refused(what))
    }

    fn refused(&self, what: &'static str) -> Unsupported {
        Unsupported { what, offset: self.offset }
    }

    /// Whether there is room for so many more in a list; else it is noted.
    fn has_room<T>(&mut self, list: &mut Vec<T>, more: usize) -> bool {
        let made = list.make_room(more).is_ok();
        if !made {
            self.note_no_memory();
        }
        made
    }

    /// The same for an empty list that will have no more.
    fn has_exactly<T>(&mut self, list: &mut Vec<T>, count: usize) -> bool {
        let made = list.try_reserve_exact(count).is_ok();
        if !made {
            self.note_no_memory();
        }
        made
    }

    // Apart. Where the mark is set in the midst of a section's loop, the optimiser of Rust 1.95 (LLVM 22.1) has been seen to
    // set it where there was memory as well.
    #[cold]
    #[inline(never)]
    fn note_no_memory(&mut self) {
        self.no_memory = true;
    }

    /// What is read of each, or nothing where there is no memory for all.
    fn list<T, U>(&mut self, all: &[T], mut read: impl FnMut(&mut Self, &T) -> U) -> Box<[U]> {
        let mut list = Vec::new();
        if self.has_exactly(&mut list, all.len()) {
            list.extend(all.iter().map(|one| read(self, one)));
        }
        list.into()
    }

    /// The same, or `None` if it is for one.
    fn list_if<T, U>(&mut self, all: &[T], mut read: impl FnMut(&mut Self, &T) -> Option<U>) -> Option<Box<[U]>> {
        let mut list = Vec::new();
        if self.has_exactly(&mut list, all.len()) {
            for one in all {
                list.push(read(self, one)?);
            }
        }
        Some(list.into())
    }

    fn name(&mut self, text: &str) -> NameId {
        self.names.try_intern(text).unwrap_or_else(|_| {
            self.note_no_memory();
            NameId::from_u32(0)
        })
    }

    fn extern_name(&mut self, name: &wp::ComponentExternName<'_>) -> ExternName {
        let mut intern = |text: Option<&str>| text.map(|text| self.name(text));
        let attributes = Attributes {
            implements: intern(name.implements),
            version_suffix: intern(name.version_suffix),
            external_id: intern(name.external_id),
        };
        ExternName { name: self.name(name.name), attributes }
    }

    fn core_instance(&mut self, instance: wp::Instance<'_>) -> Item {
        match instance {
            wp::Instance::Instantiate { module_index, args } => {
                Item::CoreInstantiate(module_index, self.list(&args, |r, a| (r.name(a.name), a.index)))
            }
            wp::Instance::FromExports(exports) => {
                Item::CoreBundle(self.list(&exports, |r, e| (r.name(e.name), core_sort(e.kind), e.index)))
            }
        }
    }

    fn instance(&mut self, instance: wp::ComponentInstance<'_>) -> Item {
        match instance {
            wp::ComponentInstance::Instantiate { component_index, args } => {
                let args = self.list_if(&args, |r, a| Some((r.name(a.name), sort(a.kind)?, a.index)));
                args.map_or_else(|| self.unsupported("component values"), |a| Item::Instantiate(component_index, a))
            }
            wp::ComponentInstance::FromExports(exports) => {
                let exports = self.list_if(&exports, |r, e| Some((r.extern_name(&e.name), sort(e.kind)?, e.index)));
                exports.map_or_else(|| self.unsupported("component values"), Item::Bundle)
            }
        }
    }

    /// `None` for an alias of a value.
    fn alias(&mut self, alias: wp::ComponentAlias<'_>) -> Option<Alias> {
        use wp::ComponentOuterAliasKind as Outer;
        Some(match alias {
            wp::ComponentAlias::InstanceExport { kind, instance_index, name } => {
                Alias::Export(instance_index, self.name(name), sort(kind)?)
            }
            wp::ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                Alias::CoreExport(instance_index, self.name(name), core_sort(kind))
            }
            wp::ComponentAlias::Outer { kind, count, index } => {
                self.beyond |= count >= self.scopes;
                match kind {
                    Outer::Type => Alias::OuterType(count, index),
                    Outer::CoreType => Alias::OuterCoreType(count, index),
                    Outer::CoreModule => Alias::OuterModule(count, index),
                    Outer::Component => Alias::OuterComponent(count, index),
                }
            }
        })
    }

    fn canon(&mut self, canon: wp::CanonicalFunction) -> Item {
        use wp::CanonicalFunction as C;
        match canon {
            C::Lift { core_func_index, type_index, options } => match self.options(&options) {
                Ok(options) => Item::Lift(core_func_index, type_index, options),
                Err(refused) => Item::Unsupported(refused),
            },
            C::Lower { func_index, options } => match self.options(&options) {
                Ok(options) => Item::Lower(func_index, options),
                Err(refused) => Item::Unsupported(refused),
            },
            C::ResourceNew { resource } => Item::ResourceNew(resource),
            C::ResourceDrop { resource } => Item::ResourceDrop(resource),
            C::ResourceRep { resource } => Item::ResourceRep(resource),
            other => self.unsupported(builtin_feature(&other)),
        }
    }

    fn options(&self, options: &[wp::CanonicalOption]) -> core::result::Result<Options, Unsupported> {
        use wp::CanonicalOption as O;
        let mut all = Options::default();
        for option in options {
            match *option {
                O::UTF8 => all.encoding = StringEncoding::Utf8,
                O::UTF16 => all.encoding = StringEncoding::Utf16,
                O::CompactUTF16 => all.encoding = StringEncoding::CompactUtf16,
                O::Memory(index) => all.memory = Some(index),
                O::Realloc(index) => all.realloc = Some(index),
                O::PostReturn(index) => all.post_return = Some(index),
                O::Async | O::Callback(_) => return Err(self.refused("the canonical option `async`")),
                O::CoreType(_) | O::Gc => return Err(self.refused("the canonical option `gc`")),
            }
        }
        Ok(all)
    }

    fn component_type(&mut self, ty: wp::ComponentType<'_>) -> Type {
        match ty {
            wp::ComponentType::Defined(ty) => self.defined_type(ty),
            wp::ComponentType::Func(ty) => Type::Func {
                is_async: ty.async_,
                params: self.list(&ty.params, |r, &(name, ty)| (r.name(name), val_type(ty))),
                result: ty.result.map(val_type),
            },
            wp::ComponentType::Component(decls) => Type::Component(self.component_decls(decls)),
            wp::ComponentType::Instance(decls) => Type::Instance(self.instance_decls(decls)),
            wp::ComponentType::Resource { rep, dtor } => {
                let rep = if rep == wp::ValType::I64 { FlatType::I64 } else { FlatType::I32 };
                Type::Resource(rep, dtor)
            }
        }
    }

    fn defined_type(&mut self, ty: wp::ComponentDefinedType<'_>) -> Type {
        use wp::ComponentDefinedType as D;
        let mut names = |list: Box<[&str]>| self.list(&list, |r, name| r.name(name));
        match ty {
            D::Primitive(ty) => Type::Alias(ValType::Primitive(primitive(ty))),
            D::Record(fields) => Type::Record(self.list(&fields, |r, &(name, ty)| (r.name(name), val_type(ty)))),
            D::Variant(cases) => Type::Variant(self.list(&cases, |r, case| (r.name(case.name), case.ty.map(val_type)))),
            D::List(ty) => Type::List(val_type(ty)),
            D::FixedLengthList(ty, len) => Type::FixedLengthList(val_type(ty), len),
            D::Map(key, value) => Type::Map(val_type(key), val_type(value)),
            D::Tuple(types) => Type::Tuple(self.list(&types, |_, &ty| val_type(ty))),
            D::Flags(list) => Type::Flags(names(list)),
            D::Enum(list) => Type::Enum(names(list)),
            D::Option(ty) => Type::Option(val_type(ty)),
            D::Result { ok, err } => Type::Result(ok.map(val_type), err.map(val_type)),
            D::Own(index) => Type::Own(index),
            D::Borrow(index) => Type::Borrow(index),
            D::Future(ty) => Type::Future(ty.map(val_type)),
            D::Stream(ty) => Type::Stream(ty.map(val_type)),
        }
    }

    fn component_decls(&mut self, decls: Box<[wp::ComponentTypeDeclaration<'_>]>) -> Box<[TypeDecl]> {
        use wp::ComponentTypeDeclaration as D;
        let mut all = Vec::new();
        if !self.has_exactly(&mut all, decls.len()) {
            return Box::default();
        }
        self.scopes += 1;
        for decl in decls {
            match decl {
                D::CoreType(ty) => self.core_decls(ty, &mut all),
                D::Type(ty) => {
                    let ty = self.component_type(ty);
                    self.decl(TypeDecl::Type(ty), &mut all);
                }
                D::Alias(alias) => self.alias_decl(alias, &mut all),
                D::Export { name, ty } => self.export_decl(&name, ty, &mut all),
                D::Import(import) => {
                    let name = self.extern_name(&import.name);
                    self.decl(TypeDecl::Import(name, extern_ref(import.ty)), &mut all);
                }
            }
        }
        self.scopes -= 1;
        all.into()
    }

    fn instance_decls(&mut self, decls: Box<[wp::InstanceTypeDeclaration<'_>]>) -> Box<[TypeDecl]> {
        use wp::InstanceTypeDeclaration as D;
        let mut all = Vec::new();
        if !self.has_exactly(&mut all, decls.len()) {
            return Box::default();
        }
        self.scopes += 1;
        for decl in decls {
            match decl {
                D::CoreType(ty) => self.core_decls(ty, &mut all),
                D::Type(ty) => {
                    let ty = self.component_type(ty);
                    self.decl(TypeDecl::Type(ty), &mut all);
                }
                D::Alias(alias) => self.alias_decl(alias, &mut all),
                D::Export { name, ty } => self.export_decl(&name, ty, &mut all),
            }
        }
        self.scopes -= 1;
        all.into()
    }

    fn decl(&mut self, decl: TypeDecl, all: &mut Vec<TypeDecl>) {
        if self.has_room(all, 1) {
            all.push(decl);
        }
    }

    fn core_decls(&mut self, ty: wp::CoreType<'_>, all: &mut Vec<TypeDecl>) {
        let types = self.core_type(ty);
        if self.has_room(all, types.len()) {
            all.extend(types.into_iter().map(TypeDecl::CoreType));
        }
    }

    fn alias_decl(&mut self, alias: wp::ComponentAlias<'_>, all: &mut Vec<TypeDecl>) {
        if let Some(alias) = self.alias(alias) {
            self.decl(TypeDecl::Alias(alias), all);
        }
    }

    fn export_decl(&mut self, name: &wp::ComponentExternName<'_>, ty: wp::ComponentTypeRef, all: &mut Vec<TypeDecl>) {
        let name = self.extern_name(name);
        self.decl(TypeDecl::Export(name, extern_ref(ty)), all);
    }

    /// The types of one definition: a recursion group may have several.
    fn core_type(&mut self, ty: wp::CoreType<'_>) -> Vec<CoreType> {
        match ty {
            wp::CoreType::Rec(group) => {
                let refused = self.refused("garbage-collected types");
                let mut all = Vec::new();
                self.rec_group(&group, &mut all, |sig| sig.map_or(CoreType::Unsupported(refused), CoreType::Func));
                all
            }
            wp::CoreType::Module(decls) => {
                let (mut all, mut one) = (Vec::new(), Vec::new());
                if self.has_exactly(&mut all, decls.len()) && self.has_exactly(&mut one, 1) {
                    for decl in decls {
                        self.module_decl(decl, &mut all);
                    }
                    one.push(CoreType::Module(all.into()));
                }
                one
            }
        }
    }

    fn module_decl(&mut self, decl: wp::ModuleTypeDeclaration<'_>, all: &mut Vec<ModuleDecl>) {
        use wp::ModuleTypeDeclaration as D;
        let decl = match decl {
            D::Type(group) => return self.rec_group(&group, all, ModuleDecl::Type),
            D::OuterAlias { kind: wp::OuterAliasKind::Type, count, index } => {
                // The module's type is a scope, too.
                self.beyond |= count > self.scopes;
                ModuleDecl::OuterType(count, index)
            }
            D::Import(import) => {
                let (module, name) = (self.name(import.module), self.name(import.name));
                ModuleDecl::Import(module, name, self.core_extern(import.ty))
            }
            D::Export { name, ty } => {
                let name = self.name(name);
                ModuleDecl::Export(name, self.core_extern(ty))
            }
        };
        if self.has_room(all, 1) {
            all.push(decl);
        }
    }

    /// Appends what becomes of the function types of a group; of others `None` becomes that.
    fn rec_group<T>(&mut self, group: &wp::RecGroup, all: &mut Vec<T>, to: impl Fn(Option<SigId>) -> T) {
        for ty in group.types() {
            let sig = match &ty.composite_type.inner {
                wp::CompositeInnerType::Func(ty) => self.func_type(ty),
                _ => None,
            };
            if self.has_room(all, 1) {
                all.push(to(sig));
            }
        }
    }

    /// `None` for a type that refers to others, which only their module could resolve.
    fn func_type(&mut self, ty: &wp::FuncType) -> Option<SigId> {
        let params = self.list_if(ty.params(), |_, &ty| core_val_type(ty))?;
        let results = self.list_if(ty.results(), |_, &ty| core_val_type(ty))?;
        let interned = self.func_types.intern(FuncType { params, results });
        if interned.is_err() {
            self.note_no_memory();
        }
        interned.ok()
    }

    fn core_extern(&self, ty: wp::TypeRef) -> CoreExtern {
        let refused = CoreExtern::Unsupported(self.refused("garbage-collected types"));
        match ty {
            wp::TypeRef::Func(index) | wp::TypeRef::FuncExact(index) => CoreExtern::Func(index),
            wp::TypeRef::Tag(tag) => CoreExtern::Tag(tag.func_type_idx),
            wp::TypeRef::Memory(ty) => CoreExtern::Other(ExternType::Memory(MemoryType {
                min: ty.initial,
                max: ty.maximum,
                page_size_log2: ty.page_size_log2.unwrap_or(16),
                memory64: ty.memory64,
                shared: ty.shared,
            })),
            wp::TypeRef::Table(ty) => match ref_type(ty.element_type) {
                Some(element) => CoreExtern::Other(ExternType::Table(TableType {
                    element,
                    min: ty.initial,
                    max: ty.maximum,
                    table64: ty.table64,
                })),
                None => refused,
            },
            wp::TypeRef::Global(ty) => match core_val_type(ty.content_type) {
                Some(content) => CoreExtern::Other(ExternType::Global(GlobalType { content, mutable: ty.mutable })),
                None => refused,
            },
        }
    }
}

fn sort(kind: wp::ComponentExternalKind) -> Option<Sort> {
    use wp::ComponentExternalKind as K;
    Some(match kind {
        K::Module => Sort::Module,
        K::Func => Sort::Func,
        K::Type => Sort::Type,
        K::Instance => Sort::Instance,
        K::Component => Sort::Component,
        K::Value => return None,
    })
}

fn core_sort(kind: wp::ExternalKind) -> CoreSort {
    match kind {
        wp::ExternalKind::Func | wp::ExternalKind::FuncExact => CoreSort::Func,
        wp::ExternalKind::Table => CoreSort::Table,
        wp::ExternalKind::Memory => CoreSort::Memory,
        wp::ExternalKind::Global => CoreSort::Global,
        wp::ExternalKind::Tag => CoreSort::Tag,
    }
}

fn extern_ref(ty: wp::ComponentTypeRef) -> ExternRef {
    use wp::ComponentTypeRef as R;
    match ty {
        R::Module(index) => ExternRef::Module(index),
        R::Func(index) => ExternRef::Func(index),
        R::Type(wp::TypeBounds::Eq(index)) => ExternRef::TypeEq(index),
        R::Type(wp::TypeBounds::SubResource) => ExternRef::SubResource,
        R::Instance(index) => ExternRef::Instance(index),
        R::Component(index) => ExternRef::Component(index),
        R::Value(_) => ExternRef::Value,
    }
}

fn val_type(ty: wp::ComponentValType) -> ValType {
    match ty {
        wp::ComponentValType::Primitive(ty) => ValType::Primitive(primitive(ty)),
        wp::ComponentValType::Type(index) => ValType::Type(index),
    }
}

fn primitive(ty: wp::PrimitiveValType) -> InterfaceType {
    use InterfaceType as T;
    use wp::PrimitiveValType as P;
    match ty {
        P::Bool => T::Bool,
        P::S8 => T::S8,
        P::U8 => T::U8,
        P::S16 => T::S16,
        P::U16 => T::U16,
        P::S32 => T::S32,
        P::U32 => T::U32,
        P::S64 => T::S64,
        P::U64 => T::U64,
        P::F32 => T::F32,
        P::F64 => T::F64,
        P::Char => T::Char,
        P::String => T::String,
        P::ErrorContext => T::ErrorContext,
    }
}

fn core_val_type(ty: wp::ValType) -> Option<CoreValType> {
    Some(match ty {
        wp::ValType::I32 => CoreValType::I32,
        wp::ValType::I64 => CoreValType::I64,
        wp::ValType::F32 => CoreValType::F32,
        wp::ValType::F64 => CoreValType::F64,
        wp::ValType::V128 => CoreValType::V128,
        wp::ValType::Ref(ty) => CoreValType::Ref(ref_type(ty)?),
    })
}

/// `None` for a type that needs a module's own types, or garbage collection.
fn ref_type(ty: wp::RefType) -> Option<RefType> {
    use wp::AbstractHeapType as A;
    let heap = match ty.heap_type() {
        wp::HeapType::Abstract { shared: false, ty } => match ty {
            A::Func => HeapType::Func,
            A::NoFunc => HeapType::NoFunc,
            A::Extern => HeapType::Extern,
            A::NoExtern => HeapType::NoExtern,
            A::Exn => HeapType::Exn,
            A::NoExn => HeapType::NoExn,
            _ => return None,
        },
        _ => return None,
    };
    Some(RefType { nullable: ty.is_nullable(), heap })
}

/// What a canonical builtin belongs to, for the error message.
fn builtin_feature(canon: &wp::CanonicalFunction) -> &'static str {
    use wp::CanonicalFunction as C;
    match canon {
        C::ErrorContextNew { .. } | C::ErrorContextDebugMessage { .. } | C::ErrorContextDrop => "`error-context`",
        C::ThreadSpawnRef { .. }
        | C::ThreadSpawnIndirect { .. }
        | C::ThreadAvailableParallelism
        | C::ThreadIndex
        | C::ThreadNewIndirect { .. }
        | C::ThreadResumeLater
        | C::ThreadSuspend
        | C::ThreadSuspendThenResume
        | C::ThreadYieldThenResume
        | C::ThreadSuspendThenPromote
        | C::ThreadYieldThenPromote => "component threads",
        C::StreamNew { .. }
        | C::StreamRead { .. }
        | C::StreamWrite { .. }
        | C::StreamForward { .. }
        | C::StreamCancelRead { .. }
        | C::StreamCancelWrite { .. }
        | C::StreamDropReadable { .. }
        | C::StreamDropWritable { .. } => "`stream`",
        C::FutureNew { .. }
        | C::FutureRead { .. }
        | C::FutureWrite { .. }
        | C::FutureForward { .. }
        | C::FutureCancelRead { .. }
        | C::FutureCancelWrite { .. }
        | C::FutureDropReadable { .. }
        | C::FutureDropWritable { .. } => "`future`",
        _ => "component-model async",
    }
}
