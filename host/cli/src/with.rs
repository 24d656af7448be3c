//! `--with`: components that others import from, linked to the program before it is instantiated.
//!
//! Who gives an import is decided by the files alone, before anything is linked: of those that export it the last one on
//! the command line, before the importer itself; the program stands behind all. So `--with a --with b program` is a
//! chain: `program` imports from `b`, and `b` from `a`. Only where none before it has the import, one behind it is
//! taken, and so files may stand in any order where no two export the same.
//!
//! # Invariants
//! - What a file exports comes before what the host gives under the same name; what none exports is left to the host.
//! - No file gives an import to itself. Files that need each other are an error that names the way around.

use crate::load;
use crate::report::UsageError;
use clap::Args;
use coracle::component::types::ComponentItem;
use coracle::component::{Component, ComponentExportIndex, InstancePre, Linker};
use coracle::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The flag, as each command has it.
#[derive(Args, Default)]
pub(crate) struct WithFlags {
    /// Link a component that the program, or another one that is linked, imports from: under the names that it exports,
    /// or only as NAME. Repeatable; what a file exports comes before what the host gives.
    #[arg(long = "with", value_name = "[NAME=]FILE")]
    files: Vec<OsString>,
}

impl WithFlags {
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// A component among those that are linked.
pub(crate) struct Part {
    /// What it is called: its file, as it was named.
    pub(crate) name: String,
    pub(crate) component: Component,
    /// The only import that it gives, if it was named.
    only: Option<String>,
}

/// An import that another part gives.
pub(crate) struct Link {
    pub(crate) import: String,
    /// The part that gives it, by its place.
    pub(crate) exporter: usize,
    pub(crate) export: ComponentExportIndex,
}

/// All components, in the order of the command line; the program is the last one.
pub(crate) struct Parts {
    pub(crate) all: Vec<Part>,
    /// What each is given by others.
    pub(crate) links: Vec<Vec<Link>>,
    /// Those that the program needs, each behind what it needs itself.
    pub(crate) order: Vec<usize>,
}

/// Links a program to what the host gives, and to the components of the flags.
pub(crate) fn link<T: 'static>(
    linker: &Linker<T>,
    flags: &WithFlags,
    file: &Path,
    program: &Component,
) -> Result<InstancePre<T>> {
    if flags.is_empty() {
        return linker.instantiate_pre(program);
    }
    let parts = Parts::load(flags, file, program)?;
    for part in parts.left_over() {
        eprintln!("note: nothing imports from `{}`", part.name);
    }
    let mut linked = parts.link(linker)?;
    linked.pop().map(|(_, pre)| pre).ok_or_else(|| Error::msg("there is no program"))
}

impl Parts {
    /// Loads the files, and finds who gives what to whom.
    pub(crate) fn load(flags: &WithFlags, file: &Path, program: &Component) -> Result<Self> {
        let mut all = Vec::with_capacity(flags.files.len() + 1);
        for given in &flags.files {
            let (only, file) = parsed(given)?;
            let component = load::component(program.engine(), Path::new(file))?;
            all.push(Part { name: file.to_string_lossy().into_owned(), component, only });
        }
        all.push(Part { name: file.display().to_string(), component: program.clone(), only: None });
        let links: Vec<Vec<Link>> = (0..all.len()).map(|importer| links(&all, importer)).collect();
        for part in &all {
            let Some(only) = &part.only else { continue };
            if !links.iter().flatten().any(|link| link.import == *only) {
                let message = format!("`--with {only}={}`: nothing imports `{only}`", part.name);
                return Err(UsageError::error(message));
            }
        }
        let mut order = Vec::new();
        ordered(&all, &links, all.len() - 1, &mut Vec::new(), &mut order)?;
        Ok(Self { all, links, order })
    }

    /// The program.
    pub(crate) fn program(&self) -> usize {
        self.all.len() - 1
    }

    /// Those that the program does not need.
    pub(crate) fn left_over(&self) -> impl Iterator<Item = &Part> {
        let all = self.all.iter().enumerate();
        all.filter(|(number, _)| !self.order.contains(number)).map(|(_, part)| part)
    }

    /// Links those that the program needs, each to what it needs, and to the host for the rest. The program is the last.
    pub(crate) fn link<T: 'static>(&self, host: &Linker<T>) -> Result<Vec<(usize, InstancePre<T>)>> {
        let mut linked: Vec<(usize, InstancePre<T>)> = Vec::with_capacity(self.order.len());
        for &number in &self.order {
            let mut linker = host.clone();
            linker.allow_shadowing(true);
            for Link { import, exporter, export } in &self.links[number] {
                if let Some((_, pre)) = linked.iter().find(|(other, _)| other == exporter) {
                    linker.root().export(import, pre, export)?;
                }
            }
            let part = &self.all[number];
            let pre = linker.instantiate_pre(&part.component);
            let pre = match number == self.program() {
                true => pre?,
                false => pre.map_err(|error| error.context(format!("failed to link `{}`", part.name)))?,
            };
            linked.push((number, pre));
        }
        Ok(linked)
    }
}

/// The name and the file of `NAME=FILE`; a file may have such a name itself.
fn parsed(given: &OsStr) -> Result<(Option<String>, &OsStr)> {
    if Path::new(given).is_file() {
        return Ok((None, given));
    }
    match given.to_str().and_then(|text| text.split_once('=')) {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((Some(name.to_owned()), OsStr::new(file))),
        Some(_) => {
            Err(UsageError::error(format!("`--with {}`: a name and a file are wanted", given.to_string_lossy())))
        }
        None => Ok((None, given)),
    }
}

/// Names of the imports of a component that need something.
pub(crate) fn imports(component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let needs = ty.imports(component.engine()).filter(|(_, item)| !matches!(item.ty, ComponentItem::Type(_)));
    needs.map(|(name, _)| name.to_owned()).collect()
}

/// What others give to one part.
fn links(all: &[Part], importer: usize) -> Vec<Link> {
    let before = (0..importer).rev();
    let candidates: Vec<usize> = before.chain(importer + 1..all.len()).collect();
    let given = |import: String| {
        let given = candidates.iter().find_map(|&exporter| Some((exporter, all[exporter].export(&import)?)));
        given.map(|(exporter, export)| Link { import, exporter, export })
    };
    imports(&all[importer].component).into_iter().filter_map(given).collect()
}

impl Part {
    /// What it gives for an import: its export of that name, by the rule for versions, or, where it was named so, all
    /// that it exports.
    fn export(&self, import: &str) -> Option<ComponentExportIndex> {
        let export = self.component.get_export_index(None, import);
        match &self.only {
            None => export,
            Some(only) if only == import => export.or_else(|| Some(self.component.root().index())),
            Some(_) => None,
        }
    }
}

/// Puts a part behind all that it needs. `way` leads from the program to it.
fn ordered(
    all: &[Part],
    links: &[Vec<Link>],
    part: usize,
    way: &mut Vec<(usize, String)>,
    order: &mut Vec<usize>,
) -> Result<()> {
    if order.contains(&part) {
        return Ok(());
    }
    for Link { import, exporter, .. } in &links[part] {
        way.push((part, import.clone()));
        if let Some(first) = way.iter().position(|(other, _)| other == exporter) {
            return Err(cycle(all, &way[first..]));
        }
        ordered(all, links, *exporter, way, order)?;
        way.pop();
    }
    order.push(part);
    Ok(())
}

/// Components that need each other before they are there.
fn cycle(all: &[Part], way: &[(usize, String)]) -> Error {
    let next = way.iter().cycle().skip(1);
    let steps: Vec<String> = way
        .iter()
        .zip(next)
        .map(|((part, import), (from, _))| format!("`{}` imports `{import}` of `{}`", all[*part].name, all[*from].name))
        .collect();
    Error::msg(format!("components that import each other cannot be linked: {}", steps.join(", ")))
}
