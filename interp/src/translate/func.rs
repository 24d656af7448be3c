//! The state of a translation: what is known of the function at the operator that comes next.

use crate::code::{HEAD_WORDS, Handler};
use crate::exec::machine::COMPACT;
use crate::exec::ops::Row;
use crate::translate::operand::{Acc, Last, Opd, Operands, Sum};
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::{DefinedFuncIndex, TypeIndex};
use coracle_image::module::FuncType;
use coracle_vm::body::FuncBody;
use coracle_vm::tier::slot::slot_bytes;
use coracle_vm::tier::{InlinedBody, LoopHead, Prepaid, Slot, VmLayout};

/// Cells that a frame may have: slot numbers have 16 bits, and headers want room behind.
pub(crate) const MAX_FRAME_CELLS: u32 = 65_000;

/// No entry, no slot.
pub(crate) const NONE: u32 = u32::MAX;

/// What a translation is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To run.
    Run,
    /// To be shown, or looked at.
    #[cfg(op_forms)]
    Print,
    /// To find where ops come from.
    Offsets,
    /// To find where everything lies at the head of this loop.
    Head(u32),
    /// To be run on such a machine.
    #[cfg_attr(not(op_forms), expect(dead_code, reason = "builds that know no ops by name prepare none"))]
    Prepare(Machine),
}

/// What code says of the machine that it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Whether it has few ops.
    pub(crate) compact: bool,
    /// Bytes of its addresses.
    pub(crate) word_bytes: usize,
    /// Added to the numbers of function types, which are those of the module.
    pub(crate) first_sig: u32,
}

/// A function on its way from body to code.
pub(crate) struct Func<'a> {
    pub(crate) body: FuncBody<'a>,
    pub(crate) slot: *const Slot,
    pub(crate) purpose: Purpose,
    /// Whether it is to have few ops, also where this build has all.
    fewer: bool,
    /// Where contexts keep their arrays.
    pub(crate) layout: VmLayout,
    /// Code word, operands, code word, …; the head comes first.
    pub(crate) words: Vec<u64>,
    /// The last op, as long as nothing may come between it and the next.
    pub(crate) last: Option<Last>,
    /// The one before it, if nothing came between.
    pub(crate) previous: Option<Last>,
    pub(crate) acc: Acc,
    pub(crate) locals: Vec<Local>,
    pub(crate) stack: Vec<Entry>,
    /// Entries of `stack` from the bottom that are known to be no notes of locals.
    pub(crate) settled: usize,
    /// The first canonical slot.
    pub(crate) first_cell: u32,
    /// The greatest cell that any frame content reaches.
    pub(crate) max_cell: u32,
    /// Whose bodies the one that is translated now is inlined in, outermost first; and its first local.
    pub(crate) callers: Vec<Caller<'a>>,
    pub(crate) first_local: u32,
    /// How many bytes of bodies were looked at to be inlined, how many of them were, and where they lie.
    pub(crate) looked_at: usize,
    pub(crate) inlined_bytes: usize,
    pub(crate) inlined: Vec<InlinedBody>,
    pub(crate) frames: Vec<Frame<'a>>,
    pub(crate) fixes: Vec<Fix>,
    /// Whether code is skipped, and how many blocks were opened meanwhile.
    pub(crate) dead: bool,
    pub(crate) dead_depth: u32,
    pub(crate) tables: u32,
    /// Clauses of the `try_table` blocks that are open, and of those that have ended.
    pub(crate) handlers: Vec<Handler>,
    pub(crate) finished_handlers: Vec<Handler>,
    /// How many loops have begun, reachable or not.
    pub(crate) loops: u32,
    /// The loop head that was asked for.
    pub(crate) head: Option<LoopHead>,
    /// The fuel block at hand, what was charged together with others, and where each of that comes from (`fuel`).
    pub(crate) fuel: Option<FuelBlock>,
    pub(crate) joined: Vec<Joined>,
    pub(crate) parts: Vec<Part>,
    pub(crate) part_callers: Vec<(DefinedFuncIndex, u32)>,
    pub(crate) prepaid: Vec<Prepaid>,
    /// The last branch, in the form that pays for fuel ops.
    pub(crate) paying: u16,
    /// The last branch on a comparison, and the last on a sum.
    pub(crate) compared: Option<Compared>,
    pub(crate) stepped: Option<Stepped>,
    pub(crate) zeros: Zeros,
    /// How much work is done (`heat`).
    pub(crate) work: Work,
    /// The last `i32.store` of a slot.
    pub(crate) slot_store: Option<SlotStore>,
    /// The last `global.set` of a sum.
    pub(crate) global_sum: Option<GlobalSum>,
    pub(crate) offsets: Vec<(u32, u32)>,
    pub(crate) offset: u32,
    /// The first op whose operands were not put in the order of the table, and the operand.
    #[cfg(verify_code)]
    pub(crate) misplaced: Option<(u16, crate::exec::operand::Name)>,
}

/// A wasm local.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    pub(crate) slot: u16,
    pub(crate) wide: bool,
    /// The topmost note of it on the operand stack.
    pub(crate) noted: u32,
    /// Whether it counts as written (`zero`).
    pub(crate) written: bool,
    /// What a parameter of an inlined body stands for: a constant, or a note of another local.
    pub(crate) stands_for: Option<Kind>,
}

impl Local {
    pub(crate) fn new(slot: u16, wide: bool, written: bool) -> Self {
        Self { slot, wide, noted: NONE, written, stands_for: None }
    }
}

/// What an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In its canonical slot.
    Temp,
    /// A note of a local, and the next note of the same local below.
    Local(u32, u32),
    /// The sum, as `i32`, of a local that is noted likewise, and a number.
    Sum(u32, u32, u32),
    /// A constant, as a cell holds it.
    Const(u64),
}

/// An operand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its canonical slot.
    pub(crate) cell: u16,
    pub(crate) wide: bool,
    pub(crate) kind: Kind,
}

/// A forward branch whose target is not known yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fix {
    /// Where its op begins.
    pub(crate) at: u32,
    /// Which half word holds the distance.
    pub(crate) half: u32,
    /// The next branch to the same label.
    pub(crate) next: u32,
}

/// What kind of block this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "`block` is what the specification calls it")]
pub(crate) enum Block {
    /// The function's body.
    Body,
    /// `block`.
    Block,
    /// `loop`, whose head lies there.
    Loop(u32),
    /// `if` before its `else`; the branches that skip it.
    If(u32),
    /// `else`.
    Else,
    /// `try_table`: where it begins, and its first clause.
    Try(u32, u32),
    /// The body of a callee (`inline`).
    Inlined,
}

/// The type of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signature<'a> {
    Empty,
    One(bool),
    Func(&'a FuncType),
}

/// An open block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) block: Block,
    pub(crate) signature: Signature<'a>,
    /// Operands below the block's own.
    pub(crate) base: usize,
    /// The canonical slot of the first parameter, and of the first result.
    pub(crate) cell: u16,
    /// Forward branches to the end.
    pub(crate) fixes: u32,
    /// The `br_table` that last looked at this label, whether it needs a stub, and the branches to it.
    pub(crate) table: u32,
    pub(crate) stub: bool,
    pub(crate) stub_fixes: u32,
    /// How many writes of locals counted when it began.
    pub(crate) writes: usize,
    /// The branch that a loop begins with, and the block that it leaves.
    pub(crate) exit: Option<(Compared, usize)>,
    /// How often it is entered, and how often a branch comes to its label (`heat`).
    pub(crate) entered: u32,
    pub(crate) arrived: u32,
}

/// A body that waits while one that it calls is translated in its place.
pub(crate) struct Caller<'a> {
    pub(crate) body: FuncBody<'a>,
    pub(crate) first_cell: u32,
    pub(crate) first_local: u32,
    /// Where its call stands in the module's binary.
    pub(crate) offset: u32,
    /// Where the callee's code begins, and the number of its block.
    pub(crate) start: usize,
    pub(crate) frame: usize,
}

/// The fuel block at hand, whose op may charge for blocks before it as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FuelBlock {
    /// Where the op stands, and the first of the blocks before that are charged by it.
    pub(crate) at: usize,
    pub(crate) first: usize,
    /// The block itself.
    pub(crate) part: Part,
    /// Whether nothing came since the op that looks at the fuel or lets others look.
    pub(crate) quiet: bool,
}

/// A block that may be charged together with others: where its ops begin, what it costs, the first free slot there, and
/// where in the binary that is, with the callers in whose frame it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) at: usize,
    pub(crate) cost: u32,
    pub(crate) top: u16,
    pub(crate) offset: u32,
    pub(crate) callers: (usize, usize),
}

/// Blocks that the fuel op at `at` charges for together: from the first to before the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joined {
    pub(crate) at: usize,
    pub(crate) first: usize,
    pub(crate) end: usize,
}

/// What is known of the locals' first reads and writes.
#[derive(Debug, Default)]
pub(crate) struct Zeros {
    /// Where the op stands, if there are locals that are no parameters.
    pub(crate) at: Option<usize>,
    /// The cells that have to be zero: the first, and the end.
    pub(crate) cells: Option<(u32, u32)>,
    /// Locals that count as written, in order of the writes.
    pub(crate) written: Vec<u32>,
    /// The words in whose upper half or lower half (`false`) a distance from the start of the code lies.
    pub(crate) distances: Vec<(u32, bool)>,
}

/// How much work is done, as far as it is reckoned (`heat`).
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// How often the next operator runs.
    pub(crate) often: u32,
    /// What operators cost, each as often as it runs.
    pub(crate) sum: u64,
    /// What is reckoned: the body first, then the open loops.
    pub(crate) open: Vec<Reckoned>,
}

/// A body or a loop that is open.
#[derive(Debug)]
pub(crate) struct Reckoned {
    /// Where its op that counts begins.
    pub(crate) at: usize,
    /// How many blocks were open around it.
    pub(crate) depth: usize,
    /// How often it is entered, and the sum of what is around it.
    pub(crate) often: u32,
    pub(crate) sum: u64,
}

/// A branch on a comparison of a slot: where it begins, and what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared {
    pub(crate) at: u32,
    pub(crate) row: Row,
    pub(crate) a: u16,
    pub(crate) b: Opd,
}

/// A branch on a sum: where it begins, and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Stepped {
    pub(crate) at: u32,
    pub(crate) row: Row,
    pub(crate) form: u8,
    pub(crate) sum: Sum,
    pub(crate) operands: Operands,
}

/// The last `i32.store` of a slot: where it stands and comes from, the address, the value and the offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotStore {
    pub(crate) at: usize,
    pub(crate) from: u32,
    pub(crate) base: u16,
    pub(crate) value: u16,
    pub(crate) offset: u32,
}

/// The last `global.set` of a sum: the global's place, the slot and the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlobalSum {
    pub(crate) at: usize,
    pub(crate) slot: u16,
    pub(crate) place: u32,
    pub(crate) number: u32,
}

impl<'a> Func<'a> {
    pub(crate) fn new(body: FuncBody<'a>, purpose: Purpose) -> Result<Self> {
        let mut words = Vec::new();
        reserve(&mut words, HEAD_WORDS + body.bytes.len() / 2)?;
        words.resize(HEAD_WORDS, 0);
        let (fewer, layout) = match purpose {
            Purpose::Prepare(machine) => (machine.compact, body.module.layout_on(machine.word_bytes)),
            _ => (false, body.module.layout().clone()),
        };
        Ok(Self {
            fewer,
            layout,
            slot: body.module.slot(body.defined),
            purpose,
            words,
            last: None,
            previous: None,
            acc: Acc::none(!fewer),
            locals: Vec::new(),
            stack: Vec::new(),
            settled: 0,
            first_cell: 0,
            max_cell: 0,
            callers: Vec::new(),
            first_local: 0,
            looked_at: 0,
            inlined_bytes: 0,
            inlined: Vec::new(),
            frames: Vec::new(),
            fixes: Vec::new(),
            dead: false,
            dead_depth: 0,
            tables: 0,
            handlers: Vec::new(),
            finished_handlers: Vec::new(),
            loops: 0,
            head: None,
            fuel: None,
            joined: Vec::new(),
            parts: Vec::new(),
            part_callers: Vec::new(),
            prepaid: Vec::new(),
            paying: 0,
            compared: None,
            stepped: None,
            zeros: Zeros::default(),
            work: Work::default(),
            slot_store: None,
            global_sum: None,
            offsets: Vec::new(),
            offset: body.offset as u32,
            #[cfg(verify_code)]
            misplaced: None,
            body,
        })
    }

    /// Makes room for what an operator writes, pushes and notes, but for long `br_table`s.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory.
    #[inline]
    pub(crate) fn make_room(&mut self) -> Result<()> {
        // Each operand that is only noted may have to be moved to its place.
        let words = 24 + 3 * self.stack.len().saturating_sub(self.settled);
        reserve(&mut self.words, words)?;
        reserve(&mut self.stack, 2)?;
        reserve(&mut self.fixes, 4)?;
        reserve(&mut self.zeros.distances, 4)
    }

    /// The same for operators that are not frequent, among them all that open blocks.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory.
    pub(crate) fn make_more_room(&mut self) -> Result<()> {
        reserve(&mut self.frames, 1)?;
        reserve(&mut self.work.open, 1)?;
        let unwritten = self.locals.len().saturating_sub(self.zeros.written.len());
        reserve(&mut self.zeros.written, unwritten)?;
        let (offsets, callers) = if self.notes() { (64, 4 * self.callers.len()) } else { (0, 0) };
        reserve(&mut self.part_callers, callers)?;
        reserve(&mut self.offsets, offsets)
    }

    /// Whether it is to have few ops: none takes an operand from an accumulator, and no shortcut.
    #[inline(always)]
    pub(crate) fn few(&self) -> bool {
        COMPACT || self.fewer
    }

    /// Whether it is noted where ops come from.
    pub(crate) fn notes(&self) -> bool {
        matches!(self.purpose, Purpose::Offsets | Purpose::Prepare(_))
    }

    /// The distance of a function's slot from the first, in bytes.
    pub(crate) fn slot_place(&self, func: DefinedFuncIndex) -> u32 {
        let word_bytes = match self.purpose {
            Purpose::Prepare(machine) => machine.word_bytes,
            _ => size_of::<usize>(),
        };
        func.as_u32() * slot_bytes(word_bytes) as u32
    }

    /// The number that a function type is compared by.
    pub(crate) fn sig(&self, ty: u32) -> u32 {
        let types = &self.body.module.data().types;
        let sig = types[TypeIndex::from_u32(ty)];
        match self.purpose {
            // Equal types have one number.
            Purpose::Prepare(machine) => {
                let first = types.values().position(|&other| other == sig).unwrap_or_default();
                machine.first_sig + first as u32
            }
            _ => sig.as_u32(),
        }
    }

    pub(crate) fn frame_cells(&self) -> usize {
        self.max_cell as usize
    }

    /// The slot of this frame's header: behind the parameters or results, whichever are more.
    pub(crate) fn header(&self) -> u16 {
        self.body.ty.param_cells().max(self.body.ty.result_cells()) as u16
    }

    /// An error that validation should have found.
    #[cold]
    pub(crate) fn unexpected(&self, what: &str) -> Error {
        coracle_error::bug!("translating a body at offset {:#x}: {what}", self.offset)
    }
}

impl Signature<'_> {
    pub(crate) fn params(&self) -> usize {
        match self {
            Self::Func(ty) => ty.params.len(),
            _ => 0,
        }
    }
    pub(crate) fn results(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(_) => 1,
            Self::Func(ty) => ty.results.len(),
        }
    }
}

impl Zeros {
    /// How many locals count as written.
    pub(crate) fn mark(&self) -> usize {
        self.written.len()
    }
}

/// Makes room for `count` more.
///
/// # Errors
/// `ErrorKind::Resource` when there is no memory.
#[inline]
pub(crate) fn reserve<T>(list: &mut Vec<T>, count: usize) -> Result<()> {
    list.try_reserve(count).map_err(|_| no_memory())
}

/// There is no memory for a translation.
#[cold]
pub(crate) fn no_memory() -> Error {
    Error::fault(ErrorKind::Resource, "no memory to translate a function")
}

/// What the reader says of a body that validation should have refused.
#[cold]
pub(crate) fn malformed(error: wasmparser::Error) -> Error {
    Error::fault_at(ErrorKind::Invalid, alloc::string::String::from(error.message()), error.offset())
}
