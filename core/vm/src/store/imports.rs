//! Whether what is provided fits what a module imports.

use crate::engine::Engine;
use crate::module::Module;
use crate::store::ids::RawExtern;
use crate::store::inner::StoreInner;
use coracle_error::{Error, ErrorKind, Result, Wording};
use coracle_image::entity::SigId;
use coracle_image::module::{EntityIndex, GlobalType, Import, MemoryType, TableType, ValType};

/// The type of something that is provided; of tables and memories also how large they are now.
#[derive(Clone, Copy, Debug)]
pub enum Provided {
    /// A function.
    Func(SigId),
    /// A table, and its elements.
    Table(TableType, u64),
    /// A memory, and its pages.
    Memory(MemoryType, u64),
    /// A global.
    Global(GlobalType),
    /// A tag.
    Tag(SigId),
}

impl StoreInner {
    /// Checks that what is of an engine can be instantiated in this store.
    ///
    /// # Errors
    /// `ErrorKind::Link` when the store is of another engine.
    pub(crate) fn check_usage(&self, engine: &Engine) -> Result<()> {
        if Engine::same(self.engine(), engine) {
            return Ok(());
        }
        Err(Error::fault(ErrorKind::Link, "cross-`Engine` usage is not supported"))
    }

    /// The type of an item.
    ///
    /// # Panics
    /// If a function is of another store.
    pub fn provided(&self, item: RawExtern) -> Provided {
        match item {
            RawExtern::Func(func) => Provided::Func(self.func_sig(func)),
            RawExtern::Table(id) => Provided::Table(self.table(id).ty(), self.table(id).len() as u64),
            RawExtern::Memory(id) => Provided::Memory(self.memory(id).ty(), self.memory(id).pages()),
            RawExtern::Global(id) => Provided::Global(self.global(id).ty()),
            RawExtern::Tag(id) => Provided::Tag(self.tag(id).sig()),
        }
    }
}

/// Checks that `imports`, in the order of the module's imports, are what it asks for.
///
/// # Errors
/// `ErrorKind::Link` with the import's names, what was expected and what was found.
///
/// # Panics
/// If a function is of another store.
pub fn check_imports(store: &StoreInner, module: &Module, imports: &[RawExtern]) -> Result<()> {
    check_engine(store.engine(), module.engine())?;
    let wanted = &module.data().imports;
    if wanted.len() != imports.len() {
        let message = coracle_error::wording!("expected {} imports, found {}", wanted.len(), imports.len());
        return Err(Error::fault(ErrorKind::Link, message));
    }
    wanted.iter().zip(imports).try_for_each(|(import, found)| check_import(module, import, &store.provided(*found)))
}

/// Checks that a module or a component of one engine can be instantiated with what is of the other.
///
/// # Errors
/// `ErrorKind::Link` when they are two.
pub fn check_engine(engine: &Engine, other: &Engine) -> Result<()> {
    if Engine::same(engine, other) {
        return Ok(());
    }
    Err(Error::fault(ErrorKind::Link, "cross-`Engine` instantiation is not currently supported"))
}

/// Checks one import.
///
/// # Errors
/// `ErrorKind::Link` with the import's names, what was expected and what was found.
pub fn check_import(module: &Module, import: &Import, found: &Provided) -> Result<()> {
    let data = module.data();
    let fault = match (import.item, *found) {
        (EntityIndex::Func(func), Provided::Func(sig)) => {
            let wanted = data.funcs[func];
            (wanted != sig).then(|| {
                let (wanted, found) = (module.engine().func_type(wanted), module.engine().func_type(sig));
                coracle_error::wording!("types incompatible: expected type `{wanted}`, found type `{found}`")
            })
        }
        (EntityIndex::Tag(tag), Provided::Tag(sig)) => {
            (data.tags[tag] != sig).then(|| Wording::from("incompatible tag types"))
        }
        (EntityIndex::Global(global), Provided::Global(found)) => global_fault(data.globals[global], found),
        (EntityIndex::Table(table), Provided::Table(found, len)) => table_fault(data.tables[table], found, len),
        (EntityIndex::Memory(memory), Provided::Memory(found, pages)) => {
            memory_fault(data.memories[memory], found, pages)
        }
        (wanted, found) => Some(coracle_error::wording!("expected {}, but found {}", wanted.kind(), found.kind())),
    };
    match fault {
        None => Ok(()),
        Some(fault) => {
            let Import { module, name, .. } = import;
            let context = coracle_error::wording!("incompatible import type for `{module}::{name}`");
            Err(Error::fault(ErrorKind::Link, fault).told(context))
        }
    }
}

impl Provided {
    /// The word for what it is.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Func(_) => "function",
            Self::Table(..) => "table",
            Self::Memory(..) => "memory",
            Self::Global(_) => "global",
            Self::Tag(_) => "tag",
        }
    }
}

/// What is told where two types of one kind do not fit.
fn incompatible(what: &str, wanted: impl core::fmt::Display, found: impl core::fmt::Display) -> Option<Wording> {
    Some(coracle_error::wording!("{what} types incompatible: expected {wanted}, found {found}"))
}

/// The same where a word before the kind tells them apart.
fn incompatible_words(what: &str, words: [&str; 2], wanted: bool, found: bool) -> Option<Wording> {
    if wanted == found {
        return None;
    }
    let text = |set: bool| coracle_error::wording!("{} {what}", words[usize::from(set)]);
    incompatible(what, text(wanted), text(found))
}

/// The same where the types of the contents tell them apart.
fn incompatible_content(what: &str, wanted: ValType, found: ValType) -> Option<Wording> {
    let text = |ty: ValType| coracle_error::wording!("{what} of type `{ty}`");
    incompatible(what, text(wanted), text(found))
}

/// Why a global does not fit where one of another type is wanted; `None` where it does.
pub fn global_fault(wanted: GlobalType, found: GlobalType) -> Option<Wording> {
    let equal = wanted.mutable || found.mutable;
    let fits = if equal { wanted.content == found.content } else { found.content.matches(wanted.content) };
    if !fits {
        return incompatible_content("global", wanted.content, found.content);
    }
    incompatible_words("global", ["immutable", "mutable"], wanted.mutable, found.mutable)
}

/// Whether something of `size` now and at most `max` later fits limits that are asked for.
fn limits_fault(what: &str, wanted: (u64, Option<u64>), found: (u64, Option<u64>)) -> Option<Wording> {
    let fits = found.0 >= wanted.0
        && match (wanted.1, found.1) {
            (None, _) => true,
            (Some(most), Some(found)) => found <= most,
            (Some(_), None) => false,
        };
    let text = |(min, max): (u64, Option<u64>)| match max {
        Some(max) => coracle_error::wording!("min: {min}, max: {max}"),
        None => coracle_error::wording!("min: {min}, max: none"),
    };
    (!fits).then(|| {
        let (wanted, found) = (text(wanted), text(found));
        coracle_error::wording!(
            "{what} types incompatible: expected {what} limits ({wanted}) doesn't match provided {what} limits ({found})"
        )
    })
}

const WIDTHS: [&str; 2] = ["32-bit", "64-bit"];

/// Why a table of so many elements does not fit where one of another type is wanted; `None` where it does.
pub fn table_fault(wanted: TableType, found: TableType, len: u64) -> Option<Wording> {
    if wanted.element != found.element {
        return incompatible_content("table", ValType::Ref(wanted.element), ValType::Ref(found.element));
    }
    incompatible_words("table", WIDTHS, wanted.table64, found.table64)
        .or_else(|| limits_fault("table", (wanted.min, wanted.max), (len, found.max)))
}

/// Why a memory of so many pages does not fit where one of another type is wanted; `None` where it does.
pub fn memory_fault(wanted: MemoryType, found: MemoryType, pages: u64) -> Option<Wording> {
    incompatible_words("memory", ["non-shared", "shared"], wanted.shared, found.shared)
        .or_else(|| incompatible_words("memory", WIDTHS, wanted.memory64, found.memory64))
        .or_else(|| limits_fault("memory", (wanted.min, wanted.max), (pages, found.max)))
        .or_else(|| {
            let size = |ty: MemoryType| 1_u64 << ty.page_size_log2;
            (size(wanted) != size(found)).then(|| {
                coracle_error::wording!(
                    "memory types incompatible: expected a memory with a page size of {}, but received a memory with a \
                     page size of {}",
                    size(wanted),
                    size(found)
                )
            })
        })
}
