//! A fault in native code is a trap only where it is about a memory of that engine; any other ends the process.
//!
//! Each case runs in a process of its own: this test, started anew with the case's name in its environment.
#![cfg(all(feature = "jit", unix, target_pointer_width = "64"))]
#![allow(unsafe_code)] // Protects pages of a memory behind the runtime's back.

use coracle::{Config, Engine, Instance, Module, Result, Store, TierPolicy, Trap};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// Where a child finds which case it is.
const CASE: &str = "CORACLE_FAULT_CASE";

const LOADS: &str = r#"(module (memory (export "m") 1)
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))"#;

/// Runs a case in a child: how that ended.
fn child(case: &str) -> ExitStatus {
    let this = std::env::current_exe().expect("a test has a file");
    let mut command = Command::new(this);
    command.args(["--exact", "in_a_process_of_its_own", "--nocapture"]).env(CASE, case);
    command.output().expect("it can be started").status
}

#[test]
fn in_a_process_of_its_own() -> Result<()> {
    let Ok(case) = std::env::var(CASE) else { return Ok(()) };
    let engine = |reserved: bool| {
        let mut config = Config::new();
        config.tier_policy(TierPolicy::Eager);
        if !reserved {
            config.memory_reservation(0);
        }
        Engine::new(&config)
    };
    let engine = engine(case == "beyond" || case == "taken-reserved")?;
    let mut store = Store::new(&engine, ());
    let it = Instance::new(&mut store, &Module::new(&engine, LOADS)?, &[])?;
    let load = it.get_typed_func::<i32, i32>(&mut store, "load")?;
    assert_eq!(load.call(&mut store, 0)?, 0);
    if case.starts_with("taken") {
        let base = it.get_memory(&mut store, "m").expect("it is exported").data_ptr(&store);
        take_away(base, 1 << 16);
    }
    let at = if case == "beyond" { 1 << 20 } else { 0 };
    let error = load.call(&mut store, at).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
    Ok(())
}

/// Makes pages of a memory unreachable behind the runtime's back, as a bug of its own might.
fn take_away(base: *mut u8, bytes: usize) {
    use rustix::mm::{MprotectFlags, mprotect};
    // SAFETY: nobody reads the pages but the guest, which is what the test is about.
    unsafe { mprotect(base.cast(), bytes, MprotectFlags::empty()) }.expect("the pages are there");
}

/// The signals that the process handles, as a set of bits.
#[cfg(target_os = "linux")]
fn handled() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system tells of itself");
    let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("it tells which");
    u64::from_str_radix(line.trim(), 16).expect("as bits")
}

/// Wasmtime's way for a library to leave the process that has loaded it.
#[test]
#[cfg(target_os = "linux")]
fn the_last_engine_gives_signals_back() -> Result<()> {
    if std::env::var(CASE).as_deref() != Ok("unload") {
        let this = std::env::current_exe().expect("a test has a file");
        let mut command = Command::new(this);
        command.args(["--exact", "the_last_engine_gives_signals_back", "--nocapture"]).env(CASE, "unload");
        let output = command.output().expect("it can be started");
        assert!(output.status.success(), "{output:?}");
        return Ok(());
    }
    let before = handled();
    for _ in 0..3 {
        let engine = Engine::new(Config::new().tier_policy(TierPolicy::Eager))?;
        let mut store = Store::new(&engine, ());
        let it = Instance::new(&mut store, &Module::new(&engine, LOADS)?, &[])?;
        let load = it.get_typed_func::<i32, i32>(&mut store, "load")?;
        let error = load.call(&mut store, 1 << 20).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
        // SIGILL and SIGFPE, which nothing else here handles.
        assert_eq!(handled() & !before, 1 << 3 | 1 << 7, "{:x}, before {before:x}", handled());
        // A backtrace knows its modules.
        drop((store, error));
        // SAFETY: it is the only one.
        unsafe { engine.unload_process_handlers() };
        assert_eq!(handled(), before);
    }
    let (engine, other) = (Engine::new(Config::new().tier_policy(TierPolicy::Eager))?, Engine::new(&Config::new())?);
    let clone = other.clone();
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        // SAFETY: it is refused.
        unsafe { other.unload_process_handlers() }
    }));
    assert!(refused.is_err() && handled() != before);
    drop((engine, clone));
    Ok(())
}

#[test]
fn a_fault_within_a_reservation_is_a_trap() {
    for case in ["beyond", "taken-reserved"] {
        assert!(child(case).success(), "{case}: {:?}", child(case));
    }
}

#[test]
fn a_fault_at_a_checked_access_ends_the_process() {
    // SIGSEGV, or SIGBUS where the system says that.
    let status = child("taken-checked");
    assert!(matches!(status.signal(), Some(11 | 7 | 10)), "{status:?}");
}
