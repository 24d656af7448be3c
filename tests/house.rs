//! The laws of the house (STYLE.md) as tests.
//!
//! Each law reads the sources as text and needs no compiler, so a broken one is told in a second, with file, line and law.
//! Text is cut into code and comment first: a law never trips over a word in a string or in prose.
//!
//! # Invariants
//! - An exception is a row of a table in this file, with its reason; there is no marker that switches a law off from elsewhere.
//! - A row that is no longer needed fails too, so the tables tell the truth.
//! - Every law is shown to catch its counter-example in `laws_bite`.

#[path = "house/circles.rs"]
mod circles;
#[path = "house/text.rs"]
mod text;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use circles::Package;
use text::{Line, Source, has_word, is_word, squeeze, words};

/// Lines that a Rust source may have.
const FILE_LINES: usize = 800;

/// Lines above an `unsafe` in which its `SAFETY:` must begin.
const SAFETY_LINES: usize = 12;

/// Which of our packages a folder may name: in code outside tests, and among its dependencies.
const LAYERS: &[(&str, &[&str])] = &[
    ("core/macro/", &[]),
    ("core/error/", &[]),
    ("core/image/", &["coracle_error"]),
    ("core/vm/", &["coracle_error", "coracle_image"]),
    ("core/component/", &["coracle_error", "coracle_image", "coracle_vm"]),
    ("interp/", &["coracle_error", "coracle_image", "coracle_vm"]),
    ("jit/", &["coracle_error", "coracle_image", "coracle_vm"]),
    (
        "src/",
        &[
            "coracle_error",
            "coracle_image",
            "coracle_vm",
            "coracle_component",
            "coracle_interp",
            "coracle_jit",
            "coracle_macro",
        ],
    ),
    ("compat/wasmtime-environ/", &["coracle_error"]),
    ("compat/wasmtime/", &["coracle"]),
    ("host/wast/", &["coracle"]),
    ("host/cli/", &["coracle", "coracle_wast"]),
    ("host/device/", &["coracle"]),
];

/// Packages of this workspace, as code names them.
const PACKAGES: &[&str] = &[
    "coracle",
    "coracle_component",
    "coracle_error",
    "coracle_image",
    "coracle_interp",
    "coracle_jit",
    "coracle_macro",
    "coracle_vm",
    "coracle_wast",
    "coracle_cli",
];

/// Files that may contain `unsafe`, and what forces them to.
const UNSAFE: &[(&str, &str)] = &[
    ("core/error/src/room.rs", "makes boxes of memory that may be refused"),
    ("core/error/src/shared.rs", "shares values in memory that may be refused"),
    ("core/vm/src/module.rs", "turns the owner address of a slot back into its module"),
    ("core/vm/src/sync.rs", "the spin lock of builds without std"),
    ("core/vm/src/tier/slot.rs", "publishes code pointers to other threads and jumps through them"),
    ("core/vm/src/tier/vmctx.rs", "the repr(C) state that compiled code reads by offset"),
    ("core/vm/src/tier/builtin.rs", "makes the calls that reach the embedder, on behalf of the tiers"),
    ("core/vm/src/tier/stack.rs", "asks the allocator for zeroed cells that are backed as they are touched"),
    ("core/vm/src/provider/linear.rs", "declares what a provider of linear memory promises"),
    ("core/vm/src/provider/heap.rs", "raw blocks that grow zeroed"),
    ("core/vm/src/provider/thread_stack/asked.rs", "asks the thread library where a stack lies"),
    ("core/vm/src/provider/mmap.rs", "maps, protects and unmaps pages"),
    ("core/vm/src/store/pinned.rs", "owns values that running code points at"),
    ("core/vm/src/store/inner.rs", "follows the pinned function records that handles carry"),
    ("core/vm/src/store/ids.rs", "a function handle is an address that may cross threads"),
    ("core/vm/src/store/extension.rs", "gives what a storey above keeps its type back"),
    ("core/vm/src/store/opaque.rs", "a borrow of nothing at the address of a store"),
    ("core/vm/src/internals.rs", "passes on what its callers vouch for"),
    ("core/vm/src/store/enter.rs", "enters guests with raw cells"),
    ("core/vm/src/store/suspend.rs", "enters and resumes guests with raw cells"),
    ("core/vm/src/store/wait.rs", "follows the addresses of the waiting call and of the poll's context"),
    ("core/vm/src/store/by_return.rs", "enters guests with raw cells, and goes on in them"),
    ("core/vm/src/store/on_stack.rs", "runs a call on another stack, and goes on with it on another thread"),
    ("core/vm/src/store/coroutine/native.rs", "switches stacks"),
    ("core/vm/src/store/coroutine/none.rs", "the same functions where there are no stacks"),
    ("core/vm/src/store/gate.rs", "marks the waiting call that a hook is called in"),
    ("core/vm/src/store/instance.rs", "contexts: one allocation, filled by the offsets of a layout"),
    ("core/vm/src/store/instantiate.rs", "enters the start function, which no reference leads to"),
    ("core/vm/src/store/items.rs", "reads references out of cells that running code wrote"),
    ("core/vm/src/store/tests.rs", "stands in for a tier"),
    ("core/vm/tests/loom.rs", "publishes what stands for code in a model"),
    ("core/vm/src/store/table.rs", "views of elements that running code writes"),
    ("core/vm/src/store/memory.rs", "linear memory: raw views, reservation, growth in place"),
    ("core/vm/src/store/builtins.rs", "called from compiled code with raw pointers"),
    ("core/vm/src/address_map.rs", "shares a tree with a signal handler that takes no lock"),
    ("core/vm/src/store/bulk.rs", "copies checked runs between memories that guests write"),
    ("core/vm/src/store/host.rs", "erases and restores the store's data type"),
    ("core/component/src/abi/ascii.rs", "looks at text by vectors that not every processor has"),
    ("core/component/src/view.rs", "looks at bytes of a guest's memory as integers"),
    ("core/component/src/call/raw.rs", "enters core functions with cells of their parameter types"),
    ("core/vm/src/embed/module.rs", "declares the loader whose caller vouches for the bytes"),
    ("core/component/src/component.rs", "declares the loader whose caller vouches for the bytes"),
    ("core/vm/src/embed/engine.rs", "declares the function by which the facade gives `Engine` its default"),
    ("core/vm/src/embed/raw.rs", "typed values to cells and back; vouches for the types of host functions"),
    ("core/vm/src/embed/unchecked.rs", "calls whose values the embedder vouches for, both ways"),
    ("src/config.rs", "defines the function behind `Engine::default` under a fixed name"),
    ("interp/src/exec/machine.rs", "the unchecked reads and writes of all handlers"),
    ("interp/src/exec/gate.rs", "runtime calls that reach the embedder, with the contexts of live runs"),
    ("interp/src/exec/any.rs", "accesses to memories whose base and length are read each time"),
    ("interp/src/exec/lanes.rs", "two cells of a frame as one array of lanes"),
    ("interp/src/exec/wide.rs", "two cells of a frame as one value"),
    ("interp/src/exec/stack.rs", "frames as raw cells of one allocation"),
    ("interp/src/exec/tier_up.rs", "slots and frames, reached from code words"),
    ("interp/src/code.rs", "gives code to slots as raw pointers and takes it back"),
    ("interp/src/exec/dispatch_loop.rs", "reads op numbers from code words"),
    ("interp/src/exec/dispatch_apart.rs", "reads code words, and lends handlers the registers of its frame"),
    ("interp/src/exec/dispatch_tail.rs", "jumps to handler addresses read from code words"),
    ("host/cli/src/load.rs", "loads prepared components that the user vouches for"),
    ("tests/prepared.rs", "loads components that it prepared itself"),
    ("tests/spec.rs", "loads components that it prepared itself"),
    ("jit/src/code/memory.rs", "pages that go from writable to executable"),
    ("jit/src/publish.rs", "turns finished code into callable pointers"),
    ("jit/src/trap.rs", "signal handler and jump to the entry stub"),
];

/// Packages whose files and folders import each other in no loop.
const ACYCLIC: &[&str] = &[
    "core/error/src/",
    "core/image/src/",
    "core/vm/src/",
    "core/component/src/",
    "core/macro/src/",
    "interp/src/",
    "jit/src/",
    "src/",
    "compat/wasmtime/src/",
    "compat/wasmtime-environ/src/",
    "host/wast/src/",
    "host/cli/src/",
    "host/device/src/",
];

/// Files that may import each other in a loop, at most three of one folder, and why.
const CIRCLES: &[(&[&str], &str)] = &[
    (
        &["core/vm/src/engine.rs", "core/vm/src/module.rs", "core/vm/src/tier.rs"],
        "an engine has tiers, a tier runs modules, a module belongs to its engine",
    ),
    (
        &["core/vm/src/tier/builtin.rs", "core/vm/src/tier/slot.rs", "core/vm/src/tier/vmctx.rs"],
        "repr(C) records that lead to each other by address",
    ),
];

/// What the sources of `core/image` must not name: an image is data that can be written and read back.
const NOT_DATA: &[&str] = &["unsafe", "atomic", "dyn", "Weak"];

/// What a reader of operators has to name all the same: how wasmparser asks for the visitor of vectors.
const READS_BY: &str = "dyn VisitSimdOperator";

/// Where `wasmparser` may be named: the three places that read wasm.
const WASMPARSER: &[&str] = &["core/image/src/parse", "interp/src/translate", "jit/src/compile"];

/// Files elsewhere that have to name `wasmparser`, and why.
const WASMPARSER_TOO: &[(&str, &str)] = &[
    ("core/image/src/fuel.rs", "the cost of each operator, which both tiers read"),
    ("core/image/src/fuel/table.rs", "the same, where an embedder has set it"),
];

/// Folders of the main workspace whose sources are the product; the rest is tests, benches and guests.
const PRODUCT: &[&str] = &["src/", "core/", "interp/", "jit/", "compat/", "host/"];

/// Packages that must be the ones under `compat`, or not be there; with a hyphen at its end, all that start so.
const STOOD_IN_FOR: &[&str] = &["wasmtime", "wasmtime-environ", "wasmtime-internal-"];

/// Packages of such names that come from elsewhere all the same, and why.
const PARTS_OF_CRANELIFT: &[(&str, &str)] = &[
    ("wasmtime-internal-core", "Cranelift keeps its helpers for collections there"),
    ("wasmtime-internal-jit-icache-coherence", "cranelift-jit clears the instruction cache by it"),
];

/// A broken law at its place.
struct Finding {
    path: String,
    line: usize,
    law: &'static str,
    what: String,
}

type Law = fn(&Source, &mut Vec<Finding>);

fn is_product(source: &Source) -> bool {
    source.is_rust() && PRODUCT.iter().any(|folder| source.path.starts_with(folder))
}

/// Lines of the product's code, tests left out.
fn product_lines(source: &Source) -> impl Iterator<Item = (usize, &Line)> {
    let wanted = is_product(source);
    source.numbered().filter(move |(_, line)| wanted && !line.test)
}

fn finding(source: &Source, line: usize, law: &'static str, what: impl Into<String>) -> Finding {
    Finding { path: source.path.clone(), line, law, what: what.into() }
}

/// Layers: a crate names only the crates below it.
fn layers(source: &Source, out: &mut Vec<Finding>) {
    let Some((folder, allowed)) = LAYERS.iter().find(|(folder, _)| source.path.starts_with(folder)) else {
        return;
    };
    for (number, line) in product_lines(source) {
        for package in PACKAGES.iter().filter(|package| !allowed.contains(package)) {
            let named = words(&line.code, package).any(|at| {
                let (before, behind) = (line.code[..at].trim_end(), line.code[at + package.len()..].trim_start());
                // The macro's job is to write our paths; it does so inside `quote!`, after a leading `::`.
                let emitted = *folder == "core/macro/" && before.ends_with("::");
                !emitted && (behind.starts_with("::") || before.ends_with("crate") || before.ends_with("use"))
            });
            if named {
                out.push(finding(source, number, "layers", format!("{folder} must not name {package}")));
            }
        }
        if line.code.contains("feature")
            && line.raw.contains("\"jit\"")
            && !folder.starts_with("host/")
            && *folder != "src/"
        {
            out.push(finding(source, number, "layers", format!("{folder} must not know whether there is a JIT")));
        }
    }
}

/// Layers again, in the manifests, where tests may look further than the product.
fn dependencies(source: &Source, out: &mut Vec<Finding>) {
    let Some(folder) = source.path.strip_suffix("Cargo.toml").filter(|folder| !folder.is_empty()) else {
        return;
    };
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == folder) else {
        return;
    };
    let mut section = "";
    for (number, line) in source.numbered() {
        let text = line.raw.trim();
        if text.starts_with('[') {
            section = text;
        }
        let key = text.split(['=', '.', ' ']).next().unwrap_or("").replace('-', "_");
        let looked_at = section.contains("dependencies]") && !section.contains("dev-dependencies");
        if looked_at && PACKAGES.contains(&key.as_str()) && !allowed.contains(&key.as_str()) {
            out.push(finding(source, number, "layers", format!("{folder} must not depend on {key}")));
        }
        if looked_at && (text.starts_with("core =") || text.starts_with("std =")) {
            out.push(finding(source, number, "layers", "no crate is renamed to a crate of the language"));
        }
    }
    if !source.lines.windows(2).any(|two| two[0].raw == "[lints]" && two[1].raw == "workspace = true") {
        out.push(finding(source, 1, "lints", "every package takes the lints of the workspace"));
    }
}

/// A child module never reaches up, and no folder hides behind `mod.rs`.
fn modules(source: &Source, out: &mut Vec<Finding>) {
    if source.path.ends_with("/mod.rs") {
        out.push(finding(source, 1, "modules", "foo.rs + foo/ instead of foo/mod.rs"));
    }
    for (number, line) in product_lines(source) {
        // From an inline module, `super` is still this file.
        let steps = "super::".repeat(line.inline + 1);
        // What the macro writes reaches up in the embedder's crate, not in ours.
        let emitted = source.path.starts_with("core/macro/") && line.code.contains("quote!");
        if !emitted && has_word(&line.code, "super") && squeeze(&line.code).contains(&steps) {
            out.push(finding(source, number, "modules", "a child does not name `super` outside tests"));
        }
    }
}

/// Every source says at its head what it is, and stays short.
fn shape(source: &Source, out: &mut Vec<Finding>) {
    if !source.is_rust() {
        return;
    }
    if !source.lines.iter().find(|line| !line.raw.trim().is_empty()).is_some_and(|line| line.raw.starts_with("//!")) {
        out.push(finding(source, 1, "heads", "a source begins with `//!`: what, why, invariants"));
    }
    if source.lines.len() > FILE_LINES {
        let what = format!("{} lines, {FILE_LINES} are allowed", source.lines.len());
        out.push(finding(source, FILE_LINES, "length", what));
    }
}

/// `unsafe` stands in listed files only, each block with its reason.
fn unsafety(source: &Source, out: &mut Vec<Finding>) {
    if !source.is_rust() {
        return;
    }
    let listed = UNSAFE.iter().any(|(path, _)| *path == source.path);
    for (number, line) in source.numbered() {
        let squeezed = squeeze(&line.code);
        let allowed = squeezed.contains("allow(unsafe_code)") || squeezed.contains("expect(unsafe_code");
        if allowed && is_product(source) && !listed {
            out.push(finding(source, number, "unsafe", "not in the list UNSAFE of tests/house.rs"));
        }
        let opens = words(&line.code, "unsafe").any(|at| {
            let behind = line.code[at + "unsafe".len()..].trim_start();
            behind.is_empty() || behind.starts_with('{') || behind.starts_with("impl")
        });
        let above = &source.lines[number.saturating_sub(1 + SAFETY_LINES)..number];
        if opens && !above.iter().any(|line| line.comment.contains("SAFETY:")) {
            out.push(finding(source, number, "unsafe", "no `SAFETY:` above it"));
        }
    }
}

/// Wasm bytes are read in three places.
fn reader(source: &Source, out: &mut Vec<Finding>) {
    let home = WASMPARSER.iter().any(|start| source.path.starts_with(start));
    let excused = WASMPARSER_TOO.iter().any(|(path, _)| *path == source.path);
    for (number, line) in product_lines(source).filter(|_| !home && !excused) {
        if has_word(&line.code, "wasmparser") {
            out.push(finding(source, number, "reader", "wasmparser is named where wasm is read, nowhere else"));
        }
    }
}

/// An image is plain data.
fn data(source: &Source, out: &mut Vec<Finding>) {
    if !source.path.starts_with("core/image/src/") {
        return;
    }
    for (number, line) in product_lines(source) {
        let squeezed = squeeze(&line.code);
        let pointer = squeezed.contains("*const") || squeezed.contains("*mut");
        let code = line.code.replace(READS_BY, "");
        let named = NOT_DATA.iter().find(|word| has_word(&code, word));
        let forbids = squeezed.contains("forbid(unsafe_code)");
        if let Some(what) = named.copied().or(pointer.then_some("a raw pointer")).filter(|_| !forbids) {
            out.push(finding(source, number, "data", format!("an image is plain data: no {what}")));
        }
    }
}

/// Nothing unfinished is handed in.
fn finished(source: &Source, out: &mut Vec<Finding>) {
    for (number, line) in source.numbered().filter(|_| source.is_rust()) {
        for name in ["todo", "unimplemented", "dbg"] {
            if words(&line.code, name).any(|at| line.code[at + name.len()..].starts_with('!')) {
                out.push(finding(source, number, "finished", format!("`{name}!` left behind")));
            }
        }
        if squeeze(&line.code).contains("#[ignore]") {
            out.push(finding(source, number, "finished", "an ignored test says why: `#[ignore = \"…\"]`"));
        }
    }
}

/// What works here works elsewhere: no path of somebody's machine in any file.
fn portable(source: &Source, out: &mut Vec<Finding>) {
    for (number, line) in source.numbered() {
        for top in ["work", "root", "farm", "Users"] {
            let path = format!("/{top}/");
            let hit = line.raw.match_indices(&path).any(|(at, _)| {
                let before = line.raw[..at].chars().next_back();
                !before.is_some_and(|c| is_word(c) || matches!(c, '.' | '-' | '/' | '}' | '$'))
            });
            if hit {
                out.push(finding(source, number, "portable", format!("a path that starts with {path}")));
            }
        }
    }
}

/// WASI runs on Coracle: no package that we stand in for comes from elsewhere.
fn patched(source: &Source, out: &mut Vec<Finding>) {
    if source.path != "Cargo.lock" {
        return;
    }
    let mut named = "";
    for (number, line) in source.numbered() {
        let value = |key: &str| line.raw.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
        named = value("name").unwrap_or(named);
        let ours = |name: &&str| *name == named || name.ends_with('-') && named.starts_with(*name);
        let cranelift = PARTS_OF_CRANELIFT.iter().any(|(name, _)| *name == named);
        if value("source").is_some() && !cranelift && STOOD_IN_FOR.iter().any(ours) {
            out.push(finding(source, number, "patched", format!("`{named}` is not the package under `compat`")));
        }
    }
}

const LAWS: &[Law] = &[layers, dependencies, modules, shape, unsafety, reader, data, finished, portable, patched];

/// All sources, manifests, scripts and pages below the root, in order of path.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(root, &mut files);
    files.sort();
    files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            let path = file.strip_prefix(root).expect("walked from the root").to_string_lossy().replace('\\', "/");
            Source::new(&path, &text)
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !matches!(&*name, "target" | ".git") {
                walk(&path, files);
            }
            continue;
        }
        let kind = path.extension().unwrap_or_default().to_string_lossy();
        if matches!(&*kind, "rs" | "toml" | "md" | "sh" | "wat" | "wast" | "wit" | "txt" | "csv" | "lock")
            || name == "run"
        {
            files.push(path);
        }
    }
}

fn report(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        let Finding { path, line, law, what } = finding;
        let _ = writeln!(text, "{path}:{line}: {law}: {what}");
        text
    })
}

#[test]
fn the_house_is_in_order() {
    let sources = sources();
    assert!(sources.iter().filter(|source| source.is_rust()).count() > 5, "the walk found no sources");
    let mut findings = Vec::new();
    for source in &sources {
        LAWS.iter().for_each(|law| law(source, &mut findings));
    }
    assert!(findings.is_empty(), "{} broken laws (STYLE.md)\n{}", findings.len(), report(&findings));
}

#[test]
fn imports_run_one_way() {
    let sources = sources();
    let mut told = String::new();
    let mut needed = vec![false; CIRCLES.len()];
    for root in ACYCLIC {
        let package = Package::new(root, &sources);
        for circle in package.file_circles() {
            match CIRCLES.iter().position(|(files, _)| *files == circle) {
                Some(row) => needed[row] = true,
                None => {
                    let _ = writeln!(told, "files that import each other: {}", circle.join(", "));
                }
            }
        }
        let excused = |circle: &[String]| {
            let file = |folder: &String| format!("{root}{folder}.rs");
            CIRCLES.iter().any(|(files, _)| circle.iter().all(|folder| files.contains(&file(folder).as_str())))
        };
        for circle in package.folder_circles().iter().filter(|circle| !excused(circle)) {
            let _ = writeln!(told, "folders of {root} that import each other: {}", circle.join(", "));
        }
    }
    assert!(told.is_empty(), "imports run in circles (STYLE.md)\n{told}");
    assert!(needed.iter().all(|&needed| needed), "rows of CIRCLES that are not needed any more: {needed:?}");
    for (files, _) in CIRCLES {
        let folder = |file: &str| file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        assert!(files.len() <= 3 && files.iter().all(|file| folder(file) == folder(files[0])), "{files:?}");
    }
}

/// The law of circles bites: a loop of two files, one through a re-export, and one between folders.
#[test]
fn circles_are_found() {
    let source = |path: &str, code: &str| Source::new(path, &format!("//! A.\n{code}\n"));
    let two = [source("a/src/x.rs", "use crate::y::{Y, z::Z};"), source("a/src/y.rs", "fn f() { crate::x::g() }")];
    assert_eq!(Package::new("a/src/", &two).file_circles(), [["a/src/x.rs", "a/src/y.rs"]]);
    let exported = [
        source("a/src/p.rs", "mod q;\npub use q::Q;"),
        source("a/src/p/q.rs", "use crate::p::Other;"),
        source("a/src/r.rs", "use crate::p::Q; // and crate::r\n#[cfg(test)]\nmod tests { use crate::r::X; }"),
    ];
    assert_eq!(Package::new("a/src/", &exported).file_circles(), [["a/src/p.rs", "a/src/p/q.rs"]]);
    let folders = [
        source("a/src/f/one.rs", "use crate::g::two::T;"),
        source("a/src/g/two.rs", ""),
        source("a/src/g/three.rs", "use crate::f::four::F;"),
        source("a/src/f/four.rs", ""),
    ];
    let package = Package::new("a/src/", &folders);
    assert!(package.file_circles().is_empty());
    assert_eq!(package.folder_circles(), [["f", "g"]]);
}

/// A row of an exception table whose file no longer needs it is a lie.
#[test]
fn exceptions_are_needed() {
    let mut stale = Vec::new();
    let sources = sources();
    let there = |path: &str| sources.iter().any(|source| source.path == path);
    let listed = UNSAFE.iter().chain(WASMPARSER_TOO).map(|(path, _)| *path);
    let missing: Vec<_> = listed.filter(|path| !there(path)).collect();
    assert!(missing.is_empty(), "rows of tests/house.rs that name missing files: {missing:?}");
    for source in &sources {
        let uses = |wanted: &str| source.lines.iter().any(|line| has_word(&line.code, wanted));
        let listed = |table: &[(&str, &str)]| table.iter().any(|(path, _)| *path == source.path);
        if listed(UNSAFE) && !uses("unsafe") || listed(WASMPARSER_TOO) && !uses("wasmparser") {
            stale.push(finding(source, 1, "tables", "needs no exception any more"));
        }
    }
    assert!(stale.is_empty(), "rows to take out of tests/house.rs\n{}", report(&stale));
}

/// A counter-example for each law: path, text, and the law that must bite; `""` where none may.
const CASES: &[(&str, &str, &str)] = &[
    ("core/vm/src/a.rs", "//! A.\nuse coracle_interp::X;\n", "layers"),
    ("interp/src/a.rs", "//! A.\nfn f() { coracle_jit::g() }\n", "layers"),
    ("interp/src/a.rs", "//! A.\n#[cfg(feature = \"jit\")]\nfn f() {}\n", "layers"),
    ("host/wast/src/a.rs", "//! A.\nuse coracle_vm::X;\n", "layers"),
    ("host/wast/src/a.rs", "//! A.\nuse coracle::X; // unlike coracle_vm::X\n", ""),
    ("core/macro/src/a.rs", "//! A.\nfn f() { quote! { ::coracle::X } }\n", ""),
    ("jit/Cargo.toml", "[dependencies]\ncoracle-interp = 1\n[lints]\nworkspace = true\n", "layers"),
    ("jit/Cargo.toml", "[dev-dependencies]\ncoracle-interp = 1\n[lints]\nworkspace = true\n", ""),
    ("jit/Cargo.toml", "[dependencies]\n", "lints"),
    ("jit/src/a/mod.rs", "//! A.\n", "modules"),
    ("jit/src/a.rs", "//! A.\nuse super::X;\n", "modules"),
    ("jit/src/a.rs", "//! A.\npub(super) fn f() {}\n", ""),
    ("jit/src/a.rs", "//! A.\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n", ""),
    ("jit/src/a.rs", "//! A.\n#[cfg(test)]\nmod tests;\nuse super::X;\n", "modules"),
    ("jit/src/a.rs", "fn f() {}\n", "heads"),
    ("core/vm/src/store/memory.rs", "//! A.\n#![allow(unsafe_code)]\nfn f() { unsafe { g() } }\n", "unsafe"),
    ("core/vm/src/store/memory.rs", "//! A.\n#![allow(unsafe_code)]\n// SAFETY: none.\nunsafe impl A for B {}\n", ""),
    ("core/vm/src/a.rs", "//! A.\n#![allow(unsafe_code)]\n", "unsafe"),
    ("core/vm/src/a.rs", "//! A.\nuse wasmparser::Parser;\n", "reader"),
    ("core/image/src/parse/a.rs", "//! A.\nuse wasmparser::Parser;\n", ""),
    ("core/vm/src/a.rs", "//! A.\nfn f() { todo!() }\n", "finished"),
    ("core/vm/src/a.rs", "//! A.\nfn f() -> &'static str { \"todo!(\\\"\" }\n", ""),
    ("core/vm/src/a.rs", "//! A.\nfn f<'a>(x: &'a str) -> (char, &'a str) { ('\"', r#\"\"todo!()\"#) }\n", ""),
    ("core/vm/src/a.rs", "//! A.\n/* a /* b */ todo!() */\n", ""),
    ("core/vm/src/a.rs", "//! A.\nconst A: &str = r#\"ž todo!() \"ž#\"#;\n", ""),
    ("core/image/src/a.rs", "//! A.\nfn f(x: &dyn X) {}\n", "data"),
    ("core/image/src/a.rs", "//! A.\nfn f(x: *const X) {}\n", "data"),
    ("core/image/src/a.rs", "//! A.\nuse coracle_vm::X;\n", "layers"),
    ("compat/wasmtime-environ/src/a.rs", "//! A.\nuse coracle::X;\n", "layers"),
    ("Cargo.lock", "[[package]]\nname = \"wasmtime\"\nversion = \"48.0.8\"\n", ""),
    ("Cargo.lock", "[[package]]\nname = \"wasmtime\"\nsource = \"registry+a\"\n", "patched"),
    ("Cargo.lock", "[[package]]\nname = \"wasmtime-internal-cranelift\"\nsource = \"git+a\"\n", "patched"),
    ("Cargo.lock", "[[package]]\nname = \"wasmtime-wasi\"\nsource = \"registry+a\"\n", ""),
    ("tests/a.rs", "//! A.\n#[ignore]\n#[test]\nfn f() {}\n", "finished"),
];

#[test]
fn laws_bite() {
    let long = format!("//! A.\n{}", "// B.\n".repeat(FILE_LINES));
    let elsewhere = format!("run ({}work/x)\n", '/');
    let made = [("src/a.rs", &*long, "length"), ("README.md", &*elsewhere, "portable")];
    for (path, text, expected) in CASES.iter().copied().chain(made) {
        let source = Source::new(path, text);
        let mut findings = Vec::new();
        LAWS.iter().for_each(|law| law(&source, &mut findings));
        let found: Vec<_> = findings.iter().map(|finding| finding.law).collect();
        let wanted: Vec<_> = Some(expected).into_iter().filter(|law| !law.is_empty()).collect();
        assert_eq!(found, wanted, "{path}\n{text}{}", report(&findings));
    }
}
