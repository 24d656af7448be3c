//! Which component instances a trap poisons: those with an open frame in the call that trapped, and no others.

use crate::engines;
use coracle::component::{Component, Instance, Linker, TypedFunc};
use coracle::{Engine, Module, Result, Store, StoreContextMut, Trap};

/// A calls B, which calls C; D stands beside them. Each counts its calls, tells the host, and does as it is told: goes
/// on, traps, or asks the host to call something.
const CHAIN: &str = r#"(component
  (import "host" (func $host (param "who" u32) (param "what" u32)))
  (component $leaf
    (import "host" (func $host (param "who" u32) (param "what" u32)))
    (core func $host' (canon lower (func $host)))
    (core module $m
      (import "" "host" (func $host (param i32 i32)))
      (func (export "run") (param $who i32) (param $what i32)
        (call $host (local.get $who) (local.get $what))
        (if (i32.eq (local.get $what) (local.get $who)) (then unreachable))))
    (core instance $i (instantiate $m (with "" (instance (export "host" (func $host'))))))
    (func (export "run") (param "who" u32) (param "what" u32) (canon lift (core func $i "run"))))
  (component $link
    (import "host" (func $host (param "who" u32) (param "what" u32)))
    (import "next" (func $next (param "who" u32) (param "what" u32)))
    (core func $host' (canon lower (func $host)))
    (core func $next' (canon lower (func $next)))
    (core module $m
      (import "" "host" (func $host (param i32 i32)))
      (import "" "next" (func $next (param i32 i32)))
      (func (export "run") (param $who i32) (param $what i32)
        (call $host (local.get $who) (local.get $what))
        (call $next (i32.add (local.get $who) (i32.const 1)) (local.get $what))
        (if (i32.eq (local.get $what) (local.get $who)) (then unreachable))))
    (core instance $i (instantiate $m (with "" (instance (export "host" (func $host')) (export "next" (func $next'))))))
    (func (export "run") (param "who" u32) (param "what" u32) (canon lift (core func $i "run"))))
  (instance $c (instantiate $leaf (with "host" (func $host))))
  (instance $b (instantiate $link (with "host" (func $host)) (with "next" (func $c "run"))))
  (instance $a (instantiate $link (with "host" (func $host)) (with "next" (func $b "run"))))
  (instance $d (instantiate $leaf (with "host" (func $host))))
  (export "a" (func $a "run")) (export "b" (func $b "run")) (export "c" (func $c "run")) (export "d" (func $d "run")))"#;

const A: u32 = 0;
const C: u32 = 2;
const NOTHING: u32 = 99;

type Run = TypedFunc<(u32, u32), ()>;

#[derive(Default)]
struct State {
    /// What the host calls when the guest of this number calls it, and with what.
    calls_back: Option<(u32, Run, u32)>,
    /// What came of that.
    answer: Option<Result<(), Trap>>,
}

struct Chain {
    store: Store<State>,
    linker: Linker<State>,
    component: Component,
    funcs: [Run; 4],
}

fn trap_of(result: Result<()>) -> Result<(), Trap> {
    result.map_err(|error| *error.downcast_ref().expect("a trap"))
}

fn funcs(store: &mut Store<State>, instance: Instance) -> Result<[Run; 4]> {
    let mut funcs = Vec::new();
    for name in ["a", "b", "c", "d"] {
        funcs.push(instance.get_typed_func(&mut *store, name)?);
    }
    Ok(funcs.try_into().unwrap_or_else(|_| unreachable!("four names")))
}

impl Chain {
    fn new(engine: &Engine) -> Result<Self> {
        let component = Component::new(engine, CHAIN)?;
        let mut linker = Linker::<State>::new(engine);
        linker.root().func_wrap("host", |mut store: StoreContextMut<'_, State>, (who, _): (u32, u32)| {
            let Some((_, run, what)) = store.data_mut().calls_back.take_if(|(caller, ..)| *caller == who) else {
                return Ok(());
            };
            let answer = run.call(&mut store, (C, what));
            // The host takes it as it comes.
            store.data_mut().answer = Some(trap_of(answer));
            Ok(())
        })?;
        let mut store = Store::new(engine, State::default());
        let instance = linker.instantiate(&mut store, &component)?;
        let funcs = funcs(&mut store, instance)?;
        Ok(Self { store, linker, component, funcs })
    }

    fn run(&mut self, func: usize, who: u32, what: u32) -> Result<(), Trap> {
        trap_of(self.funcs[func].call(&mut self.store, (who, what)))
    }

    /// Which of the four may not be entered. B and A call what is next.
    fn poisoned(&mut self) -> [bool; 4] {
        [0, 1, 2, 3].map(|func| self.run(func, 10, NOTHING) == Err(Trap::CannotEnterComponent))
    }
}

/// A→B→C: the trap in C poisons all three; the trap in A when B and C have returned, A alone; never a sibling.
#[test]
fn those_with_an_open_frame() -> Result<()> {
    for engine in engines() {
        for (traps, func, poisoned) in [
            (C, 0, [true, true, true, false]),
            (C, 1, [true, true, true, false]),
            (C, 2, [true, true, true, false]),
            (NOTHING, 0, [false; 4]),
        ] {
            let mut chain = Chain::new(&engine)?;
            assert_eq!(chain.poisoned(), [false; 4]);
            let outcome = chain.run(func, func as u32, traps);
            assert_eq!(outcome.is_err(), traps == C);
            // What calls a poisoned one is not poisoned by that call's own trap before it is made.
            let [a, b, c, d] = poisoned;
            let seen = chain.poisoned();
            assert_eq!((seen[2], seen[3]), (c, d), "trap {traps} from {func}");
            assert_eq!((seen[0], seen[1]), (a, b), "trap {traps} from {func}");
            // Another instance of the same component in the same store was not in that call.
            let other = chain.linker.instantiate(&mut chain.store, &chain.component)?;
            chain.funcs = funcs(&mut chain.store, other)?;
            assert_eq!(chain.poisoned(), [false; 4]);
        }
        let mut chain = Chain::new(&engine)?;
        assert_eq!(chain.run(0, A, A), Err(Trap::UnreachableCodeReached));
        assert_eq!(chain.run(1, 10, NOTHING), Ok(()), "B has returned when A traps");
        assert_eq!(chain.run(0, 10, NOTHING), Err(Trap::CannotEnterComponent));
        assert_eq!(chain.run(2, 10, NOTHING), Ok(()));
        assert_eq!(chain.run(3, 10, NOTHING), Ok(()));
    }
    Ok(())
}

/// The host calls C or D while A runs, and takes the trap as it comes: A goes on, and is not poisoned.
#[test]
fn a_call_within_a_call() -> Result<()> {
    for engine in engines() {
        for inner in [2, 3] {
            let mut chain = Chain::new(&engine)?;
            let run = chain.funcs[inner];
            chain.store.data_mut().calls_back = Some((A, run, C));
            let outcome = chain.run(0, A, NOTHING);
            assert_eq!(chain.store.data().answer, Some(Err(Trap::UnreachableCodeReached)));
            // A goes on to B, and B to C, which may not be entered if it was C that trapped.
            let expected = if inner == 2 { Err(Trap::CannotEnterComponent) } else { Ok(()) };
            assert_eq!(outcome, expected, "{inner}");
            let poisoned = if inner == 2 { [true, true, true, false] } else { [false, false, false, true] };
            assert_eq!(chain.poisoned(), poisoned);
        }
    }
    Ok(())
}

/// The host calls B again while B is open around it: the inner call traps and poisons B and C. The outer one goes on, and
/// cannot enter C.
#[test]
fn recursion() -> Result<()> {
    for engine in engines() {
        let mut chain = Chain::new(&engine)?;
        let run = chain.funcs[1];
        chain.store.data_mut().calls_back = Some((1, run, 3));
        let outcome = chain.run(0, A, NOTHING);
        assert_eq!(chain.store.data().answer, Some(Err(Trap::UnreachableCodeReached)));
        assert_eq!(outcome, Err(Trap::CannotEnterComponent));
        assert_eq!(chain.poisoned(), [true, true, true, false]);
    }
    Ok(())
}

/// A trap of a core instance in the same store is no component's, whoever calls it.
#[test]
fn a_trap_of_a_core_instance() -> Result<()> {
    for engine in engines() {
        let mut chain = Chain::new(&engine)?;
        let module = Module::new(&engine, r#"(module (func (export "run") unreachable))"#)?;
        let core = coracle::Instance::new(&mut chain.store, &module, &[])?;
        let run = core.get_typed_func::<(), ()>(&mut chain.store, "run")?;
        assert_eq!(trap_of(run.call(&mut chain.store, ())), Err(Trap::UnreachableCodeReached));
        assert_eq!(chain.poisoned(), [false; 4]);
    }
    Ok(())
}

/// 200 instances that other guests enter, so that their bits take several words: only the one that trapped is poisoned.
#[test]
fn more_instances_than_a_word_has_bits() -> Result<()> {
    for engine in engines() {
        let mut chain = Chain::new(&engine)?;
        let mut all = vec![chain.funcs];
        for _ in 0..99 {
            let instance = chain.linker.instantiate(&mut chain.store, &chain.component)?;
            all.push(funcs(&mut chain.store, instance)?);
        }
        for (at, traps) in [(0, A), (31, C), (32, C), (70, C), (99, A)] {
            chain.funcs = all[at];
            assert_eq!(chain.run(0, A, traps), Err(Trap::UnreachableCodeReached));
        }
        for (at, &funcs) in all.iter().enumerate() {
            chain.funcs = funcs;
            let expected = match at {
                31 | 32 | 70 => [true, true, true, false],
                0 | 99 => [true, false, false, false],
                _ => [false; 4],
            };
            assert_eq!(chain.poisoned(), expected, "{at}");
        }
    }
    Ok(())
}
