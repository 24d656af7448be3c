//! Whether what is provided fits what a module imports.

use crate::error::{Error, ErrorKind, Result};
use crate::module::{EntityIndex, GlobalType, Import, MemoryType, Module, TableType};
use crate::store::inner::{RawExtern, StoreInner};
use alloc::string::{String, ToString};

/// Checks that `imports`, in the order of the module's imports, are what it asks for.
///
/// # Errors
/// `ErrorKind::Link` with the import's names, what was expected and what was found.
///
/// # Panics
/// If a function is of another store, or the module of another engine.
pub fn check_imports(store: &StoreInner, module: &Module, imports: &[RawExtern]) -> Result<()> {
    assert!(
        crate::engine::Engine::same(store.engine(), module.engine()),
        "a module is instantiated in a store of another engine"
    );
    let wanted = &module.data().imports;
    if wanted.len() != imports.len() {
        let message = alloc::format!("expected {} imports, found {}", wanted.len(), imports.len());
        return Err(Error::fault(ErrorKind::Link, message));
    }
    for (import, found) in wanted.iter().zip(imports) {
        check_import(store, module, import, *found)?;
    }
    Ok(())
}

/// Checks one import.
///
/// # Errors
/// `ErrorKind::Link` with the import's names, what was expected and what was found.
///
/// # Panics
/// If a function is of another store.
pub fn check_import(store: &StoreInner, module: &Module, import: &Import, found: RawExtern) -> Result<()> {
    let data = module.data();
    let fault = match (import.item, found) {
        (EntityIndex::Func(func), RawExtern::Func(found)) => {
            let (wanted, sig) = (data.funcs[func], store.func_sig(found));
            (wanted != sig).then(|| {
                let (wanted, found) = (store.engine().func_type(wanted), store.engine().func_type(sig));
                alloc::format!("expected type `{wanted}`, found type `{found}`")
            })
        }
        (EntityIndex::Tag(tag), RawExtern::Tag(found)) => {
            let (wanted, sig) = (data.tags[tag], store.tag(found).sig());
            (wanted != sig).then(|| {
                let (wanted, found) = (store.engine().func_type(wanted), store.engine().func_type(sig));
                alloc::format!("expected tag of type `{wanted}`, found tag of type `{found}`")
            })
        }
        (EntityIndex::Global(global), RawExtern::Global(found)) => {
            global_fault(data.globals[global], store.global(found).ty())
        }
        (EntityIndex::Table(table), RawExtern::Table(found)) => {
            let found = store.table(found);
            table_fault(data.tables[table], found.ty(), found.len() as u64)
        }
        (EntityIndex::Memory(memory), RawExtern::Memory(found)) => {
            let found = store.memory(found);
            memory_fault(data.memories[memory], found.ty(), found.pages())
        }
        (wanted, found) => Some(alloc::format!("expected {}, found {}", wanted.kind(), found.kind())),
    };
    match fault {
        None => Ok(()),
        Some(fault) => {
            let Import { module, name, .. } = import;
            let message = alloc::format!("incompatible import type for `{module}::{name}`: {fault}");
            Err(Error::fault(ErrorKind::Link, message))
        }
    }
}

impl EntityIndex {
    /// The word for what it names.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Func(_) => "func",
            Self::Table(_) => "table",
            Self::Memory(_) => "memory",
            Self::Global(_) => "global",
            Self::Tag(_) => "tag",
        }
    }
}

impl RawExtern {
    /// The word for what it is.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Func(_) => "func",
            Self::Table(_) => "table",
            Self::Memory(_) => "memory",
            Self::Global(_) => "global",
            Self::Tag(_) => "tag",
        }
    }
}

pub(crate) fn global_fault(wanted: GlobalType, found: GlobalType) -> Option<String> {
    let fits = wanted.mutable == found.mutable
        && if wanted.mutable { wanted.content == found.content } else { found.content.matches(wanted.content) };
    let text =
        |ty: GlobalType| if ty.mutable { alloc::format!("(mut {})", ty.content) } else { ty.content.to_string() };
    (!fits)
        .then(|| alloc::format!("expected global of type `{}`, found global of type `{}`", text(wanted), text(found)))
}

/// Whether something of `size` now and at most `max` later fits limits that are asked for.
fn limits_fault(what: &str, wanted: (u64, Option<u64>), found: (u64, Option<u64>)) -> Option<String> {
    let fits = found.0 >= wanted.0
        && match (wanted.1, found.1) {
            (None, _) => true,
            (Some(most), Some(found)) => found <= most,
            (Some(_), None) => false,
        };
    let text = |(min, max): (u64, Option<u64>)| match max {
        Some(max) => alloc::format!("min: {min}, max: {max}"),
        None => alloc::format!("min: {min}, max: none"),
    };
    (!fits).then(|| alloc::format!("expected {what} limits ({}), found ({})", text(wanted), text(found)))
}

fn index_type(is_64: bool) -> &'static str {
    if is_64 { "64-bit" } else { "32-bit" }
}

pub(crate) fn table_fault(wanted: TableType, found: TableType, len: u64) -> Option<String> {
    if wanted.element != found.element {
        return Some(alloc::format!(
            "expected table of type `{}`, found table of type `{}`",
            wanted.element,
            found.element
        ));
    }
    if wanted.table64 != found.table64 {
        let (wanted, found) = (index_type(wanted.table64), index_type(found.table64));
        return Some(alloc::format!("expected {wanted} table, found {found} table"));
    }
    limits_fault("table", (wanted.min, wanted.max), (len, found.max))
}

pub(crate) fn memory_fault(wanted: MemoryType, found: MemoryType, pages: u64) -> Option<String> {
    if wanted.shared != found.shared {
        let text = |shared: bool| if shared { "shared" } else { "non-shared" };
        return Some(alloc::format!("expected {} memory, found {} memory", text(wanted.shared), text(found.shared)));
    }
    if wanted.memory64 != found.memory64 {
        let (wanted, found) = (index_type(wanted.memory64), index_type(found.memory64));
        return Some(alloc::format!("expected {wanted} memory, found {found} memory"));
    }
    if wanted.page_size_log2 != found.page_size_log2 {
        let (wanted, found) = (1_u64 << wanted.page_size_log2, 1_u64 << found.page_size_log2);
        return Some(alloc::format!("expected memory with page size {wanted}, found page size {found}"));
    }
    limits_fault("memory", (wanted.min, wanted.max), (pages, found.max))
}
