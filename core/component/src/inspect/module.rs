//! Core modules by themselves, as text for people and for programs.

use crate::inspect::code::{self, NotOne};
use alloc::format;
use alloc::string::{String, ToString};
use coracle_error::Result;
use coracle_image::entity::FuncIndex;
use coracle_image::inspect::quoted;
use coracle_image::module::EntityIndex;
use coracle_image::printable::Printable;
use coracle_vm::embed::{ExternType, Module};
use coracle_vm::internals;
use core::fmt::Write;

/// What a core module imports and exports as a tree: names, kinds and types, and the functions that exports lead to.
pub fn module_tree(module: &Module) -> String {
    let mut out = String::new();
    if let Some(name) = module.name() {
        let _ = writeln!(out, "module ${}", Printable(name));
    }
    let _ = writeln!(out, "imports");
    for import in module.imports() {
        let (from, name, ty) = (Printable(import.module()), Printable(import.name()), import.ty());
        let _ = writeln!(out, "  {} {from}::{name}: {ty}", kind(&ty));
    }
    let _ = writeln!(out, "exports");
    for export in module.exports() {
        let _ = write!(out, "  {} {}: {}", kind(&export.ty()), Printable(export.name()), export.ty());
        if let Some(func) = exported(module, export.name()) {
            let _ = write!(out, " -> {func}");
        }
        out.push('\n');
    }
    out
}

/// The same as one JSON object. Each item has `name`, `kind` and `type`; imports have `module`, exported functions
/// `source`.
pub fn module_json(module: &Module) -> String {
    let imports = module.imports().map(|import| {
        let (from, name, ty) = (quoted(import.module()), quoted(import.name()), import.ty());
        format!("{{\"module\": {from}, \"name\": {name}, {}}}", typed(&ty))
    });
    let exports = module.exports().map(|export| {
        let source =
            exported(module, export.name()).map(|func| format!(", \"source\": \"{func}\"")).unwrap_or_default();
        format!("{{\"name\": {}, {}{source}}}", quoted(export.name()), typed(&export.ty()))
    });
    let mut out = String::from("{");
    if let Some(name) = module.name() {
        let _ = write!(out, "\n  \"module\": {},", quoted(name));
    }
    let _ = write!(out, "\n  \"imports\": {},", list(imports));
    let _ = write!(out, "\n  \"exports\": {}\n}}\n", list(exports));
    out
}

/// The interpreter's code of a function of a core module, one op per line. `func` is the name of an export, `func3`, or a
/// name of the name section, of which a part will do if only one function has it.
///
/// # Errors
/// `ErrorKind::NotFound` when there is no such function, several, or one that is an import.
pub fn module_code(module: &Module, func: &str) -> Result<String> {
    let inner = internals::module(module);
    let numbered = func.strip_prefix("func").and_then(|number| number.parse::<u32>().ok());
    let numbered = numbered.filter(|&number| (number as usize) < inner.data().funcs.len()).map(FuncIndex::from_u32);
    let func = match exported(module, func).or(numbered) {
        Some(func) => func,
        None => {
            let found = code::by_name([((), inner)].into_iter(), func, |(), func| func.to_string());
            let (_, found) = found.map_err(|why| {
                code::missing(match why {
                    NotOne::None => {
                        format!("there is no function `{func}`; say an export, `func3`, or a name of the name section")
                    }
                    NotOne::Several(text) => text,
                })
            })?;
            found
        }
    };
    code::listing(inner, func, "")
}

/// The function that an export leads to, if it is one.
fn exported(module: &Module, name: &str) -> Option<FuncIndex> {
    match internals::module(module).data().exports.get(name)? {
        EntityIndex::Func(func) => Some(func),
        _ => None,
    }
}

fn kind(ty: &ExternType) -> &'static str {
    match ty {
        ExternType::Func(_) => "function",
        ExternType::Global(_) => "global",
        ExternType::Table(_) => "table",
        ExternType::Memory(_) => "memory",
        // Tags, until there is another kind.
        _ => "tag",
    }
}

fn typed(ty: &ExternType) -> String {
    format!("\"kind\": \"{}\", \"type\": {}", kind(ty), quoted(&ty.to_string()))
}

fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    if items.len() == 0 {
        return "[]".to_string();
    }
    let mut out = String::from("[");
    for (position, item) in items.enumerate() {
        let _ = write!(out, "{}\n    {item}", if position == 0 { "" } else { "," });
    }
    out + "\n  ]"
}
