//! What the compiler makes of bodies: each file in `tests/clif` is a module, followed by the CLIF of its functions and
//! the size of their code. `BLESS=1` writes that anew.
//!
//! A line `;;! osr LOOP LOCALS OPERANDS` at the head asks for the entry at a loop, with so many of each, a line
//! `;;! SETTING` for that setting. Addresses of this process are printed as `@`.

use super::links::Links;
use super::{Work, Workbench, sig};
use crate::isa;
use coracle_error::Result;
use coracle_image::entity::{DefinedFuncIndex, EntityRef};
use coracle_image::module::Bytes;
use coracle_vm::body::FuncBody;
use coracle_vm::engine::{EngineParts, Settings};
use coracle_vm::internals::new_engine;
use coracle_vm::module::Module;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{
    ArrayEntry, CellLoc, Interpreter, LoopHead, ResumeEntry, Slot, Status, Stubs, SuspendPoint, TierStrategy, VmCtx,
    VmStore,
};
use cranelift_codegen::isa::lookup_by_name;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::default_libcall_names;
use std::fmt::Write as _;
use std::path::Path;

/// An engine has one; nothing is run here.
struct NoInterpreter;

extern "C" fn never(_: *const Slot, _: *mut VmCtx, _: *mut VmStore, _: *mut VmCtx, _: *mut RawVal) -> Status {
    Status::Trap
}

extern "C" fn never_again(_: *mut VmStore, _: *const SuspendPoint, _: Status) -> Status {
    Status::Trap
}

impl Interpreter for NoInterpreter {
    fn entry(&self) -> ArrayEntry {
        never
    }

    fn resume(&self) -> ResumeEntry {
        never_again
    }

    fn make_code(&self, _: &Module, _: DefinedFuncIndex) -> Option<*mut ()> {
        None
    }

    fn op_offsets(&self, _: &Module, _: DefinedFuncIndex) -> Option<Vec<(u32, u32)>> {
        None
    }

    fn stubs(&self) -> Stubs {
        Stubs { lazy: std::ptr::null_mut(), foreign: std::ptr::null_mut() }
    }

    fn drop_code(&self, _: *mut ()) {}

    fn print_code(&self, _: &Module, _: DefinedFuncIndex) -> Result<String> {
        Ok(String::new())
    }

    fn loop_head(&self, _: &Module, _: DefinedFuncIndex, _: u32) -> Option<LoopHead> {
        None
    }
}

/// The head of a golden: settings, and the loop to enter.
fn head(text: &str) -> (Settings, Option<LoopHead>) {
    let mut settings = Settings { reserve_memories: true, ..Settings::default() };
    let mut entered = None;
    for line in text.lines().filter_map(|line| line.strip_prefix(";;! ")) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["fuel"] => settings.fuel = true,
            ["epochs"] => settings.epochs = true,
            ["canonical_nans"] => settings.canonical_nans = true,
            ["unguarded"] => (settings.heap_spectre_guards, settings.table_spectre_guards) = (false, false),
            ["checked"] => settings.reserve_memories = false,
            ["osr", index, locals, operands] => {
                let number = |text: &str| text.parse::<u32>().expect("a number");
                let cells = |from: u32, count: u32| (from..from + count).map(|i| CellLoc::Cell(2 * i)).collect();
                let (locals, operands) = (number(locals), number(operands));
                let (locals, operands) = (cells(0, locals), cells(locals, operands));
                entered = Some(LoopHead { index: number(index), offset: 0, locals, operands });
            }
            _ => panic!("unknown: {line}"),
        }
    }
    (settings, entered)
}

/// Addresses of this process differ from run to run; columns, and constants said again, are for wider screens.
fn printed(clif: &str) -> String {
    let mut text = String::new();
    for line in clif.lines() {
        let line = match line.split_once("iconst.i64 0x") {
            Some((before, number)) if number.len() > 12 => format!("{before}iconst.i64 @"),
            _ => line.to_owned(),
        };
        let line = line.split(" ; v").next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let _ = writeln!(text, "{}", format!(";; {}", words.join(" ")).trim_end());
    }
    text
}

/// A module of an engine of its own that compiles nothing.
pub(crate) fn module(text: &str, settings: Settings) -> Module {
    let (interpreter, strategy) = (Box::new(NoInterpreter), TierStrategy::interpreter_alone());
    let engine = new_engine(EngineParts { interpreter, compiler: None, strategy, settings });
    let binary = wat::parse_str(text).expect("a module");
    Module::from_bytes(&engine, Bytes::Shared(binary.into())).expect("a valid module")
}

/// What the compiler makes of a module.
fn compiled(text: &str) -> String {
    let (settings, entered) = head(text);
    // Without what a certain machine has beyond others; elsewhere sizes are not compared.
    let isa = match lookup_by_name("x86_64-unknown-linux-gnu") {
        Ok(builder) => isa::finish(builder, &settings),
        Err(_) => isa::host(&settings),
    };
    let isa = isa.expect("goldens are tested where code is made");
    let module = module(text, settings);
    let mut links = Links::new(JITModule::new(JITBuilder::with_isa(isa.clone(), default_libcall_names())));
    let funcs: Vec<_> = (0..module.slots().len()).map(DefinedFuncIndex::new).collect();
    let mut works = Vec::new();
    for &func in &funcs {
        let id = links.declare(&sig::native(FuncBody::of(&module, func).ty)).expect("declared");
        links.set_direct(func, id);
        works.push((id, Work::Body(func)));
    }
    if let Some(head) = &entered {
        let id = links.declare(&sig::osr(FuncBody::of(&module, funcs[0]).ty)).expect("declared");
        works = vec![(id, Work::Osr(funcs[0], head))];
    }
    let mut out = String::new();
    for (id, work) in &works {
        let mut bench = Workbench::new();
        bench.build(&module, &*isa, &mut links, *id, work).expect("no limit is reached");
        out.push_str(&printed(&bench.context.func.to_string()));
        let code = bench.finish(&*isa).expect("compiled");
        let _ = writeln!(out, ";; {} bytes\n", code.buffer.data().len());
    }
    out
}

#[test]
fn goldens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clif");
    let mut surprises = String::new();
    let entries = std::fs::read_dir(&folder).expect("the folder of goldens");
    for path in entries.flatten().map(|entry| entry.path()) {
        let text = std::fs::read_to_string(&path).expect("a readable golden");
        let input = text.split(MARK).next().unwrap_or_default();
        let output = format!("{input}{MARK}\n{}", compiled(input).trim_end()) + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, output).expect("a writable golden");
        } else if compared(&output) != compared(&text) {
            let _ = writeln!(surprises, "{}:\n{output}", path.display());
        }
    }
    assert!(surprises.is_empty(), "BLESS=1 writes these:\n{surprises}");
}

/// What is the same on every machine.
fn compared(golden: &str) -> Vec<&str> {
    let size = |line: &str| line.starts_with(";; ") && line.ends_with(" bytes");
    golden.lines().filter(|line| cfg!(target_arch = "x86_64") || !size(line)).collect()
}

/// What stands between the module and what is made of it.
const MARK: &str = ";; ---- CLIF";
