//! The state of one translation, and what every operator's translation does with it: operands, labels, returns.

use crate::compile::asks::Asks;
use crate::compile::cells::store_cells;
use crate::compile::env::Env;
use crate::compile::inlinees::{Inlinees, Inlining};
use crate::compile::links::Links;
use crate::compile::osr::OsrHead;
use crate::compile::refusal::Refusal;
use crate::compile::sig::clif_type;
use coracle_error::shared::Arc;
use coracle_image::entity::{DefinedFuncIndex, TypeIndex};
use coracle_image::module::{FuncType, ValType};
use coracle_vm::body::FuncBody;
use coracle_vm::internals;
use cranelift_codegen::ir::{Block, BlockArg, Inst, InstBuilder, SourceLoc, StackSlot, Type, Value};
use cranelift_frontend::{FunctionBuilder, Variable};
use wasmparser::{BlockType, Catch};

/// What a label belongs to.
pub(crate) enum Kind {
    /// `block`, and the function itself.
    Block,
    /// `loop`, with its head.
    Loop(Block),
    /// The first arm of `if`: the block of the second, and its parameters.
    If { otherwise: Block, params: Vec<Value> },
    /// The second arm.
    Else,
    /// `try_table`.
    Try(Try),
}

/// Where what is thrown in a `try_table` goes.
pub(crate) struct Try {
    /// The block that asks the clauses.
    pub(crate) landing: Block,
    /// The clauses.
    pub(crate) catches: Vec<Catch>,
    /// How many ways lead to the landing so far.
    pub(crate) ways: usize,
    /// How often locals had been set when the `try_table` began.
    pub(crate) sets: usize,
}

impl Kind {
    /// Whether it makes Cranelift's own nests deeper: loops and conditions do.
    pub(crate) fn nests(&self) -> bool {
        !matches!(self, Self::Block | Self::Try(_))
    }
}

/// An open block.
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    /// Where control goes behind the block.
    pub(crate) end: Block,
    /// Whether a branch goes there.
    pub(crate) branched: bool,
    pub(crate) params: usize,
    pub(crate) results: usize,
    /// Operands below the block's own.
    pub(crate) height: usize,
}

impl Frame {
    fn label_arity(&self) -> usize {
        match self.kind {
            Kind::Loop(_) => self.params,
            _ => self.results,
        }
    }
}

/// The state of one translation.
pub(crate) struct Translator<'a, 'f> {
    /// The CLIF builder.
    pub(crate) b: FunctionBuilder<'f>,
    /// What code reaches.
    pub(crate) env: Env<'a>,
    /// Functions that code names.
    pub(crate) links: &'a mut Links,
    /// The function whose code is being made: the one that is compiled, or one in the place of a call.
    pub(crate) body: FuncBody<'a>,
    /// The one that is compiled, and its module's key.
    pub(crate) home: (usize, DefinedFuncIndex),
    /// What may stand in the place of calls.
    pub(crate) inlinees: &'a Inlinees,
    /// What does.
    pub(crate) inlining: Inlining,
    /// Where the body's own label stands among `frames`.
    pub(crate) base: usize,
    /// Operands.
    pub(crate) stack: Vec<Value>,
    /// Where results go that do not fit in registers.
    pub(crate) result_area: Option<Value>,
    /// Where the operator at hand stands in the module's binary.
    pub(crate) offset: u64,
    /// The entry in front of a loop, if this is an OSR function, until the loop is met.
    pub(crate) osr: Option<OsrHead<'a>>,
    /// Loops that are open before that: where each stands among `frames`, and the operands below it.
    pub(crate) below: Vec<(usize, Vec<Variable>)>,
    /// What is being charged, where fuel is counted.
    pub(crate) fuel: Option<FuelBlock>,
    /// What is asked when it is used up, and when the epoch is over.
    pub(crate) asks: Asks,
    /// Room for the arguments of exceptions, by its bytes.
    pub(crate) tag_cells: Vec<(u32, StackSlot)>,
    /// The locals.
    pub(crate) locals: Vec<(Variable, Type)>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) reachable: bool,
    /// The block in which straight code began; none where it is a loop's or the function's first.
    pub(crate) straight: Option<Block>,
    /// Blocks opened in code that nothing reaches.
    pub(crate) dead: usize,
    pub(crate) loops: u32,
    /// How often locals have been set, in the order of the body.
    pub(crate) sets: usize,
    /// Operands that branches carry and values that loops and landings join, all of them counted.
    pub(crate) carried: usize,
    /// Loops and conditions that are open.
    pub(crate) nesting: usize,
}

/// The block that is being charged.
pub(crate) struct FuelBlock {
    /// The operator in front of which it begins.
    pub(crate) offset: u64,
    /// The constant to fill in, once there is one.
    pub(crate) constant: Option<Inst>,
    /// What it costs so far.
    pub(crate) cost: u32,
}

impl<'a, 'f> Translator<'a, 'f> {
    /// A translation whose builder stands in the block where the normal start goes on.
    pub(crate) fn new(
        b: FunctionBuilder<'f>,
        env: Env<'a>,
        links: &'a mut Links,
        body: FuncBody<'a>,
        inlinees: &'a Inlinees,
        result_area: Option<Value>,
        osr: Option<OsrHead<'a>>,
    ) -> Self {
        Self {
            b,
            env,
            links,
            home: (body.module.key(), body.defined),
            inlinees,
            inlining: Inlining::default(),
            base: 0,
            stack: Vec::new(),
            result_area,
            offset: body.offset as u64,
            body,
            osr,
            below: Vec::new(),
            fuel: None,
            asks: Asks::default(),
            tag_cells: Vec::new(),
            locals: Vec::new(),
            frames: Vec::new(),
            reachable: true,
            straight: None,
            dead: 0,
            loops: 0,
            sets: 0,
            carried: 0,
            nesting: 0,
        }
    }

    /// The topmost operand, taken off.
    pub(crate) fn pop(&mut self) -> Value {
        self.stack.pop().expect("the body was validated")
    }

    /// The two topmost operands, taken off; the deeper one first.
    pub(crate) fn pop2(&mut self) -> (Value, Value) {
        let y = self.pop();
        (self.pop(), y)
    }

    /// The topmost operand, left there.
    pub(crate) fn peek(&self) -> Value {
        *self.stack.last().expect("the body was validated")
    }

    /// The topmost `count` operands, taken off.
    pub(crate) fn pop_many(&mut self, count: usize) -> Vec<Value> {
        let at = self.stack.len() - count;
        self.stack.split_off(at)
    }

    /// Where what is thrown here goes, if an open `try_table` of this body has it.
    pub(crate) fn landing(&mut self) -> Option<Block> {
        self.frames.iter_mut().rev().find_map(|frame| match &mut frame.kind {
            Kind::Try(handlers) => {
                handlers.ways += 1;
                Some(handlers.landing)
            }
            _ => None,
        })
    }

    /// From now on instructions are of the operator at hand.
    pub(crate) fn set_place(&mut self) {
        let place = self.place();
        self.b.set_srcloc(SourceLoc::new(place));
    }

    /// Goes on in a block that straight code begins with.
    pub(crate) fn begin_straight(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.straight = Some(block);
    }

    /// The straight code that ends here is hardly ever run: machine code of it stands out of the way.
    pub(crate) fn is_cold(&mut self) {
        if let (Some(first), Some(last)) = (self.straight, self.b.current_block()) {
            self.b.set_cold_block(first);
            self.b.set_cold_block(last);
        }
    }

    /// Nothing behind this point is reached.
    pub(crate) fn set_unreachable(&mut self) {
        self.reachable = false;
    }

    /// A block with parameters of these types.
    pub(crate) fn label_block(&mut self, types: &[Type]) -> Block {
        let block = self.b.create_block();
        for &ty in types {
            self.b.append_block_param(block, ty);
        }
        block
    }

    pub(crate) fn block_type(&self, ty: BlockType) -> Result<(Vec<Type>, Vec<Type>), Refusal> {
        Ok(match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(ty) => (Vec::new(), vec![value_type(ty)?]),
            BlockType::FuncType(index) => {
                let ty = self.type_at(index);
                (types(&ty.params), types(&ty.results))
            }
        })
    }

    /// A function type of the module's own index space.
    pub(crate) fn type_at(&self, index: u32) -> Arc<FuncType> {
        let module = self.env.module;
        internals::func_type(module.engine(), module.data().types[TypeIndex::from_u32(index)])
    }

    pub(crate) fn push_frame(&mut self, kind: Kind, end: Block, params: usize, results: usize) {
        let height = self.stack.len() - params;
        self.nesting += usize::from(kind.nests());
        self.frames.push(Frame { kind, end, branched: false, params, results, height });
    }

    /// The block and the arguments of a branch, which is marked as taken. Operands stay.
    pub(crate) fn label(&mut self, depth: u32) -> (Block, Vec<BlockArg>) {
        let at = self.frames.len() - 1 - depth as usize;
        let frame = &mut self.frames[at];
        let arity = frame.label_arity();
        self.carried += arity;
        let block = match frame.kind {
            Kind::Loop(head) => head,
            _ => {
                frame.branched = true;
                frame.end
            }
        };
        (block, block_args(&self.stack[self.stack.len() - arity..]))
    }

    /// Returns from the function. Ends the block.
    pub(crate) fn return_values(&mut self, results: &[Value]) {
        match self.result_area {
            None => self.b.ins().return_(results),
            Some(area) => {
                store_cells(&mut self.b, &self.body.ty.results, results, area);
                self.b.ins().return_(&[])
            }
        };
    }
}

/// Values as arguments of a branch.
pub(crate) fn block_args(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|&value| BlockArg::Value(value)).collect()
}

pub(crate) fn types(of: &[ValType]) -> Vec<Type> {
    of.iter().map(|&ty| clif_type(ty)).collect()
}

/// The type that holds a wasm value.
pub(crate) fn value_type(ty: wasmparser::ValType) -> Result<Type, Refusal> {
    use cranelift_codegen::ir::types::{F32, F64, I8X16, I32, I64};
    Ok(match ty {
        wasmparser::ValType::I32 => I32,
        wasmparser::ValType::I64 | wasmparser::ValType::Ref(_) => I64,
        wasmparser::ValType::F32 => F32,
        wasmparser::ValType::F64 => F64,
        wasmparser::ValType::V128 => I8X16,
    })
}
