//! What the interpreter makes of one function.

use crate::component::Component;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::{EntityRef, FuncIndex};
use coracle_image::export::{ExportEntry, FuncSource};
use coracle_image::module::EntityIndex;
use coracle_image::plan::{CoreDef, ExportItem, Instantiate, StaticModuleIndex, Step};
use coracle_image::printable::Printable;
use coracle_vm::internals;
use coracle_vm::module::Module;

/// Names that an error lists.
const LISTED: usize = 10;

/// The interpreter's code of a function, one op per line.
///
/// `func` is the path of an exported function, its names parted by `#`; or `module0.func3` as the other prints call
/// it; or its name in a module's name section, of which a part will do if only one function has it.
/// Translates the function; O(its body + names).
///
/// # Errors
/// `ErrorKind::NotFound` when there is no such function, several, or one without a body here: an import, an adapter.
pub fn code(component: &Component, func: &str) -> Result<String> {
    let (index, func) = match by_index(component, func) {
        Some(found) => found?,
        None => match by_path(component, func) {
            Some(found) => found?,
            None => {
                let modules = component.modules().iter();
                let found = by_name(modules, func, |index, func| format!("{index}.{func}"));
                found.map_err(|why| {
                    missing(match why {
                        NotOne::None => format!(
                            "there is no function `{func}`; say an export's path, `module0.func3`, or a name of a name \
                             section\n{}",
                            component.explain_export(func)
                        ),
                        NotOne::Several(text) => text,
                    })
                })?
            }
        },
    };
    listing(&component.modules()[index], func, &format!("{index}."))
}

/// The interpreter's code of a function of a module that is called so.
pub(crate) fn listing(module: &Module, func: FuncIndex, place: &str) -> Result<String> {
    let defined = module
        .defined(func)
        .ok_or_else(|| missing(format!("{place}{func} is an import of the module: it has no body there")))?;
    let name = module.func_name(func).map(|name| format!(" ${}", Printable(name))).unwrap_or_default();
    let listing = internals::interpreter(module.engine()).print_code(module, defined)?;
    Ok(format!("{place}{func}{name}\n{listing}"))
}

type Place = (StaticModuleIndex, FuncIndex);

/// `module0.func3`, if the text has that shape.
fn by_index(component: &Component, text: &str) -> Option<Result<Place>> {
    let (module, func) = text.strip_prefix("module")?.split_once(".func")?;
    let (module, func): (u32, u32) = (module.parse().ok()?, func.parse().ok()?);
    let index = StaticModuleIndex::from_u32(module);
    let Some(found) = component.modules().get(index) else {
        let count = component.modules().len();
        return Some(Err(missing(format!("there is no {index}: the component has {count} modules"))));
    };
    let count = found.data().funcs.len();
    if func as usize >= count {
        return Some(Err(missing(format!("there is no func{func} in {index}: it has {count} functions"))));
    }
    Some(Ok((index, FuncIndex::from_u32(func))))
}

/// The function that an export leads to, if there is such an export.
fn by_path(component: &Component, path: &str) -> Option<Result<Place>> {
    let node = component.node(component.explain_export(path).found?).ok()?;
    Some(match node.entry() {
        ExportEntry::Func { source: FuncSource::Lifted { func, .. }, .. } => lifted(component, path, func),
        ExportEntry::Func { source: FuncSource::Import(_), .. } => {
            Err(missing(format!("`{path}` is an import that is exported again: it has no body here")))
        }
        other => Err(missing(format!("`{path}` is no function, but {}", other.desc()))),
    })
}

fn lifted(component: &Component, path: &str, func: &CoreDef) -> Result<Place> {
    let CoreDef::Export(export) = func else {
        return Err(missing(format!("`{path}` leads to an adapter: it has no body of its own")));
    };
    let mut instances = component.plan().steps.iter().filter_map(|step| match step {
        Step::Instantiate(instantiate) => Some(instantiate),
        _ => None,
    });
    let instance = instances.nth(export.instance.index());
    match (instance, export.item) {
        (Some(Instantiate::Static { module, .. }), ExportItem::Index(EntityIndex::Func(func))) => Ok((*module, func)),
        _ => Err(missing(format!("`{path}` leads into an imported module: it has no body here"))),
    }
}

/// The only function of that name in these modules, or whose name has that text in it; else a text for people.
pub(crate) fn by_name<'a, M: Copy>(
    modules: impl Iterator<Item = (M, &'a Module)>,
    name: &str,
    shown: impl Fn(M, FuncIndex) -> String,
) -> core::result::Result<(M, FuncIndex), NotOne> {
    let (mut exact, mut near) = (Vec::new(), Vec::new());
    for (index, module) in modules {
        module.each_func_name(|func, found| {
            if found == name {
                exact.push((index, func, found.to_string()));
            } else if found.contains(name) {
                near.push((index, func, found.to_string()));
            }
        });
    }
    let found = if exact.is_empty() { near } else { exact };
    match found.as_slice() {
        [(index, func, _)] => Ok((*index, *func)),
        [] => Err(NotOne::None),
        several => {
            let mut text = format!("{} functions are called like `{name}`:", several.len());
            for (index, func, name) in several.iter().take(LISTED) {
                text.push_str(&format!("\n  {} ${}", shown(*index, *func), Printable(name)));
            }
            if several.len() > LISTED {
                text.push_str("\n  …");
            }
            Err(NotOne::Several(text))
        }
    }
}

/// Why a name is not that of one function.
pub(crate) enum NotOne {
    None,
    /// With a text that lists them.
    Several(String),
}

#[cold]
pub(crate) fn missing(text: String) -> Error {
    Error::fault(ErrorKind::NotFound, text)
}
