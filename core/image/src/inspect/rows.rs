//! One walk over what a component imports and exports: what all formats print.

use crate::entity::EntityRef;
use crate::export::{ExportEntry, ExportIndex, FuncSource, ModuleSource};
use crate::inspect::view::View;
use crate::module::EntityIndex;
use crate::plan::{CoreDef, ExportItem, Instantiate, RuntimeImportIndex, StaticModuleIndex, Step};
use crate::printable::Printable;
use crate::types::TypeDef;
use crate::types::print::{PrintFunc, PrintType};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// Characters of one type that are shown.
const TYPE_CHARS: usize = 2_000;

/// One line of a component: an import or export, or a member of one.
pub(crate) struct Row<'a> {
    pub(crate) depth: usize,
    pub(crate) name: &'a str,
    pub(crate) kind: &'static str,
    /// The type, for functions and value types.
    pub(crate) ty: Option<String>,
    /// The entry of an export, and whether it was shown before.
    pub(crate) export: Option<(ExportIndex, bool)>,
    /// Where it leads, if it is a function or module.
    pub(crate) source: Option<Source>,
}

/// Where a function or module is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// The box that it lies in: a module, the adapters, the imports.
    pub(crate) place: String,
    /// What it is there, if it is but a part of the place.
    pub(crate) item: Option<String>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.item {
            Some(item) => write!(f, "{} {item}", self.place),
            None => f.write_str(&self.place),
        }
    }
}

/// All rows of the imports.
pub(crate) fn import_rows<'a>(component: &'a View<'a>) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for import in component.plan.imports.values() {
        type_rows(component, component.types.name(import.name), import.ty, 0, &mut rows);
    }
    rows
}

/// A row for an item of a type, and rows for its members. Bounded by the depth of instance types.
fn type_rows<'a>(component: &'a View<'a>, name: &'a str, ty: TypeDef, depth: usize, rows: &mut Vec<Row<'a>>) {
    let types = component.types;
    rows.push(Row { depth, name, kind: ty.desc(), ty: type_text(component, ty), export: None, source: None });
    if let TypeDef::Instance(index) = ty {
        for &(name, ty) in &types[index].exports {
            type_rows(component, types.name(name), ty, depth + 1, rows);
        }
    }
}

/// All rows of the exports.
pub(crate) fn export_rows<'a>(component: &'a View<'a>) -> Vec<Row<'a>> {
    let graph = component.graph;
    let places = Places::new(component);
    let mut shown: Vec<bool> = graph.entries().keys().map(|_| false).collect();
    let mut rows = Vec::new();
    // A list of what is left to do, not recursion: the innermost members are at its end.
    let mut todo: Vec<(usize, &str, ExportIndex)> = Vec::new();
    let members = |index: ExportIndex, depth: usize, todo: &mut Vec<_>| {
        if let ExportEntry::Instance { members, .. } = &graph.entries()[index] {
            todo.extend(members.iter().rev().map(|(name, member)| (depth, graph.name(name), member.export)));
        }
    };
    members(graph.root(), 0, &mut todo);
    while let Some((depth, name, index)) = todo.pop() {
        let entry = &graph.entries()[index];
        let again = core::mem::replace(&mut shown[index.index()], true);
        rows.push(Row {
            depth,
            name,
            kind: entry.desc(),
            ty: type_text(component, entry.type_def()),
            export: Some((index, again)),
            source: places.source(entry),
        });
        if !again {
            members(index, depth + 1, &mut todo);
        }
    }
    rows
}

pub(crate) fn type_text(component: &View<'_>, ty: TypeDef) -> Option<String> {
    let types = component.types;
    match ty {
        TypeDef::Func(ty) | TypeDef::FuncType(ty) => Some(cut(PrintFunc(types, ty))),
        TypeDef::Interface(ty) => Some(cut(PrintType(types, ty))),
        TypeDef::Resource(resource) => Some(resource.to_string()),
        _ => None,
    }
}

/// The text of something, up to a length.
fn cut(item: impl fmt::Display) -> String {
    struct Bounded(String);
    impl Write for Bounded {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.push_str(text);
            if self.0.len() > TYPE_CHARS { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut out = Bounded(String::new());
    if write!(out, "{item}").is_err() {
        let mut end = TYPE_CHARS;
        while !out.0.is_char_boundary(end) {
            end -= 1;
        }
        out.0.truncate(end);
        out.0.push('…');
    }
    out.0
}

/// What the plan's core instances are instances of.
pub(crate) struct Places<'a> {
    component: &'a View<'a>,
    instances: Vec<String>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(component: &'a View<'a>) -> Self {
        let place = |step: &Step| match step {
            Step::Instantiate(Instantiate::Static { module, .. }) => Some(Self::module(component, *module)),
            Step::Instantiate(Instantiate::Import { module, .. }) => Some(format!("imported {module}")),
            _ => None,
        };
        let instances = component.plan.steps.iter().filter_map(place).collect();
        Self { component, instances }
    }

    fn module(component: &View<'_>, index: StaticModuleIndex) -> String {
        match component.module_names[index] {
            Some(name) => format!("{index} ${}", Printable(name)),
            None => index.to_string(),
        }
    }

    pub(crate) fn source(&self, entry: &ExportEntry) -> Option<Source> {
        match entry {
            ExportEntry::Func { source: FuncSource::Lifted { func, .. }, .. } => Some(self.core(func)),
            ExportEntry::Func { source: FuncSource::Import(item), .. } => Some(self.import(*item)),
            ExportEntry::Module { source: ModuleSource::Static(module), .. } => {
                Some(Source { place: Self::module(self.component, *module), item: None })
            }
            ExportEntry::Module { source: ModuleSource::Import(item), .. } => Some(self.import(*item)),
            ExportEntry::Instance { .. } | ExportEntry::Resource(_) | ExportEntry::Type(_) => None,
        }
    }

    fn core(&self, def: &CoreDef) -> Source {
        match def {
            CoreDef::Export(export) => {
                let place = self.instances.get(export.instance.index()).cloned().unwrap_or_default();
                let item = match export.item {
                    ExportItem::Index(EntityIndex::Func(func)) => func.to_string(),
                    ExportItem::Index(_) => String::new(),
                    ExportItem::Name(name) => format!("{:?}", self.component.types.name(name)),
                };
                Source { place, item: Some(item) }
            }
            CoreDef::Adapter(adapter) => Source { place: "adapters".into(), item: Some(adapter.to_string()) },
            CoreDef::Trampoline(trampoline) => {
                Source { place: "trampolines".into(), item: Some(trampoline.to_string()) }
            }
        }
    }

    fn import(&self, item: RuntimeImportIndex) -> Source {
        let (types, plan) = (self.component.types, self.component.plan);
        let import = &plan.runtime_imports[item];
        let mut text = types.name(plan.imports[import.import].name).to_string();
        for &name in &import.path {
            text.push('#');
            text.push_str(types.name(name));
        }
        Source { place: "imports".into(), item: Some(text) }
    }
}
