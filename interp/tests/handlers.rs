//! What the compiler made of the handlers: that each jumps to the next, and most without a frame on the host's stack; and of
//! the portable loop: that it calls nothing.
//!
//! The machine code is read from the test's own binary: the interpreter says where handlers lie, the symbol table where
//! they end. `tests/profiles` runs this file and `depth.rs` once more, in the profiles of packages that depend on ours.

#[path = "handlers/elf.rs"]
mod elf;

use coracle_interp::tier;
use elf::Elf;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, OpAccess, Register};
use std::collections::{BTreeMap, BTreeSet};

/// As cargo's profile has it for this package.
const OPT_LEVEL: &str = env!("CORACLE_OPT_LEVEL");

/// Handlers that end a run and go nowhere.
const ENDS: [&str; 2] = ["exit", "unreachable"];

/// Handlers that may make a frame on the host's stack, by how their names begin: those that call the runtime or a
/// function of the mathematical library, those that copy runs of cells, and those that want more registers than there
/// are. In others it would cost every run of the op.
const FRAMED: &[&str] = &[
    "lazy",
    "foreign",
    "call",
    "return_call",
    "return_n",
    "copy_run",
    "zero",
    "throw",
    "memory.",
    "table.",
    "elem.",
    "data.",
    "atomic8.rmw",
    "atomic16.",
    "atomic32.",
    "atomic64.",
    "i32.div_s",
    "i64.div_s",
    "i64.add128",
    "i64.sub128",
    "i8x16.shuffle",
    "i8x16.swizzle",
    "i8x16.bitmask",
    "i16x8.bitmask",
    "i32x4.bitmask",
    "i32x4.dot",
    "i32x4.relaxed_dot",
    "i32x4.trunc_sat_f32x4",
    "i64x2.ext_mul",
    "f32x4.relaxed",
    "f64x2.relaxed",
    "v128.bitselect",
    "v128.load16x4_s",
    "v128.store8_lane",
];

/// The same where the compiler makes no vectors of lanes that stand side by side: below opt-level 3.
const FRAMED_LANES: &[&str] = &["i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "v128"];

/// What a function's machine code shows.
#[derive(Default)]
struct Facts {
    /// It jumps to an address that it computed, or to another function.
    jumps: bool,
    /// It moves the host's stack pointer on a way to such a jump.
    frame: bool,
    /// It calls, and returns what that returned: it may have lost a jump.
    lost: bool,
}

/// The facts on x86-64.
fn facts_x86(code: &[u8], address: u64) -> Facts {
    let all: Vec<Instruction> = Decoder::with_ip(64, code, address, DecoderOptions::NONE).into_iter().collect();
    let index: BTreeMap<u64, usize> = all.iter().enumerate().map(|(i, one)| (one.ip(), i)).collect();
    let mut info = InstructionInfoFactory::new();
    let mut facts = Facts::default();
    // All ways from the first instruction on, each instruction once with a frame and once without.
    let (mut seen, mut ways) = (BTreeSet::new(), vec![(0, false)]);
    while let Some((i, framed)) = ways.pop() {
        let Some(one) = all.get(i).filter(|_| seen.insert((i, framed))) else { continue };
        let flow = one.flow_control();
        let call = matches!(flow, FlowControl::Call | FlowControl::IndirectCall);
        let framed = framed || call || writes(&mut info, one, Register::RSP);
        facts.lost |= call && returns_at_once(&all, &index, &mut info, i + 1);
        let target = index.get(&one.near_branch_target());
        if flow == FlowControl::IndirectBranch || is_branch(flow) && target.is_none() {
            facts.jumps = true;
            facts.frame |= framed;
        }
        ways.extend(target.filter(|_| is_branch(flow)).map(|&target| (target, framed)));
        if call || matches!(flow, FlowControl::Next | FlowControl::ConditionalBranch) {
            ways.push((i + 1, framed));
        }
    }
    facts
}

/// Whether an instruction may go on where it says.
fn is_branch(flow: FlowControl) -> bool {
    matches!(flow, FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch)
}

/// Whether an instruction writes a register of 64 bits, or a part of it.
fn writes(info: &mut InstructionInfoFactory, one: &Instruction, register: Register) -> bool {
    let used = info.info(one).used_registers().iter();
    used.filter(|used| used.register().full_register() == register)
        .any(|used| !matches!(used.access(), OpAccess::Read | OpAccess::CondRead | OpAccess::NoMemAccess))
}

/// Whether nothing but the frame's end lies between an instruction and a return: no other result, nothing written.
fn returns_at_once(
    all: &[Instruction],
    index: &BTreeMap<u64, usize>,
    info: &mut InstructionInfoFactory,
    from: usize,
) -> bool {
    let mut at = from;
    for _ in 0..64 {
        let Some(one) = all.get(at) else { return false };
        match one.flow_control() {
            FlowControl::Return => return true,
            FlowControl::Next => {}
            FlowControl::UnconditionalBranch => match index.get(&one.near_branch_target()) {
                Some(&target) => {
                    at = target;
                    continue;
                }
                None => return false,
            },
            _ => return false,
        }
        let stores = info.info(one).used_memory().iter().any(|memory| {
            memory.base() != Register::RSP && !matches!(memory.access(), OpAccess::Read | OpAccess::NoMemAccess)
        });
        if stores || writes(info, one, Register::RAX) {
            return false;
        }
        at += 1;
    }
    false
}

/// The facts on AArch64, as far as single words show them.
fn facts_aarch64(code: &[u8]) -> Facts {
    let words = || code.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    // br x0 … x30
    let jumps = words().any(|word| word & 0xffff_fc1f == 0xd61f_0000);
    // sub sp, sp, #…; stp x, x, [sp, #-…]!
    let frame = words().any(|word| word & 0xff00_03ff == 0xd100_03ff || word & 0xffc0_03e0 == 0xa980_03e0);
    Facts { jumps, frame, lost: false }
}

fn facts(code: &[u8], address: u64) -> Facts {
    if cfg!(target_arch = "aarch64") { facts_aarch64(code) } else { facts_x86(code, address) }
}

#[test]
fn the_dispatcher_suits_the_profile() {
    let optimised = matches!(OPT_LEVEL, "2" | "3");
    let known = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    let tail = optimised && known && !cfg!(debug_assertions) && !cfg!(feature = "portable-dispatch");
    println!("{} dispatch at opt-level {OPT_LEVEL}", tier::DISPATCHER);
    assert_eq!(tier::DISPATCHER, if tail { "tail" } else { "loop" });
}

#[test]
fn handlers_end_in_jumps() {
    if tier::DISPATCHER != "tail" {
        return println!("skipped: no handlers");
    }
    let Some(elf) = Elf::own() else {
        return println!("skipped: not an ELF of 64 bits that can be read");
    };
    let (mut checked, mut frames) = (0, 0);
    let (mut without, mut framed) = (BTreeSet::new(), BTreeSet::new());
    for (name, word) in tier::ops().zip(tier::code_words()) {
        let Some((address, code)) = elf.function_at(word) else {
            panic!("no symbol for {name}: has the binary been stripped?");
        };
        let facts = facts(code, address);
        checked += 1;
        frames += usize::from(facts.frame);
        if facts.lost || !facts.jumps && !ENDS.contains(&&*name) {
            without.insert(name.clone());
        }
        let begins = |known: &&str| name.starts_with(known);
        let may_have = FRAMED.iter().any(begins) || OPT_LEVEL != "3" && FRAMED_LANES.iter().any(begins);
        if facts.frame && !may_have {
            framed.insert(name);
        }
    }
    // What handlers jump to in rare cases goes on from there as they do.
    let mut rare = 0;
    for (name, address, code) in elf.functions_named("coracle_interp", "8dispatch4rare") {
        rare += 1;
        if facts(code, address).lost {
            without.insert(name);
        }
    }
    println!("{checked} handlers, {frames} with a frame, {} that lost their jump; {rare} rare ones", without.len());
    assert!(checked > 1000 && rare > 3, "{checked}, {rare}");
    assert!(without.is_empty(), "handlers that do not jump to the next: {without:?}");
    assert!(framed.is_empty(), "handlers that make a frame of their own: {framed:?}");
}

/// Around a call the loop would have its registers in memory, and then has them there for all ops.
#[test]
fn the_loop_calls_nothing() {
    let Some(elf) = Elf::own().filter(|_| cfg!(target_arch = "x86_64") && OPT_LEVEL == "3") else {
        return println!("skipped: not x86-64 at opt-level 3");
    };
    // So that it is part of this binary.
    std::hint::black_box(tier::tier());
    let loops = elf.functions_named("coracle_interp", "8dispatch3ops").collect::<Vec<_>>();
    for (name, address, code) in &loops {
        let all = Decoder::with_ip(64, code, *address, DecoderOptions::NONE).into_iter();
        let calls = all.filter(|one| matches!(one.flow_control(), FlowControl::Call | FlowControl::IndirectCall));
        assert_eq!(calls.count(), 0, "calls in {name}, of {} bytes", code.len());
    }
    let portable = tier::DISPATCHER == "loop" && !cfg!(debug_assertions);
    assert_eq!(loops.len(), usize::from(portable), "{}", tier::DISPATCHER);
}
