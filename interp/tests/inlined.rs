//! Which callees stand in the code of their callers, seen in the code: `tests/tiers/small.rs` shows that nobody notices.

use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::Bytes;
use coracle_vm::engine::{EngineParts, Settings};
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::tier::TierStrategy;
use coracle_vm::tuning::{TierPolicy, Tuning};

/// How many calls the code of function 0 has, of a module of these functions.
fn calls(funcs: &str, policy: TierPolicy) -> usize {
    let parts = EngineParts {
        interpreter: coracle_interp::tier(),
        compiler: None,
        strategy: TierStrategy::new(policy, Tuning::default()),
        settings: Settings::default(),
    };
    let engine = internals::new_engine(parts);
    let bytes = wat::parse_str(format!("(module (memory 1) (tag $e) {funcs})")).expect("well-formed");
    let module = Module::from_bytes(&engine, Bytes::Shared(bytes.into())).expect("valid");
    let code = internals::interpreter(&engine).print_code(&module, DefinedFuncIndex::from_u32(0));
    code.expect("it is translated").matches(": call").count()
}

#[test]
fn small_callees_are_inlined_where_nothing_is_compiled() {
    let large = "(drop (i32.load (local.get 0)))".repeat(8);
    let chain: String = (1..9).map(|i| format!("(func $c{i} (result i32) (call $c{}))", i + 1)).collect();
    let cases = [
        ("(func (result i32) (call $f (i32.const 1))) (func $f (param i32) (result i32) (local.get 0))".into(), 0),
        (format!("(func (call $f (i32.const 1))) (func $f (param i32) {large})"), 1),
        (format!("(func (loop (call $f (i32.const 1)) (br 0))) (func $f (param i32) {large})"), 0),
        ("(func (call $f)) (func $f (throw $e))".into(), 1),
        ("(func (call $f)) (func $f (return_call $f))".into(), 1),
        ("(func (call $f) drop drop) (func $f (result i32 i32) i32.const 1 i32.const 2)".into(), 1),
        // Once in itself, and then it is called.
        ("(func $f (call $f))".into(), 1),
        // Four deep, and then it is called.
        (format!("(func (result i32) (call $c1)) {chain} (func $c9 (result i32) (i32.const 1))"), 1),
        // Not more than fits into so many bytes.
        (format!("(func {}) (func $f (block (loop)))", "(call $f)".repeat(1000)), 1000 - 1024 / 8),
    ];
    for (funcs, expected) in cases {
        assert_eq!(calls(&funcs, TierPolicy::Off), expected, "{funcs}");
        assert!(calls(&funcs, TierPolicy::InterpreterOnly) > 0, "{funcs}");
    }
}
