//! Component sections → nested local items.
//!
//! A straight translation of the binary's readers into [`parsed`](crate::parse::parsed): it interns names, resolves
//! core types, and calls by name what cannot be run. It trusts the validator, which has seen every
//! section before this does.

use crate::entity::SigId;
use crate::func_types::FuncTypesBuilder;
use crate::module::{FuncType, GlobalType, HeapType, MemoryType, RefType, TableType, ValType as CoreValType};
use crate::parse::parsed::*;
use crate::plan::{Attributes, StringEncoding};
use crate::strings::{NameId, StringPool};
use crate::types::{ExternType, FlatType, InterfaceType};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Result;
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
}

impl ComponentReader {
    /// Appends what a section of a component defines. Sections of other kinds define nothing.
    pub(crate) fn section(&mut self, payload: &wp::Payload<'_>, items: &mut Vec<Item>) -> Result<()> {
        self.section_inner(payload, items).map_err(crate::parse::error::invalid)
    }

    fn section_inner(&mut self, payload: &wp::Payload<'_>, items: &mut Vec<Item>) -> Parse<()> {
        use wp::Payload as P;
        match payload {
            P::InstanceSection(s) => self.each(s, items, |r, it, items| {
                items.push(r.core_instance(it));
                Ok(())
            }),
            P::CoreTypeSection(s) => self.each(s, items, |r, it, items| {
                items.extend(r.core_type(it).into_iter().map(Item::CoreType));
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
                items.push(self.unsupported("component start functions"));
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

    fn name(&mut self, text: &str) -> NameId {
        self.names.intern(text)
    }

    fn extern_name(&mut self, name: &wp::ComponentExternName<'_>) -> ExternName {
        let mut intern = |text: Option<&str>| text.map(|text| self.names.intern(text));
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
                Item::CoreInstantiate(module_index, args.iter().map(|a| (self.name(a.name), a.index)).collect())
            }
            wp::Instance::FromExports(exports) => {
                Item::CoreBundle(exports.iter().map(|e| (self.name(e.name), core_sort(e.kind), e.index)).collect())
            }
        }
    }

    fn instance(&mut self, instance: wp::ComponentInstance<'_>) -> Item {
        match instance {
            wp::ComponentInstance::Instantiate { component_index, args } => {
                let args: Option<Box<[_]>> =
                    args.iter().map(|a| Some((self.name(a.name), sort(a.kind)?, a.index))).collect();
                args.map_or_else(|| self.unsupported("component values"), |a| Item::Instantiate(component_index, a))
            }
            wp::ComponentInstance::FromExports(exports) => {
                let exports: Option<Box<[_]>> =
                    exports.iter().map(|e| Some((self.extern_name(&e.name), sort(e.kind)?, e.index))).collect();
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
            wp::ComponentAlias::Outer { kind, count, index } => match kind {
                Outer::Type => Alias::OuterType(count, index),
                Outer::CoreType => Alias::OuterCoreType(count, index),
                Outer::CoreModule => Alias::OuterModule(count, index),
                Outer::Component => Alias::OuterComponent(count, index),
            },
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
                params: ty.params.iter().map(|&(name, ty)| (self.name(name), val_type(ty))).collect(),
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
        let mut names = |list: Box<[&str]>| list.iter().map(|name| self.names.intern(name)).collect();
        match ty {
            D::Primitive(ty) => Type::Alias(ValType::Primitive(primitive(ty))),
            D::Record(fields) => {
                Type::Record(fields.iter().map(|&(name, ty)| (self.name(name), val_type(ty))).collect())
            }
            D::Variant(cases) => {
                Type::Variant(cases.iter().map(|case| (self.name(case.name), case.ty.map(val_type))).collect())
            }
            D::List(ty) => Type::List(val_type(ty)),
            D::FixedLengthList(ty, len) => Type::FixedLengthList(val_type(ty), len),
            D::Map(key, value) => Type::Map(val_type(key), val_type(value)),
            D::Tuple(types) => Type::Tuple(types.iter().map(|&ty| val_type(ty)).collect()),
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
        let mut all = Vec::with_capacity(decls.len());
        for decl in decls {
            match decl {
                D::CoreType(ty) => all.extend(self.core_type(ty).into_iter().map(TypeDecl::CoreType)),
                D::Type(ty) => all.push(TypeDecl::Type(self.component_type(ty))),
                D::Alias(alias) => all.extend(self.alias(alias).map(TypeDecl::Alias)),
                D::Export { name, ty } => all.push(TypeDecl::Export(self.extern_name(&name), extern_ref(ty))),
                D::Import(import) => {
                    all.push(TypeDecl::Import(self.extern_name(&import.name), extern_ref(import.ty)));
                }
            }
        }
        all.into()
    }

    fn instance_decls(&mut self, decls: Box<[wp::InstanceTypeDeclaration<'_>]>) -> Box<[TypeDecl]> {
        use wp::InstanceTypeDeclaration as D;
        let mut all = Vec::with_capacity(decls.len());
        for decl in decls {
            match decl {
                D::CoreType(ty) => all.extend(self.core_type(ty).into_iter().map(TypeDecl::CoreType)),
                D::Type(ty) => all.push(TypeDecl::Type(self.component_type(ty))),
                D::Alias(alias) => all.extend(self.alias(alias).map(TypeDecl::Alias)),
                D::Export { name, ty } => all.push(TypeDecl::Export(self.extern_name(&name), extern_ref(ty))),
            }
        }
        all.into()
    }

    /// The types of one definition: a recursion group may have several.
    fn core_type(&mut self, ty: wp::CoreType<'_>) -> Vec<CoreType> {
        match ty {
            wp::CoreType::Rec(group) => {
                let refused = self.refused("garbage-collected types");
                let to_type = |sig: Option<SigId>| sig.map_or(CoreType::Unsupported(refused), CoreType::Func);
                self.rec_group(&group).into_iter().map(to_type).collect()
            }
            wp::CoreType::Module(decls) => {
                let mut all = Vec::with_capacity(decls.len());
                for decl in decls {
                    self.module_decl(decl, &mut all);
                }
                [CoreType::Module(all.into())].into()
            }
        }
    }

    fn module_decl(&mut self, decl: wp::ModuleTypeDeclaration<'_>, all: &mut Vec<ModuleDecl>) {
        use wp::ModuleTypeDeclaration as D;
        match decl {
            D::Type(group) => all.extend(self.rec_group(&group).into_iter().map(ModuleDecl::Type)),
            D::OuterAlias { kind: wp::OuterAliasKind::Type, count, index } => {
                all.push(ModuleDecl::OuterType(count, index));
            }
            D::Import(import) => {
                let (module, name) = (self.name(import.module), self.name(import.name));
                all.push(ModuleDecl::Import(module, name, self.core_extern(import.ty)));
            }
            D::Export { name, ty } => {
                let name = self.name(name);
                all.push(ModuleDecl::Export(name, self.core_extern(ty)));
            }
        }
    }

    fn rec_group(&mut self, group: &wp::RecGroup) -> Vec<Option<SigId>> {
        let func = |ty: &wp::SubType| match &ty.composite_type.inner {
            wp::CompositeInnerType::Func(ty) => {
                let list =
                    |types: &[wp::ValType]| types.iter().map(|&ty| core_val_type(ty)).collect::<Option<Box<_>>>();
                // Types that refer to others, which only their module could resolve, are left out.
                Some(self.func_types.intern(FuncType { params: list(ty.params())?, results: list(ty.results())? }))
            }
            _ => None,
        };
        group.types().map(func).collect()
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
