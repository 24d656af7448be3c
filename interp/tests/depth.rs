//! A hundred million dispatches on a small stack of the host's: a handler that calls the next instead of jumping to it
//! would use it up.

use coracle_image::module::Bytes;
use coracle_vm::embed::{Func, Instance};
use coracle_vm::engine::{EngineParts, Settings};
use coracle_vm::internals;
use coracle_vm::store::Store;
use std::thread;

/// Bytes of stack for the thread that runs. Even eight bytes for each dispatch would be three thousand times as much.
const STACK_BYTES: usize = 256 << 10;

/// Turns of the loop. A turn takes some thirty dispatches: each kind of op that goes on elsewhere than behind itself,
/// and some of each other kind.
const TURNS: i32 = 4_000_000;

const PROGRAM: &str = r#"
(module
  (import "host" "same" (func $same (param i32) (result i32)))
  (memory 1)
  (memory $far 1)
  (memory $wide i64 1)
  (table funcref (elem $twice $more))
  (global $g (mut i32) (i32.const 64))
  (type $unary (func (param i32) (result i32)))
  (func $twice (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $more (type $unary) (return_call $twice (i32.add (local.get 0) (i32.const 1))))
  (func $frame (param i32) (result i32)
    (local $sp i32)
    ;; What has a table is called.
    (block (br_table 0 0 (local.get 0)))
    (global.set $g (local.tee $sp (i32.sub (global.get $g) (i32.const 16))))
    (i32.store offset=4 (local.get $sp) (local.get 0))
    (i32.load offset=4 (local.get $sp))
    (global.set $g (i32.add (local.get $sp) (i32.const 16))))
  (tag $e (param i32))
  (func $throws (param i32) (throw $e (local.get 0)))
  (func (export "catch") (param $n i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum)
        (block $caught (result i32)
          (try_table (catch $e $caught) (call $throws (local.get $n)))
          (unreachable))))
      (local.set $sum (i32.add (local.get $sum)
        (block $caught (result i32)
          (try_table (catch $e $caught) (throw $e (i32.const 1)))
          (unreachable))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "host") (param $n i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $same (local.get $n))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "far") (param $n i32) (result i32)
    (local $at i32) (local $v v128)
    (loop $again
      (local.set $at (i32.and (local.get $n) (i32.const 255)))
      (i32.store $far (local.get $at) (local.get $n))
      (i64.store $wide offset=8 (i64.extend_i32_u (local.get $at)) (i64.load $far (local.get $at)))
      (local.set $v (i8x16.add (i32x4.splat (local.get $n)) (v128.load $wide (i64.const 8))))
      (v128.store8_lane $far 3 (local.get $at) (local.get $v))
      (v128.store64_lane $wide 1 (i64.extend_i32_u (local.get $at)) (local.get $v))
      (v128.store $far offset=1 (local.get $at) (local.get $v))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load $far (local.get $at)))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32) (local $f f64)
    (loop $again
      (block $c (block $b (block $a
        (br_table $a $b $c (i32.rem_u (local.get $n) (i32.const 3))))
        (local.set $sum (i32.add (local.get $sum) (i32.const 3))) (br $c))
        (local.set $f (f64.add (local.get $f) (f64.const 0.5))))
      (local.set $sum (i32.xor (local.get $sum)
        (call_indirect (type $unary) (local.get $n) (i32.and (local.get $n) (i32.const 1)))))
      (local.set $sum (i32.add (local.get $sum) (call $frame (local.get $n))))
      (if (i32.eqz (i32.lt_s (local.get $sum) (i32.const 0)))
        (then (local.set $sum (i32.rotl (local.get $sum) (i32.const 3)))))
      (i32.store8 (i32.and (local.get $n) (i32.const 63)) (local.get $sum))
      (local.set $sum (i32.add (local.get $sum)
        (i32.load8_u (i32.add (i32.shl (i32.and (local.get $n) (i32.const 7)) (i32.const 2)) (i32.const 0)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $sum) (i32.trunc_sat_f64_s (local.get $f)))))
"#;

fn run(name: &str, turns: i32, fuel: bool) -> i32 {
    let parts = EngineParts {
        interpreter: coracle_interp::tier(),
        compiler: None,
        strategy: coracle_vm::tier::TierStrategy::interpreter_alone(),
        settings: Settings { fuel, epochs: fuel, ..Settings::default() },
    };
    let engine = internals::new_engine(parts);
    let bytes = wat::parse_str(PROGRAM).expect("the program is well-formed");
    let module = coracle_vm::module::Module::from_bytes(&engine, Bytes::Shared(bytes.into())).expect("and valid");
    let mut store = Store::new(&engine, ());
    if fuel {
        store.set_fuel(1 << 40).expect("fuel is on");
        store.set_epoch_deadline(1 << 20);
    }
    let same = Func::wrap(&mut store, |x: i32| x);
    let instance = Instance::new(&mut store, &coracle_vm::internals::embed_module(module), &[same.into()])
        .expect("what it imports");
    let run = instance.get_typed_func::<i32, i32>(&mut store, name).expect("exported");
    run.call(&mut store, turns).expect("no trap")
}

#[test]
fn a_hundred_million_dispatches() {
    // Without optimisation it would take long.
    let turns = if matches!(env!("CORACLE_OPT_LEVEL"), "0" | "1") { TURNS / 100 } else { TURNS };
    // Exceptions take a while, but not much stack either.
    for (name, turns) in [("run", turns), ("far", turns), ("host", turns / 40), ("catch", turns / 40)] {
        let [plain, fuel] = [false, true].map(|fuel| {
            let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || run(name, turns, fuel));
            thread.expect("a thread").join().expect("no panic")
        });
        assert_eq!(plain, fuel, "{name}: fuel and epochs change nothing");
        println!("{name}: {turns} turns, {} dispatch: {plain}", coracle_interp::tier::DISPATCHER);
    }
}
