//! Who imports whom inside a package, and the loops of it.
//!
//! An arrow leads from a file to each file that a path of its code names: in `use`, `pub use` included, and in
//! expressions. A name that is re-exported is an arrow to the file that was named, and the re-export is one of its own.
//! Files that stand alone at the top of a package are folders of one file; `foo.rs` belongs to the folder `foo`.
//!
//! # What is absent
//! `mod foo;` is no arrow: a parent holds its children, it need not know them. Methods that are called on a value name
//! no file.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::{Source, is_word};

type Path = Vec<String>;

/// The files of one package, by module path, and the arrows between them.
pub(crate) struct Package {
    files: BTreeMap<Path, String>,
    arrows: BTreeMap<Path, BTreeSet<Path>>,
}

impl Package {
    /// The package whose sources lie under `root`, tests left out.
    pub(crate) fn new(root: &str, sources: &[Source]) -> Self {
        let inside = |source: &&Source| source.is_rust() && source.path.starts_with(root);
        let module = |source: &Source| -> Path {
            let path = source.path[root.len()..].trim_end_matches(".rs");
            if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').map(Into::into).collect() }
        };
        let files: BTreeMap<Path, String> = sources
            .iter()
            .filter(inside)
            .map(|source| (module(source), source.path.clone()))
            .filter(|(module, _)| !module.iter().any(|part| part == "tests" || part == "bin"))
            .collect();
        let mut package = Self { files, arrows: BTreeMap::new() };
        for source in sources.iter().filter(inside) {
            let from = module(source);
            if package.files.contains_key(&from) {
                let arrows = package.arrows_of(&from, source);
                package.arrows.insert(from, arrows);
            }
        }
        package
    }

    /// The files that the code of one names.
    fn arrows_of(&self, from: &Path, source: &Source) -> BTreeSet<Path> {
        // From an inline module, `self` and `super` mean something else; it is read as the file itself.
        let code: Vec<&str> = source.lines.iter().filter(|line| !line.test).map(|line| line.code.as_str()).collect();
        let mut found = BTreeSet::new();
        for path in paths(&code.join("\n")) {
            let absolute: Path = match path[0].as_str() {
                "crate" => path[1..].to_vec(),
                "self" | "super" | "Self" => continue,
                first => {
                    let child: Path = from.iter().cloned().chain([first.to_owned()]).collect();
                    if !self.files.contains_key(&child) {
                        continue;
                    }
                    from.iter().cloned().chain(path.iter().cloned()).collect()
                }
            };
            let file = (0..=absolute.len()).rev().map(|n| absolute[..n].to_vec()).find(|p| self.files.contains_key(p));
            found.extend(file.filter(|file| file != from && !file.is_empty()));
        }
        found
    }

    /// Groups of files that import each other in a loop, by the paths of the files.
    pub(crate) fn file_circles(&self) -> Vec<Vec<String>> {
        loops(&self.arrows)
            .into_iter()
            .map(|group| group.iter().map(|file| self.files[file].clone()).collect())
            .collect()
    }

    /// Groups of folders that import each other in a loop. A folder within another is no loop with it.
    pub(crate) fn folder_circles(&self) -> Vec<Vec<String>> {
        let folder = |file: &Path| -> Path {
            let has_children = self.files.keys().any(|other| other.len() > file.len() && other.starts_with(file));
            if has_children || file.len() == 1 { file.clone() } else { file[..file.len() - 1].to_vec() }
        };
        let mut arrows: BTreeMap<Path, BTreeSet<Path>> = BTreeMap::new();
        for (from, to) in self.arrows.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to))) {
            let (from, to) = (folder(from), folder(to));
            if !from.starts_with(&to) && !to.starts_with(&from) {
                arrows.entry(from).or_default().insert(to);
            }
        }
        loops(&arrows).into_iter().map(|group| group.iter().map(|folder| folder.join("/")).collect()).collect()
    }
}

/// All paths of two names and more in a text, those of grouped imports spelled out.
fn paths(code: &str) -> Vec<Path> {
    let mut all = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let glued = rest[..start].ends_with("::") || rest[..start].ends_with('$') || rest[..start].ends_with('.');
        rest = &rest[start..];
        let (path, len) = path_at(rest);
        if !glued {
            all.extend(path.into_iter().filter(|path| path.len() > 1));
        }
        rest = &rest[len..];
    }
    all
}

/// The paths that begin with the word at the start of `text`, and how many bytes they take.
fn path_at(text: &str) -> (Vec<Path>, usize) {
    let word = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let name = text[..word].to_owned();
    let Some(tail) = text[word..].strip_prefix("::") else {
        return (vec![vec![name]], word.max(1));
    };
    let at = word + 2;
    if let Some(group) = tail.strip_prefix('{') {
        let (mut paths, mut used) = (Vec::new(), at + 1);
        let mut rest = group;
        while let Some(next) = rest.find(|c: char| is_word(c) || c == '}') {
            used += next;
            rest = &rest[next..];
            if rest.starts_with('}') {
                used += 1;
                break;
            }
            let (inner, len) = path_at(rest);
            paths.extend(inner);
            used += len;
            rest = &rest[len..];
        }
        return (paths.into_iter().map(|path| [vec![name.clone()], path].concat()).collect(), used);
    }
    if !tail.starts_with(is_word) {
        return (vec![vec![name]], at);
    }
    let (inner, len) = path_at(tail);
    (inner.into_iter().map(|path| [vec![name.clone()], path].concat()).collect(), at + len)
}

/// Strongly connected groups of more than one node.
fn loops(arrows: &BTreeMap<Path, BTreeSet<Path>>) -> Vec<Vec<Path>> {
    let reach = |from: &Path| -> BTreeSet<Path> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            for next in arrows.get(at).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    todo.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Path, BTreeSet<Path>> = arrows.keys().map(|node| (node, reach(node))).collect();
    let mut groups: BTreeSet<Vec<Path>> = BTreeSet::new();
    for (node, far) in &reached {
        if far.contains(*node) {
            let back = far.iter().filter(|other| reached.get(other).is_some_and(|far| far.contains(*node)));
            groups.insert(back.cloned().collect());
        }
    }
    groups.into_iter().collect()
}
