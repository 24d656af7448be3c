//! `perf-check`: instructions of six short programs and four calls in the interpreter, and of ten calls and four
//! components in a row in native code, against a committed baseline.
//!
//! Time on a shared machine says whether something became twice as slow; instructions say whether it became four per cent
//! longer. Each subject is run twice, with few and with more iterations, and the difference is divided: what starting,
//! loading and translating take is in neither figure.
//!
//! # Invariants
//! - Nothing here depends on time, threads or addresses, so two runs of one build differ by far less than the tolerance;
//!   what compiling takes by chance, some ten thousand instructions more or less, is divided by so many calls that it
//!   does not show.
//! - The baseline is of one compiler and one processor: native code, and the C library's copies, are chosen by what the
//!   processor has. Where either is another one, figures are shown, and nothing fails.

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use coracle::component::{Component, Linker};
use coracle::{Config, Engine, Module, Store, StoreContextMut, TierPolicy};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};

/// By how much a figure may exceed the baseline.
const TOLERANCE: f64 = 0.03;

const BASELINE: &str = "xtask/perf-baseline.txt";

const LIBRARY: &str = include_str!("../../benches/support/calls/library.wat");
const DRIVER: &str = include_str!("../../benches/support/calls/driver.wat");

/// What is counted.
#[derive(Clone, Copy)]
enum What {
    /// A program of `benches/programs/core`: instructions per iteration.
    Program(&'static [u8]),
    /// Calls: instructions per call.
    Call(fn(&Engine, u32) -> coracle::Result<()>),
    /// The same where all is native.
    Native(fn(&Engine, u32) -> coracle::Result<()>),
}

/// A row: its name, what it is, and how many iterations the second run has more than the first.
type Subject = (&'static str, What, u32);

macro_rules! program {
    ($name:literal) => {
        (
            concat!("program/", $name),
            What::Program(include_bytes!(concat!("../../benches/programs/core/", $name, ".wasm"))),
            2,
        )
    };
}

const SUBJECTS: [Subject; 21] = [
    program!("vm"),
    program!("dispatch"),
    program!("boxes"),
    program!("json"),
    program!("carried"),
    program!("fft"),
    ("call/host_to_guest_flat", What::Call(host_to_guest_flat), 20_000),
    ("call/host_to_guest_string", What::Call(host_to_guest_string), 20_000),
    ("call/guest_to_host_flat", What::Call(guest_to_host_flat), 20_000),
    ("call/guest_to_guest_flat", What::Call(guest_to_guest_flat), 20_000),
    ("native/core", What::Native(|engine, n| core_calls(engine, n, false)), 20_000),
    ("native/core_async", What::Native(|engine, n| core_calls(engine, n, true)), 20_000),
    ("native/host_to_guest_flat", What::Native(host_to_guest_flat), 20_000),
    ("native/guest_to_host_flat", What::Native(guest_to_host_flat), 20_000),
    ("native/guest_to_host_awaited", What::Native(guest_to_host_awaited), 20_000),
    ("native/guest_to_guest_flat", What::Native(guest_to_guest_flat), 200_000),
    ("native/guest_to_guest_text12", What::Native(|engine, n| guest_to_guest(engine, "text", 12, n)), 200_000),
    ("native/guest_to_guest_text1k", What::Native(|engine, n| guest_to_guest(engine, "text", 1024, n)), 20_000),
    ("native/guest_to_guest_record", What::Native(|engine, n| guest_to_guest(engine, "record", 12, n)), 200_000),
    ("native/copies", What::Native(copies), 20_000),
    ("native/chain", What::Native(chain), 60),
];

/// Counts and compares.
#[derive(Args)]
pub(crate) struct Check {
    /// Writes what was counted as the new baseline.
    #[arg(long)]
    bless: bool,
    /// Only subjects whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

/// One subject.
#[derive(Args)]
pub(crate) struct Run {
    name: String,
    n: u32,
}

impl Run {
    /// Does its work; prints nothing.
    pub(crate) fn run(&self) -> Result<()> {
        let Some((_, what, _)) = SUBJECTS.iter().find(|(name, ..)| *name == self.name) else {
            let names: Vec<&str> = SUBJECTS.iter().map(|(name, ..)| *name).collect();
            bail!("no subject `{}`; there are {}", self.name, names.join(", "));
        };
        let done = match what {
            What::Program(wasm) => program(wasm, self.n),
            What::Call(call) => interpreter().and_then(|engine| call(&engine, self.n)),
            What::Native(call) => native().and_then(|engine| call(&engine, self.n)),
        };
        done.map_err(|error| anyhow::anyhow!("{error:?}"))
    }
}

impl Check {
    /// Counts all, prints a line for each, and fails if one is too long.
    pub(crate) fn run(&self) -> Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package stands in the workspace")?;
        ensure!(!self.bless || self.only.is_empty(), "a baseline is of all subjects: --bless goes without --only");
        let path = root.join(BASELINE);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let baseline = Baseline::parse(&text)?;
        let machine = machine()?;
        let program = build(root)?;
        let mut new = Baseline { machine: machine.clone(), figures: Vec::new() };
        let mut over = Vec::new();
        for (name, _, more) in SUBJECTS.iter().filter(|(name, ..)| name.contains(&self.only)) {
            let run = |n: u32| count(&program, &["perf-run", name, &n.to_string()]);
            let each = (run(1 + more)? - run(1)?) / f64::from(*more);
            new.figures.push(((*name).to_owned(), (each * 10.0).round() / 10.0));
            let change = baseline.of(name).map(|before| each / before - 1.0);
            let shown = change.map_or("no baseline".to_owned(), |change| format!("{:+.1} %", change * 100.0));
            println!("{name:<30} {each:>12.0}  {shown}");
            if change.is_some_and(|change| change > TOLERANCE) {
                over.push(*name);
            }
        }
        ensure!(!new.figures.is_empty(), "no subject contains `{}`", self.only);
        if self.bless {
            return fs::write(&path, new.text()).with_context(|| path.display().to_string());
        }
        if baseline.machine != machine {
            println!("the baseline is of {}, this is {machine}: not judged", baseline.machine);
            return Ok(());
        }
        ensure!(over.is_empty(), "more than {:.0} % above the baseline: {}", TOLERANCE * 100.0, over.join(", "));
        Ok(())
    }
}

/// What was committed.
struct Baseline {
    /// The compiler and the processor it is of.
    machine: String,
    /// Instructions of each subject.
    figures: Vec<(String, f64)>,
}

impl Baseline {
    fn parse(text: &str) -> Result<Baseline> {
        let mut baseline = Baseline { machine: "no machine".to_owned(), figures: Vec::new() };
        for line in text.lines() {
            match line.strip_prefix("# ") {
                Some(machine) => baseline.machine = machine.to_owned(),
                None => {
                    let figure =
                        line.split_once(' ').and_then(|(name, count)| Some((name, count.trim().parse().ok()?)));
                    let (name, count) = figure.with_context(|| format!("{BASELINE}: {line:?} is no `NAME COUNT`"))?;
                    baseline.figures.push((name.to_owned(), count));
                }
            }
        }
        Ok(baseline)
    }

    fn text(&self) -> String {
        self.figures.iter().fold(format!("# {}\n", self.machine), |mut text, (name, count)| {
            let _ = writeln!(text, "{name:<30} {count:>12.1}");
            text
        })
    }

    fn of(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|(known, _)| known == name).map(|(_, count)| *count)
    }
}

/// What counts depend on besides the source: the compiler, and the processor by name, family and model.
fn machine() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output().context("starting rustc")?;
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    // Some machines tell no more by name than whose processor they have.
    let field = |name: &str| {
        let fields = info.lines().filter_map(|line| line.split_once(':'));
        fields.clone().find(|(key, _)| key.trim() == name).map_or("unknown", |(_, value)| value.trim())
    };
    let (name, family, model) = (field("model name"), field("cpu family"), field("model"));
    let rustc = String::from_utf8_lossy(&output.stdout);
    Ok(format!("{} on {name}, family {family}, model {model}", rustc.trim()))
}

/// Builds this program as users build what it counts, which takes a third of what a build for figures takes; gives its
/// path.
pub(crate) fn build(root: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["build", "--quiet", "--release", "--package", "xtask"]);
    // How a package is cut into units decides what is inlined, by a tenth of a call: ours are one unit each.
    command.env("CARGO_INCREMENTAL", "0");
    for package in WHOLE {
        command.args(["--config", &format!("profile.release.package.{package}.codegen-units=1")]);
    }
    ensure!(command.status().context("starting cargo")?.success(), "the optimised build failed");
    // Beside the folder of the build that runs now, which is that of another profile.
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent).context("a program stands in a folder of its profile")?;
    Ok(target.join("release").join(own.file_name().context("a program has a name")?))
}

/// The packages that a call goes through.
const WHOLE: [&str; 7] =
    ["coracle", "coracle-component", "coracle-error", "coracle-image", "coracle-interp", "coracle-jit", "coracle-vm"];

/// Instructions of a whole run with these arguments, as callgrind counts them.
pub(crate) fn count(program: &Path, args: &[&str]) -> Result<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = command.args(args).output();
    let output = output.context("starting valgrind; on Debian `apt-get install valgrind` brings it")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed under callgrind: {said}", args.join(" "));
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.with_context(|| format!("callgrind gave no count: {said}"))?;
    count.trim().parse().with_context(|| format!("callgrind counted {count:?}"))
}

fn interpreter() -> coracle::Result<Engine> {
    Engine::new(Config::new().tier_policy(TierPolicy::Off))
}

fn native() -> coracle::Result<Engine> {
    // At its first call each: what imports are linked to is known by then.
    Engine::new(Config::new().tier_policy(TierPolicy::Sync(1)))
}

fn program(wasm: &[u8], n: u32) -> coracle::Result<()> {
    let engine = interpreter()?;
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, ());
    let instance = coracle::Linker::new(&engine).instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    run.call(&mut store, n as i32).map(drop)
}

/// Calls of a core function of two numbers, of two widths; by futures, which are ready at once, or not.
fn core_calls(engine: &Engine, n: u32, by_futures: bool) -> coracle::Result<()> {
    let text = r#"(module (func (export "add") (param i32 i64) (result i32)
        (i32.add (local.get 0) (i32.wrap_i64 (local.get 1)))))"#;
    let mut store = Store::new(engine, ());
    let instance = coracle::Linker::new(engine).instantiate(&mut store, &Module::new(engine, text)?)?;
    let add = instance.get_typed_func::<(i32, i64), i32>(&mut store, "add")?;
    match by_futures {
        true => (0..n as i32).try_for_each(|k| at_once(add.call_async(&mut store, (k, 8))).map(drop)),
        false => (0..n as i32).try_for_each(|k| add.call(&mut store, (k, 8)).map(drop)),
    }
}

fn host_to_guest_flat(engine: &Engine, n: u32) -> coracle::Result<()> {
    let (mut store, linker) = (Store::new(engine, ()), Linker::new(engine));
    let instance = linker.instantiate(&mut store, &Component::new(engine, LIBRARY)?)?;
    let func = instance.get_typed_func::<(u32, u64, f64), (u32,)>(&mut store, "flat")?;
    (0..n).try_for_each(|k| func.call(&mut store, (k, 8, 0.5)).map(drop))
}

fn host_to_guest_string(engine: &Engine, n: u32) -> coracle::Result<()> {
    let (mut store, linker) = (Store::new(engine, ()), Linker::new(engine));
    let instance = linker.instantiate(&mut store, &Component::new(engine, LIBRARY)?)?;
    let func = instance.get_typed_func::<(&str,), (u32,)>(&mut store, "text")?;
    (0..n).try_for_each(|_| func.call(&mut store, ("twelve bytes",)).map(drop))
}

fn guest_to_host_flat(engine: &Engine, n: u32) -> coracle::Result<()> {
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(&Component::new(engine, DRIVER)?)?;
    linker.allow_shadowing(true);
    linker.instance("api")?.func_wrap("flat", |_, (a, _, _): (u32, u64, f64)| Ok((a,)))?;
    drive(engine, DRIVER, &linker, ("flat", 0, n))
}

/// A function of the host's that is waited for, and is ready at once.
fn guest_to_host_awaited(engine: &Engine, n: u32) -> coracle::Result<()> {
    let mut linker = Linker::<()>::new(engine);
    linker.define_unknown_imports_as_traps(&Component::new(engine, DRIVER)?)?;
    linker.allow_shadowing(true);
    linker.instance("api")?.func_wrap_async("flat", |_: StoreContextMut<'_, ()>, (a, _, _): (u32, u64, f64)| {
        Box::new(async move { Ok((a,)) })
    })?;
    let mut store = Store::new(engine, ());
    let instance = at_once(linker.instantiate_async(&mut store, &Component::new(engine, DRIVER)?))?;
    let func = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "flat")?;
    at_once(func.call_async(&mut store, (n, 0))).map(drop)
}

/// What comes of a future that nobody has to wait for.
fn at_once<R>(future: impl Future<Output = coracle::Result<R>>) -> coracle::Result<R> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => coracle::bail!("it waits"),
    }
}

fn guest_to_guest_flat(engine: &Engine, n: u32) -> coracle::Result<()> {
    guest_to_guest(engine, "flat", 0, n)
}

fn guest_to_guest(engine: &Engine, name: &str, length: u32, n: u32) -> coracle::Result<()> {
    let joined = format!(
        "(component\n{LIBRARY}\n{DRIVER}\n(instance $l (instantiate $library))\n\
         (instance $d (instantiate $driver (with \"api\" (instance $l))))\n(export \"{name}\" (func $d \"{name}\")))"
    );
    drive(engine, &joined, &Linker::new(engine), (name, length, n))
}

fn drive(engine: &Engine, text: &str, linker: &Linker<()>, (name, length, n): (&str, u32, u32)) -> coracle::Result<()> {
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &Component::new(engine, text)?)?;
    let func = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, name)?;
    func.call(&mut store, (n, length)).map(drop)
}

/// A turn is a round through four components.
fn chain(engine: &Engine, n: u32) -> coracle::Result<()> {
    let component = Component::new(engine, include_bytes!("../../benches/programs/components/chain.wasm"))?;
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, &component)?;
    // What is compiled at its second call alone is so by then.
    instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?.call(&mut store, (n + 20,)).map(drop)
}

/// A turn copies 12, 100 and 5,000 bytes, and fills as many as the last.
fn copies(engine: &Engine, n: u32) -> coracle::Result<()> {
    let text = r#"(module (memory 1) (func (export "run") (param $n i32) (param $k i32) (loop $l
        (memory.copy (i32.const 40) (i32.const 8000) (i32.mul (local.get $k) (i32.const 12)))
        (memory.copy (i32.const 40) (i32.const 8000) (i32.mul (local.get $k) (i32.const 100)))
        (memory.copy (i32.const 40) (i32.const 8000) (i32.mul (local.get $k) (i32.const 5000)))
        (memory.fill (i32.const 40) (i32.const 7) (i32.mul (local.get $k) (i32.const 5000)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;
    let mut store = Store::new(engine, ());
    let instance = coracle::Linker::new(engine).instantiate(&mut store, &Module::new(engine, text)?)?;
    instance.get_typed_func::<(i32, i32), ()>(&mut store, "run")?.call(&mut store, (n as i32, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_reads_back() {
        let baseline = Baseline {
            machine: "rustc 1.95.0 on a Z80".into(),
            figures: vec![("a/b".into(), 12.0), ("c".into(), 7.0)],
        };
        let read = Baseline::parse(&baseline.text()).unwrap();
        assert_eq!((read.machine, read.figures), (baseline.machine, baseline.figures));
        assert!(Baseline::parse("a/b twelve").is_err());
    }

    #[test]
    fn all_subjects_run() {
        for (name, ..) in SUBJECTS {
            Run { name: name.to_owned(), n: 1 }.run().unwrap();
        }
        assert!(Run { name: "fib".into(), n: 1 }.run().unwrap_err().to_string().contains("program/vm"));
    }
}
