//! Callbacks and hooks that reach into the store while a guest stands in the middle of something: the guest goes on with
//! what they have left, in every tier and for every kind of memory.
//!
//! The embedder grows every memory and table, calls the guest, reads and sets fuel, looks at the frames, fails or panics;
//! the guest looks at both ends of all that grew before and after, and at what its own frames held.

use coracle::{
    AsContextMut, CallHook, Config, Engine, Func, Instance, Module, Ref, ResourceLimiter, Result, SharedMemory, Store,
    StoreContextMut, Trap, Tuning, UpdateDeadline, WasmBacktrace, bail,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

const TIERS: [coracle::TierPolicy; 5] = [
    coracle::TierPolicy::Off,
    coracle::TierPolicy::InterpreterOnly,
    coracle::TierPolicy::Sync(1),
    coracle::TierPolicy::Background,
    coracle::TierPolicy::Eager,
];

/// Engines of all tiers, with memories that are reserved where they can be, and with such as move.
fn engines(set: impl Fn(&mut Config)) -> impl Iterator<Item = (String, Engine)> {
    let all = [true, false].into_iter().flat_map(|reserved| TIERS.map(|tier| (reserved, tier)));
    all.map(move |(reserved, tier)| {
        let engine = crate::engine(tier, |config| {
            config.consume_fuel(true).epoch_interruption(true).wasm_custom_page_sizes(true);
            config.tuning(Tuning::AT_ONCE);
            if !reserved {
                config.memory_reservation(0);
            }
            set(config);
        });
        (format!("{tier:?}, reserved memories: {reserved}"), engine.expect("the settings fit together"))
    })
}

/// A kind of memory: its index type, its pages, and how many of them the embedder adds at a time.
#[derive(Clone, Copy, Debug)]
struct Kind {
    index: &'static str,
    page_bytes: u64,
    step: u64,
}

const KINDS: [Kind; 3] = [
    Kind { index: "i32", page_bytes: 65536, step: 3 },
    Kind { index: "i64", page_bytes: 65536, step: 3 },
    Kind { index: "i32", page_bytes: 1, step: 150_000 },
];

const FRAMES: i32 = 5;
const DOWN: i32 = 9;
const TURNS: i32 = 3;
const FUEL: u64 = 1_000_000;

impl Kind {
    fn wat(&self) -> String {
        let Self { index: i, page_bytes, .. } = self;
        let min = 65536 / page_bytes;
        let page = if *page_bytes == 1 { "(pagesize 1)" } else { "" };
        let wide = |value: &str| if *i == "i64" { value.into() } else { format!("(i64.extend_i32_u {value})") };
        let hash = |value: &str| format!("(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) {value}))");
        let mut probe = String::new();
        for m in ["$m", "$n"] {
            probe += &hash(&format!("(i64.load8_u {m} ({i}.const 0))"));
            let last = format!("({i}.sub ({i}.mul (memory.size {m}) ({i}.const {page_bytes})) ({i}.const 1))");
            probe += &format!("(local.set $at {last}) (i64.store8 {m} (local.get $at) (local.get $mark))");
            probe += &hash(&format!("(i64.load8_u {m} (local.get $at))"));
            probe += &hash(&wide(&format!("(memory.size {m})")));
        }
        for t in ["$t", "$u"] {
            probe += &hash(&format!("(i64.extend_i32_u (table.size {t}))"));
        }
        probe += "(table.set $t (i32.sub (table.size $t) (i32.const 1)) (ref.func $deep))";
        probe += &hash("(i64.extend_i32_u (ref.is_null (table.get $t (i32.sub (table.size $t) (i32.const 1)))))");
        let mut grow = probe.clone();
        for m in ["$m", "$n"] {
            grow += &hash(&wide(&format!("(memory.grow {m} ({i}.const 2))")));
            grow += &probe;
        }
        for (t, null) in [("$t", "func"), ("$u", "extern")] {
            grow += &hash(&format!("(i64.extend_i32_u (table.grow {t} (ref.null {null}) (i32.const 2)))"));
            grow += &probe;
        }
        format!(
            r#"(module
            (import "" "host" (func $host))
            (memory $m (export "m") {i} {min} {page})
            (memory $n (export "n") {i} {min} {page})
            (table $t (export "t") 1 funcref)
            (table $u (export "u") 1 externref)
            (elem declare func $deep)
            ;; Each frame holds three numbers over the call below it.
            (func $deep (export "deep") (param $d i32) (param $x i64) (result i64)
                (local $y i64) (local $z i64)
                (local.set $y (i64.mul (local.get $x) (i64.const 3)))
                (local.set $z (i64.xor (local.get $x) (i64.const -1)))
                (i64.add (i64.add (local.get $x) (local.get $y)) (i64.sub
                    (if (result i64) (local.get $d)
                        (then (call $deep (i32.sub (local.get $d) (i32.const 1)) (i64.add (local.get $x) (i64.const 7))))
                        (else (i64.const 1)))
                    (local.get $z))))
            (func $fail (export "fail") (unreachable))
            (func $down (param $d i32)
                (if (local.get $d) (then (call $down (i32.sub (local.get $d) (i32.const 1)))) (else (call $host))))
            (func $grow (param $mark i64) (result i64) (local $h i64) (local $at {i})
                (call $down (i32.const {DOWN}))
                {grow}
                (local.get $h))
            (func $epoch (param $mark i64) (result i64) (local $h i64) (local $at {i}) (local $n i32)
                (call $down (i32.const {DOWN}))
                {probe}
                (local.set $n (i32.const {TURNS}))
                (loop $l
                    {probe}
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $h))
            (func $chain (export "chain") (param $d i32) (param $x i64) (param $what i32) (result i64)
                (local $y i64) (local $z i64)
                (local.set $y (i64.mul (local.get $x) (i64.const 3)))
                (local.set $z (i64.xor (local.get $x) (i64.const -1)))
                (i64.add (i64.add (local.get $x) (local.get $y)) (i64.sub
                    (if (result i64) (local.get $d)
                        (then (call $chain (i32.sub (local.get $d) (i32.const 1))
                            (i64.add (local.get $x) (i64.const 7)) (local.get $what)))
                        (else (if (result i64) (local.get $what)
                            (then (call $epoch (local.get $x)))
                            (else (call $grow (local.get $x))))))
                    (local.get $z)))))"#
        )
    }
}

/// What `deep` and `chain` return where the innermost frame gets `inner` of its number.
fn chained(frames: i32, x: i64, inner: &mut dyn FnMut(i64) -> i64) -> i64 {
    let (y, z) = (x.wrapping_mul(3), !x);
    let below = if frames == 0 { inner(x) } else { chained(frames - 1, x.wrapping_add(7), inner) };
    x.wrapping_add(y).wrapping_add(below.wrapping_sub(z))
}

/// What the guest should find: memories in pages, tables in elements.
struct Model {
    kind: Kind,
    acts: u64,
    mark: i64,
    sizes: [u64; 4],
    hash: i64,
}

impl Model {
    fn new(kind: Kind) -> Self {
        let min = 65536 / kind.page_bytes;
        Self { kind, acts: 0, mark: 0, sizes: [min, min, 1, 1], hash: 0 }
    }

    fn act(&mut self) {
        self.acts += 1;
        self.sizes = std::array::from_fn(|i| self.sizes[i] + if i < 2 { self.kind.step } else { 1 });
    }

    fn add(&mut self, value: i64) {
        self.hash = self.hash.wrapping_mul(31).wrapping_add(value);
    }

    fn probe(&mut self) {
        for i in [0, 1] {
            self.add(self.acts as u8 as i64);
            self.add(self.mark as u8 as i64);
            self.add(self.sizes[i] as i64);
        }
        self.add(self.sizes[2] as i64);
        self.add(self.sizes[3] as i64);
        self.add(0);
    }

    fn grow(&mut self, mark: i64) -> i64 {
        (self.mark, self.hash) = (mark, 0);
        // The call of the host's function.
        self.act();
        self.act();
        self.probe();
        for i in 0..4 {
            self.act();
            self.add(self.sizes[i] as i64);
            self.sizes[i] += 2;
            self.act();
            self.probe();
        }
        self.hash
    }

    fn epoch(&mut self, mark: i64) -> i64 {
        (self.mark, self.hash) = (mark, 0);
        // At the start of each function.
        for _ in 0..FRAMES + 1 + 1 + DOWN + 1 {
            self.act();
        }
        self.probe();
        for _ in 0..TURNS {
            self.act();
            self.probe();
        }
        self.hash
    }
}

/// How the embedder ends its turn of this number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Well,
    Error(u64),
    Panic(u64),
}

struct State {
    kind: Kind,
    it: Option<Instance>,
    acts: u64,
    end: End,
    /// What the embedder has seen: frames and fuel.
    log: Vec<String>,
}

fn frames(trace: &WasmBacktrace) -> String {
    let names: Vec<_> = trace.frames().iter().map(|frame| frame.func_name().unwrap_or("?")).collect();
    names.join(" ")
}

/// All that an embedder may do to a store that it is given.
fn act(mut store: StoreContextMut<'_, State>) -> Result<()> {
    let step = store.data().kind.step;
    let Some(it) = store.data().it else { return Ok(()) };
    store.data_mut().acts += 1;
    let acts = store.data().acts;
    let stand = frames(&WasmBacktrace::force_capture(&store));
    let seen = format!("{} {stand}", store.get_fuel()?);
    store.data_mut().log.push(seen);
    for name in ["m", "n"] {
        let memory = it.get_memory(&mut store, name).expect("it is exported");
        memory.grow(&mut store, step)?;
        memory.write(&mut store, 0, &[acts as u8])?;
    }
    for (name, null) in [("t", Ref::Func(None)), ("u", Ref::Extern(None))] {
        it.get_table(&mut store, name).expect("it is exported").grow(&mut store, 1, null)?;
    }
    store.set_fuel(FUEL)?;
    store.as_context_mut().set_epoch_deadline(1 << 20);
    let deep = it.get_typed_func::<(i32, i64), i64>(&mut store, "deep")?;
    let x = acts as i64 * 1_000_003;
    assert_eq!(deep.call(&mut store, (40, x))?, chained(40, x, &mut |_| 1));
    // A trap tells the frames below the embedder's, too; it ends nothing but the embedder's own call.
    let failed = it.get_typed_func::<(), ()>(&mut store, "fail")?.call(&mut store, ()).unwrap_err();
    assert_eq!(failed.downcast_ref::<WasmBacktrace>().map(frames), Some(format!("fail {stand}")));
    match store.data().end {
        End::Error(at) if at == acts => bail!("the embedder stops"),
        End::Panic(at) if at == acts => panic!("the embedder panics"),
        _ => Ok(()),
    }
}

fn setup(engine: &Engine, kind: Kind, end: End) -> Result<(Store<State>, Instance)> {
    let mut store = Store::new(engine, State { kind, it: None, acts: 0, end, log: Vec::new() });
    store.set_fuel(FUEL)?;
    store.set_epoch_deadline(1 << 20);
    let host = Func::wrap(&mut store, || ());
    let it = Instance::new(&mut store, &Module::new(engine, kind.wat())?, &[host.into()])?;
    store.data_mut().it = Some(it);
    Ok((store, it))
}

/// Calls the guest: what came of it, as text, and what is left of the fuel.
fn run(store: &mut Store<State>, it: Instance, what: i32, x: i64) -> Result<String> {
    let chain = it.get_typed_func::<(i32, i64, i32), i64>(&mut *store, "chain")?;
    let answer = catch_unwind(AssertUnwindSafe(|| chain.call(&mut *store, (FRAMES, x, what))));
    let text = match answer {
        Ok(Ok(value)) => value.to_string(),
        Ok(Err(error)) => match error.downcast_ref::<Trap>() {
            Some(trap) => trap.to_string(),
            None => error.root_cause().to_string(),
        },
        Err(panic) => panic.downcast_ref::<&str>().map_or("?".into(), ToString::to_string),
    };
    Ok(format!("{text}, fuel {}", store.get_fuel()?))
}

/// One and the same in all tiers: answers that the model gives, and what the embedder has seen.
fn check(what: i32, set: impl Fn(&mut Store<State>)) -> Result<()> {
    for kind in KINDS {
        let mut reference: Option<Vec<String>> = None;
        for (name, engine) in engines(|_| ()) {
            let name = format!("{kind:?}, {name}");
            let (mut store, it) = setup(&engine, kind, End::Well)?;
            set(&mut store);
            let mut model = Model::new(kind);
            for round in 1..=4 {
                if what == 1 {
                    store.set_epoch_deadline(0);
                }
                let answer = run(&mut store, it, what, round * 1_000)?;
                let of = |model: &mut Model, x| if what == 1 { model.epoch(x) } else { model.grow(x) };
                let expected = chained(FRAMES, round * 1_000, &mut |x| of(&mut model, x));
                assert_eq!(answer.split(',').next(), Some(&*expected.to_string()), "{name}, round {round}");
                store.data_mut().log.push(answer);
            }
            assert_eq!(store.data().acts, model.acts, "{name}");
            let log = std::mem::take(&mut store.data_mut().log);
            let frames = " chain".repeat(FRAMES as usize + 1);
            let own = if what == 1 { "epoch" } else { "grow" };
            assert!(log.iter().any(|seen| seen.ends_with(&format!(" {own}{frames}"))), "{name}: {log:#?}");
            assert_eq!(&log, reference.get_or_insert_with(|| log.clone()), "{name}");
        }
    }
    Ok(())
}

/// An embedder that stops the guest, at its first turn, in the middle or at the last: what it did before stays.
fn check_ends(what: i32, turns: &[u64], set: impl Fn(&mut Store<State>)) -> Result<()> {
    let kind = KINDS[0];
    for (end, said) in
        turns.iter().flat_map(|&at| [(End::Error(at), "the embedder stops"), (End::Panic(at), "the embedder panics")])
    {
        let mut reference: Option<Vec<String>> = None;
        for (name, engine) in engines(|_| ()) {
            let name = format!("{end:?}, {name}");
            let (mut store, it) = setup(&engine, kind, end)?;
            for round in 1..=2 {
                set(&mut store);
                store.data_mut().acts = 0;
                if what == 1 {
                    store.set_epoch_deadline(0);
                }
                let answer = run(&mut store, it, what, round * 1_000)?;
                assert!(answer.starts_with(said), "{name}, round {round}: {answer}");
                let m = it.get_memory(&mut store, "m").expect("it is exported");
                let at = store.data().acts as u8;
                assert_eq!(m.data(&store)[0], at, "{name}");
                store.data_mut().log.push(answer);
                store.set_epoch_deadline(1 << 20);
                let deep = it.get_typed_func::<(i32, i64), i64>(&mut store, "deep")?;
                assert_eq!(deep.call(&mut store, (40, round))?, chained(40, round, &mut |_| 1), "{name}");
            }
            let log = std::mem::take(&mut store.data_mut().log);
            assert_eq!(&log, reference.get_or_insert_with(|| log.clone()), "{name}");
        }
    }
    Ok(())
}

fn at_epochs(store: &mut Store<State>) {
    store.epoch_deadline_callback(|mut store| {
        act(store.as_context_mut())?;
        Ok(UpdateDeadline::Continue(0))
    });
}

fn at_growth(store: &mut Store<State>) {
    store.call_hook(|store, at| match at {
        CallHook::CallingHost | CallHook::ReturningFromHost => act(store),
        CallHook::CallingWasm | CallHook::ReturningFromWasm => Ok(()),
    });
}

#[test]
fn an_epoch_callback_may_do_anything() -> Result<()> {
    check(1, at_epochs)
}

#[test]
fn an_epoch_callback_may_stop_the_guest() -> Result<()> {
    // In a frame of `down`, and at a turn of the loop.
    check_ends(1, &[1, 10, (FRAMES + 1 + 1 + DOWN + 1 + 2) as u64], at_epochs)
}

#[test]
fn a_call_hook_may_do_anything_at_growth() -> Result<()> {
    check(0, at_growth)
}

#[test]
fn a_call_hook_may_stop_the_guest_at_growth() -> Result<()> {
    // The first two turns are at the call of the host's function; then before and behind each growth.
    check_ends(0, &[3, 4, 7, 8], at_growth)
}

/// A limiter has no store; but the data may hold another store, a shared memory and the engine.
struct Elsewhere {
    other: Option<(Store<()>, Instance)>,
    shared: SharedMemory,
    engine: Engine,
}

impl Elsewhere {
    fn turn(&mut self) -> Result<bool> {
        self.engine.increment_epoch();
        self.shared.grow(1)?;
        if let Some((store, it)) = &mut self.other {
            let grow = it.get_typed_func::<i32, i32>(&mut *store, "grow")?;
            assert!(grow.call(store, 1)? > 0);
        }
        Ok(true)
    }
}

impl ResourceLimiter for Elsewhere {
    fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        self.turn()
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        self.turn()
    }
}

#[test]
fn a_limiter_may_run_another_store() -> Result<()> {
    const WAT: &str = r#"(module
        (import "" "shared" (memory $s 1 100 shared))
        (memory $m 1 100) (table $t 1 100 funcref)
        (func $last (result i32) (i32.sub (i32.mul (memory.size $m) (i32.const 65536)) (i32.const 4)))
        (func (export "grow") (param $by i32) (result i32) (local $at i32)
            (drop (memory.grow $m (local.get $by)))
            (drop (table.grow $t (ref.null func) (local.get $by)))
            (i32.store $m (call $last) (local.get $by))
            (local.set $at (i32.sub (i32.mul (memory.size $s) (i32.const 65536)) (i32.const 4)))
            (i32.store $s (local.get $at) (i32.const 17))
            (i32.add (i32.mul (i32.load $m (call $last)) (i32.const 1000))
                (i32.add (i32.load $s (local.get $at)) (memory.size $s)))))"#;
    for (name, engine) in engines(|config| _ = config.wasm_threads(true)) {
        let module = Module::new(&engine, WAT)?;
        let shared = SharedMemory::new(&engine, coracle::MemoryType::shared(1, 100))?;
        let mut other = Store::new(&engine, ());
        other.set_fuel(FUEL)?;
        other.set_epoch_deadline(1 << 20);
        let own = SharedMemory::new(&engine, coracle::MemoryType::shared(1, 100))?;
        let there = Instance::new(&mut other, &module, &[own.into()])?;
        let state = Elsewhere { other: None, shared: shared.clone(), engine: engine.clone() };
        let mut store = Store::new(&engine, state);
        store.set_fuel(FUEL)?;
        store.set_epoch_deadline(1 << 20);
        let it = Instance::new(&mut store, &module, &[shared.into()])?;
        store.data_mut().other = Some((other, there));
        store.limiter(|state| state);
        let grow = it.get_typed_func::<i32, i32>(&mut store, "grow")?;
        for round in 1..=4 {
            let pages = 1 + 2 * round;
            assert_eq!(grow.call(&mut store, round)?, round * 1000 + 17 + pages, "{name}");
        }
    }
    Ok(())
}
