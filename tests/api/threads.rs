//! Threads: several stores, each on its own host thread, over one shared memory; in every tier, with addresses of 32
//! and of 64 bits, in the first memory and in the second.
//!
//! What a single store can find out (alignment, bounds, what `wait` and `notify` return) is in `suite/threads.wast`.
#![allow(unsafe_code)] // Reads cells that other threads write.

use crate::engine;
use coracle::{
    Engine, Extern, Func, Instance, Memory, MemoryType, Module, Result, SharedMemory, Store, TierPolicy, TypedFunc,
    Val, WasmParams, WasmResults,
};
use std::cell::UnsafeCell;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const TIERS: [TierPolicy; 4] = [TierPolicy::Off, TierPolicy::Sync(2), TierPolicy::Background, TierPolicy::Eager];

/// Threads that work at once.
const THREADS: u32 = 4;

/// What one thread does so often that others come between.
const TURNS: u32 = 2_000;

/// Where a module finds its memory.
#[derive(Clone, Copy, Debug)]
struct Place {
    wide: bool,
    second: bool,
}

const PLACES: [Place; 4] = [
    Place { wide: false, second: false },
    Place { wide: true, second: false },
    Place { wide: false, second: true },
    Place { wide: true, second: true },
];

/// A module over a shared memory of one to 64 pages, and that memory.
struct Shared {
    engine: Engine,
    module: Module,
    memory: SharedMemory,
}

impl Shared {
    /// `text` says `ADDR` for the type of addresses, and `$m` for the memory.
    fn new(tier: TierPolicy, place: Place, text: &str) -> Result<Self> {
        let engine = engine(tier, |_| ())?;
        let addr = if place.wide { "i64" } else { "i32" };
        let first = if place.second { "(import \"\" \"own\" (memory 1))" } else { "" };
        let text = text.replace("ADDR", addr);
        let text = format!("(module {first} (import \"\" \"m\" (memory $m {addr} 1 64 shared)) {text})");
        let module = Module::new(&engine, text)?;
        let ty = MemoryType::builder().min(1).max(Some(64)).memory64(place.wide).shared(true).build()?;
        let memory = SharedMemory::new(&engine, ty)?;
        Ok(Self { engine, module, memory })
    }

    /// An instance of the module in a store of its own.
    fn instance(&self) -> Result<(Store<()>, Instance)> {
        let mut store = Store::new(&self.engine, ());
        let mut imports: Vec<Extern> = Vec::new();
        if self.module.imports().len() == 2 {
            imports.push(Memory::new(&mut store, MemoryType::new(1, None))?.into());
        }
        imports.push(self.memory.clone().into());
        let instance = Instance::new(&mut store, &self.module, &imports)?;
        Ok((store, instance))
    }

    /// A function of such an instance.
    fn func<P: WasmParams, R: WasmResults>(&self, name: &str) -> Result<(Store<()>, TypedFunc<P, R>)> {
        let (mut store, instance) = self.instance()?;
        let func = instance.get_typed_func(&mut store, name)?;
        Ok((store, func))
    }

    /// A function of an optional `i32` to an address, whatever an address is here.
    fn func_any(&self, name: &str) -> Result<AnyFunc> {
        let (mut store, instance) = self.instance()?;
        let func = instance.get_func(&mut store, name).expect("an export");
        let takes = func.ty(&store).params().len();
        Ok(AnyFunc { store, func, takes })
    }

    /// The little-endian number of `bytes` bytes at `at`.
    fn number(&self, at: usize, bytes: usize) -> u64 {
        let cells = &self.memory.data()[at..at + bytes];
        cells.iter().rev().fold(0, |number, cell| number << 8 | u64::from(read(cell)))
    }
}

/// A function of an optional `i32` to an address, with a store of its own.
struct AnyFunc {
    store: Store<()>,
    func: Func,
    takes: usize,
}

impl AnyFunc {
    fn call(&mut self, argument: i32) -> Result<u64> {
        let mut results = [Val::I32(0)];
        self.func.call(&mut self.store, &[Val::I32(argument)][..self.takes], &mut results)?;
        Ok(match results[0] {
            Val::I64(number) => number as u64,
            ref other => u64::from(other.unwrap_i32() as u32),
        })
    }
}

/// A byte of a shared memory.
fn read(cell: &UnsafeCell<u8>) -> u8 {
    // SAFETY: the cell is a mapped byte of a memory that guests write through atomics or not at all meanwhile.
    unsafe { AtomicU8::from_ptr(cell.get()) }.load(Ordering::SeqCst)
}

/// Runs a test in every tier and with every kind of memory.
fn everywhere(text: &str, test: impl Fn(&Shared, &str) -> Result<()>) -> Result<()> {
    for tier in TIERS {
        for place in PLACES {
            test(&Shared::new(tier, place, text)?, &format!("{tier:?}, {place:?}"))?;
        }
    }
    Ok(())
}

/// Widths of atomic accesses: the operator's type, its suffixes, bytes.
const WIDTHS: [(&str, &str, &str, usize); 7] = [
    ("i32", "", "", 4),
    ("i64", "", "", 8),
    ("i32", "8", "_u", 1),
    ("i32", "16", "_u", 2),
    ("i64", "8", "_u", 1),
    ("i64", "16", "_u", 2),
    ("i64", "32", "_u", 4),
];

#[test]
fn changes_under_contention_are_exact() -> Result<()> {
    // For each width, sixteen bytes apart: a sum, a difference, bits that are flipped, a sum by compare-exchange, a sum
    // of what exchanges hand on.
    let mut body = String::new();
    for (i, (ty, width, suffix, _)) in WIDTHS.into_iter().enumerate() {
        let at = i * 128;
        let rmw = |op: &str| format!("{ty}.atomic.rmw{width}.{op}{suffix} $m");
        let load = format!("{ty}.atomic.load{width}{suffix} $m");
        let _ = writeln!(
            body,
            "(drop ({add} (ADDR.const {at}) ({ty}.const 3)))
             (drop ({sub} (ADDR.const {}) ({ty}.const 5)))
             (drop ({xor} (ADDR.const {}) ({ty}.const 0x55)))
             (loop $again
                 (local.set ${ty} ({load} (ADDR.const {})))
                 (br_if $again ({ty}.ne (local.get ${ty})
                     ({cmpxchg} (ADDR.const {}) (local.get ${ty}) ({ty}.add (local.get ${ty}) ({ty}.const 1))))))
             (drop ({or} (ADDR.const {}) ({ty}.shl ({ty}.const 1) ({ty}.const 6))))
             (drop ({and} (ADDR.const {}) ({ty}.const 0x7f)))",
            at + 16,
            at + 32,
            at + 48,
            at + 48,
            at + 64,
            at + 64,
            add = rmw("add"),
            sub = rmw("sub"),
            xor = rmw("xor"),
            cmpxchg = rmw("cmpxchg"),
            or = rmw("or"),
            and = rmw("and"),
        );
    }
    let text = format!(
        "(func (export \"work\") (param $n i32) (local $i32 i32) (local $i64 i64)
             (loop $turn {body}
                 (br_if $turn (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"
    );
    // A new value is cut to its width by the access itself, so narrow counters wrap.
    everywhere(&text, |shared, what| {
        thread::scope(|scope| {
            let run = || -> Result<()> {
                let (mut store, work) = shared.func::<i32, ()>("work")?;
                // Twice, so that the second call finds native code where there is some.
                work.call(&mut store, TURNS as i32 / 2)?;
                work.call(&mut store, TURNS as i32 / 2)
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
        })?;
        let turns = u64::from(THREADS * TURNS);
        for (i, (ty, width, _, bytes)) in WIDTHS.into_iter().enumerate() {
            let cut = |number: u64| if bytes == 8 { number } else { number & ((1 << (8 * bytes)) - 1) };
            let number = |cell: usize| shared.number(i * 128 + cell * 16, bytes);
            assert_eq!(number(0), cut(turns * 3), "{what}: {ty} {width} add");
            assert_eq!(number(1), cut((turns * 5).wrapping_neg()), "{what}: {ty} {width} sub");
            assert_eq!(number(2), 0, "{what}: {ty} {width} xor");
            assert_eq!(number(3), cut(turns), "{what}: {ty} {width} cmpxchg");
            assert_eq!(number(4), 0x40, "{what}: {ty} {width} or, and");
            let behind = shared.number(i * 128 + bytes, 8.min(16 - bytes));
            assert_eq!(behind, 0, "{what}: {ty} {width} writes behind its cell");
        }
        Ok(())
    })
}

/// Each thread takes what is in the cell and leaves its own; nothing is lost and nothing is taken twice.
#[test]
fn exchanges_hand_on_every_value() -> Result<()> {
    let text = "(func (export \"swap\") (param $mine i64) (result i64)
        (i64.atomic.rmw.xchg $m (ADDR.const 64) (local.get $mine)))";
    everywhere(text, |shared, what| {
        let taken: Vec<Vec<i64>> = thread::scope(|scope| {
            let run = |thread: u32| -> Result<Vec<i64>> {
                let (mut store, swap) = shared.func::<i64, i64>("swap")?;
                let mine = |turn: u32| i64::from(thread * TURNS + turn + 1);
                (0..TURNS / 4).map(|turn| swap.call(&mut store, mine(turn))).collect()
            };
            let threads: Vec<_> = (0..THREADS).map(|at| scope.spawn(move || run(at))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Result<_>>()
        })?;
        let mut all: Vec<i64> = taken.into_iter().flatten().chain([shared.number(64, 8) as i64]).collect();
        all.sort_unstable();
        let given = (0..THREADS).flat_map(|at| (0..TURNS / 4).map(move |turn| i64::from(at * TURNS + turn + 1)));
        assert!(all.into_iter().eq([0].into_iter().chain(given)), "{what}");
        Ok(())
    })
}

const PARKING: &str = r#"
    (func (export "wait32") (param i64) (result i32)
        (memory.atomic.wait32 $m (ADDR.const 8) (i32.const 0) (local.get 0)))
    (func (export "wait64") (param i64) (result i32)
        (memory.atomic.wait64 $m (ADDR.const 16) (i64.const 0) (local.get 0)))
    (func (export "notify32") (param i32) (result i32)
        (memory.atomic.notify $m (ADDR.const 8) (local.get 0)))
    (func (export "notify64") (param i32) (result i32)
        (memory.atomic.notify $m (ADDR.const 16) (local.get 0)))
    (func (export "notify_other") (param i32) (result i32)
        (memory.atomic.notify $m (ADDR.const 12) (local.get 0)))"#;

#[test]
fn waits_end_in_time() -> Result<()> {
    everywhere(PARKING, |shared, what| {
        for name in ["wait32", "wait64"] {
            let (mut store, wait) = shared.func::<i64, i32>(name)?;
            assert_eq!(wait.call(&mut store, 0)?, 2, "{what}: {name} without time");
            let begin = Instant::now();
            assert_eq!(wait.call(&mut store, 3_000_000)?, 2, "{what}: {name} for a while");
            assert!(begin.elapsed() >= Duration::from_millis(3), "{what}: {name} ends early");
        }
        Ok(())
    })
}

#[test]
fn each_waiter_is_woken_once() -> Result<()> {
    everywhere(PARKING, |shared, what| {
        for (wait, notify, at_once) in
            [("wait32", "notify32", 1), ("wait64", "notify64", 2), ("wait32", "notify32", -1)]
        {
            let (mut store, wake) = shared.func::<i32, i32>(notify)?;
            let (mut elsewhere, other) = shared.func::<i32, i32>("notify_other")?;
            thread::scope(|scope| -> Result<()> {
                let run = || -> Result<i32> {
                    let (mut store, wait) = shared.func::<i64, i32>(wait)?;
                    // Without end, and with an end that is far away.
                    wait.call(&mut store, if wait_forever() { -1 } else { 600_000_000_000 })
                };
                let waiters: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
                let mut woken = 0;
                while woken < THREADS as i32 {
                    assert_eq!(other.call(&mut elsewhere, -1)?, 0, "{what}: nobody waits there");
                    let now = wake.call(&mut store, at_once)?;
                    assert!(now >= 0 && (at_once < 0 || now <= at_once), "{what}: {now} of {at_once}");
                    woken += now;
                    thread::yield_now();
                }
                assert_eq!(woken, THREADS as i32, "{what}");
                assert_eq!(wake.call(&mut store, -1)?, 0, "{what}: nobody is left");
                for waiter in waiters {
                    assert_eq!(waiter.join().expect("no panic")?, 0, "{what}: woken");
                }
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// Every other call says yes.
fn wait_forever() -> bool {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(2)
}

/// Pages only ever come, and what `memory.size` says can be read and written at once.
#[test]
fn readers_keep_up_with_growth() -> Result<()> {
    let text = r#"
        (func (export "grow") (result ADDR) (memory.grow $m (ADDR.const 1)))
        (func (export "touch") (param $turns i32) (result ADDR) (local $last ADDR) (local $now ADDR)
            (loop $turn
                (local.set $now (memory.size $m))
                (if (ADDR.lt_u (local.get $now) (local.get $last)) (then unreachable))
                (local.set $last (local.get $now))
                (local.set $now (ADDR.sub (ADDR.shl (local.get $now) (ADDR.const 16)) (ADDR.const 8)))
                (if (i64.ne (i64.load $m (local.get $now)) (i64.const 0)) (then unreachable))
                (drop (i64.atomic.rmw.add $m (local.get $now) (i64.const 0)))
                (memory.fill $m (local.get $now) (i32.const 0) (ADDR.const 8))
                (br_if $turn (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
            (local.get $last))"#;
    everywhere(text, |shared, what| {
        let done = AtomicBool::new(false);
        thread::scope(|scope| -> Result<()> {
            let read = || -> Result<u64> {
                let mut touch = shared.func_any("touch")?;
                let mut last = 0;
                while !done.load(Ordering::SeqCst) {
                    last = touch.call(50)?;
                }
                Ok(last)
            };
            let readers: Vec<_> = (0..2).map(|_| scope.spawn(read)).collect();
            let mut grow = shared.func_any("grow")?;
            let grown = (0..70).map(|_| grow.call(0)).collect::<Result<Vec<u64>>>();
            done.store(true, Ordering::SeqCst);
            let failed = if shared.memory.ty().is_64() { u64::MAX } else { u64::from(u32::MAX) };
            let wanted = (1..64).chain([failed; 7]);
            assert!(grown?.into_iter().eq(wanted), "{what}: one page after the other, then none");
            for reader in readers {
                assert!(reader.join().expect("no panic")? <= 64, "{what}");
            }
            Ok(())
        })?;
        assert_eq!(shared.memory.size(), 64, "{what}");
        Ok(())
    })
}

/// Bulk operations and plain stores, published by an atomic one.
#[test]
fn what_was_written_before_a_flag_is_read_behind_it() -> Result<()> {
    let text = r#"
        (data $word "\07\07\07\07\07\07\07\07")
        (func (export "write") (param $round i32)
            (memory.fill $m (ADDR.const 1024) (local.get $round) (ADDR.const 1000))
            (memory.copy $m $m (ADDR.const 3000) (ADDR.const 1024) (ADDR.const 1000))
            (memory.init $m $word (ADDR.const 5000) (i32.const 0) (i32.const 8))
            (i64.store $m (ADDR.const 5008) (i64.extend_i32_u (local.get $round)))
            (atomic.fence)
            (i32.atomic.store $m (ADDR.const 64) (local.get $round))
            (drop (memory.atomic.notify $m (ADDR.const 64) (i32.const -1))))
        (func (export "read") (param $round i32) (result i32) (local $at ADDR) (local $found i32)
            (block $ready
                (loop $wait
                    (br_if $ready (i32.eq (i32.atomic.load $m (ADDR.const 64)) (local.get $round)))
                    (drop (memory.atomic.wait32 $m
                        (ADDR.const 64) (i32.sub (local.get $round) (i32.const 1)) (i64.const 1000000)))
                    (br $wait)))
            (atomic.fence)
            (local.set $at (ADDR.const 1000))
            (loop $bytes
                (local.set $at (ADDR.sub (local.get $at) (ADDR.const 1)))
                (local.set $found (i32.add (local.get $found)
                    (i32.ne (local.get $round) (i32.load8_u $m offset=1024 (local.get $at)))))
                (local.set $found (i32.add (local.get $found)
                    (i32.ne (local.get $round) (i32.load8_u $m offset=3000 (local.get $at)))))
                (br_if $bytes (ADDR.ne (local.get $at) (ADDR.const 0))))
            (i32.add (local.get $found) (i32.add
                (i64.ne (i64.load $m (ADDR.const 5000)) (i64.const 0x0707070707070707))
                (i64.ne (i64.load $m (ADDR.const 5008)) (i64.extend_i32_u (local.get $round)))))
            ;; The writer goes on when this has read.
            (drop (i32.atomic.rmw.add $m (ADDR.const 128) (i32.const 1))))"#;
    everywhere(text, |shared, what| {
        thread::scope(|scope| -> Result<()> {
            let reader = scope.spawn(|| -> Result<i32> {
                let (mut store, read) = shared.func::<i32, i32>("read")?;
                (1..30).try_fold(0, |wrong, round| Ok(wrong + read.call(&mut store, round)?))
            });
            let (mut store, write) = shared.func::<i32, ()>("write")?;
            for round in 1..30 {
                write.call(&mut store, round)?;
                while shared.number(128, 4) < round as u64 && !reader.is_finished() {
                    thread::yield_now();
                }
            }
            assert_eq!(reader.join().expect("no panic")?, 0, "{what}: bytes that were not there");
            Ok(())
        })
    })
}

/// Threads write their own halves of a memory by bulk operations, none of which touches the other's.
#[test]
fn bulk_operations_keep_to_their_range() -> Result<()> {
    let text = r#"
        (func (export "work") (param $half i32) (param $turns i32) (local $at ADDR)
            (local.set $at (ADDR.add (ADDR.const 8) (ADDR.mul (ADDR.const 1001) FROM)))
            (loop $turn
                (memory.fill $m (local.get $at) (i32.add (i32.const 1) (local.get $half)) (ADDR.const 1001))
                (memory.copy $m $m
                    (ADDR.add (local.get $at) (ADDR.const 8192)) (local.get $at) (ADDR.const 1001))
                (br_if $turn (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))"#;
    for tier in TIERS {
        for place in PLACES {
            let from = if place.wide { "(i64.extend_i32_u (local.get $half))" } else { "(local.get $half)" };
            let shared = Shared::new(tier, place, &text.replace("FROM", from))?;
            thread::scope(|scope| {
                let run = |half: i32| -> Result<()> {
                    let (mut store, work) = shared.func::<(i32, i32), ()>("work")?;
                    work.call(&mut store, (half, 200))
                };
                let threads: Vec<_> = (0..2).map(|half| scope.spawn(move || run(half))).collect();
                threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
            })?;
            let expected = |at: usize| match at % 8192 {
                8..1009 => 1,
                1009..2010 => 2,
                _ => 0,
            };
            let bytes = shared.memory.data().iter().take(16_384).enumerate();
            let wrong = bytes.filter(|(at, byte)| read(byte) != expected(*at)).count();
            assert_eq!(wrong, 0, "{tier:?}, {place:?}");
        }
    }
    Ok(())
}
