//! The two stacks of validation, operands and blocks, and the locals of a body.
//!
//! # Invariants
//! - An operand below the innermost block's height is never taken, nor looked at.
//! - Locals are kept by runs, as bodies tell them; which are set is kept only where one has no default.

use crate::entity::SigId;
use crate::func_types::FuncTypesBuilder;
use crate::module::{RefType, ValType};
use alloc::vec::Vec;
use coracle_error::fallible::TryVec;
use coracle_error::{Error, ErrorKind, Result};

/// Locals that a function may have, parameters included: as wasmparser has it.
const MAX_LOCALS: u32 = 50_000;

/// What is on the stack.
#[derive(Clone, Copy)]
pub(crate) enum Operand {
    /// Anything, in code that is never reached.
    Unknown,
    /// A reference to something, in code that is never reached.
    Reference,
    Known(ValType),
}

/// What a block takes and leaves.
#[derive(Clone, Copy)]
pub(crate) enum Block {
    Empty,
    One(ValType),
    Func(SigId),
    /// What a branch to the start of one takes: a loop's parameters.
    Start(SigId),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One whose label is behind it.
    Block,
    Loop,
    /// One that may have an `else` yet.
    If,
}

/// A block that is open.
#[derive(Clone, Copy)]
struct Frame {
    kind: Kind,
    block: Block,
    /// Operands below it, which it cannot touch.
    height: usize,
    /// Whether what follows is never reached.
    unreachable: bool,
    /// Locals that were set before it.
    set: usize,
}

/// What is known at a place of a body.
#[derive(Default)]
pub(crate) struct Stacks {
    /// Where the operator stands that is looked at.
    pub(crate) at: u64,
    operands: Vec<Operand>,
    frames: Vec<Frame>,
    /// Runs of locals of one type: the number of the first local behind each.
    locals: Vec<(u32, ValType)>,
    /// For each local whether it has been set; as long as the last one that has no default asks for.
    is_set: Vec<bool>,
    /// Locals without a default in the order in which they were set.
    set: Vec<u32>,
}

impl Operand {
    fn fits(self, wanted: ValType) -> bool {
        match self {
            Self::Unknown => true,
            Self::Reference => matches!(wanted, ValType::Ref(_)),
            Self::Known(ty) => ty.matches(wanted),
        }
    }
}

impl Block {
    pub(crate) fn params<'a>(&self, types: &'a FuncTypesBuilder) -> &'a [ValType] {
        match self {
            Self::Func(sig) => &types.types[*sig].params,
            _ => &[],
        }
    }

    pub(crate) fn results<'a>(&'a self, types: &'a FuncTypesBuilder) -> &'a [ValType] {
        match self {
            Self::Empty => &[],
            Self::One(ty) => core::slice::from_ref(ty),
            Self::Func(sig) => &types.types[*sig].results,
            Self::Start(sig) => &types.types[*sig].params,
        }
    }
}

impl Stacks {
    pub(crate) fn clear(&mut self) {
        self.operands.clear();
        self.frames.clear();
        self.locals.clear();
        self.is_set.clear();
        self.set.clear();
    }

    /// What is not valid, at the operator that is looked at.
    #[cold]
    #[inline(never)]
    pub(crate) fn refused(&self, message: &'static str) -> Error {
        Error::fault_at(ErrorKind::Invalid, message, self.at)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn mismatch(&self) -> Error {
        self.refused("type mismatch")
    }
}

/// Operands.
impl Stacks {
    pub(crate) fn push_operand(&mut self, operand: Operand) -> Result<()> {
        self.operands.try_push(operand)
    }

    pub(crate) fn push(&mut self, ty: ValType) -> Result<()> {
        self.push_operand(Operand::Known(ty))
    }

    pub(crate) fn push_all(&mut self, types: &[ValType]) -> Result<()> {
        types.iter().try_for_each(|&ty| self.push(ty))
    }

    pub(crate) fn pop(&mut self, wanted: ValType) -> Result<()> {
        self.pop_all(&[wanted])
    }

    pub(crate) fn pop_any(&mut self) -> Result<Operand> {
        let Some(frame) = self.frames.last() else { return Err(self.mismatch()) };
        if self.operands.len() <= frame.height {
            return if frame.unreachable { Ok(Operand::Unknown) } else { Err(self.mismatch()) };
        }
        Ok(self.operands.pop().unwrap_or(Operand::Unknown))
    }

    /// Takes a reference: its type where it is known.
    pub(crate) fn pop_ref(&mut self) -> Result<Option<RefType>> {
        match self.pop_any()? {
            Operand::Unknown | Operand::Reference => Ok(None),
            Operand::Known(ValType::Ref(ty)) => Ok(Some(ty)),
            Operand::Known(_) => Err(self.mismatch()),
        }
    }

    /// Takes these, the last from the top.
    pub(crate) fn pop_all(&mut self, wanted: &[ValType]) -> Result<()> {
        let below = self.on_top(wanted)?;
        self.operands.truncate(below);
        Ok(())
    }

    /// Takes these and puts them back, as the types that they are wanted to be.
    pub(crate) fn keep(&mut self, wanted: &[ValType]) -> Result<()> {
        self.pop_all(wanted)?;
        self.push_all(wanted)
    }

    /// Whether these are on top of the stack: how many operands there are below.
    pub(crate) fn on_top(&self, wanted: &[ValType]) -> Result<usize> {
        let Some(frame) = self.frames.last() else { return Err(self.mismatch()) };
        let own = self.operands.get(frame.height..).unwrap_or_default();
        let fits = own.iter().rev().zip(wanted.iter().rev()).all(|(operand, &wanted)| operand.fits(wanted));
        if fits && (own.len() >= wanted.len() || frame.unreachable) {
            Ok(self.operands.len() - wanted.len().min(own.len()))
        } else {
            Err(self.mismatch())
        }
    }

    pub(crate) fn each_matches(&self, types: &[ValType], wanted: &[ValType]) -> Result<()> {
        let matches = types.len() == wanted.len() && types.iter().zip(wanted).all(|(ty, &wanted)| ty.matches(wanted));
        if matches { Ok(()) } else { Err(self.mismatch()) }
    }

    pub(crate) fn matches(&self, ty: RefType, wanted: RefType) -> Result<()> {
        if ty.matches(wanted) { Ok(()) } else { Err(self.mismatch()) }
    }
}

/// Blocks.
impl Stacks {
    pub(crate) fn is_closed(&self) -> bool {
        self.frames.is_empty()
    }

    /// Opens a block whose parameters have been taken.
    pub(crate) fn open(&mut self, kind: Kind, block: Block) -> Result<()> {
        let (height, set) = (self.operands.len(), self.set.len());
        self.frames.try_push(Frame { kind, block, height, unreachable: false, set })
    }

    /// Leaves a block whose results are all that it has on the stack, and takes them.
    pub(crate) fn close(&mut self, types: &FuncTypesBuilder) -> Result<(Kind, Block)> {
        let Some(&Frame { kind, block, height, set, .. }) = self.frames.last() else { return Err(self.mismatch()) };
        self.pop_all(block.results(types))?;
        if self.operands.len() != height {
            return Err(self.mismatch());
        }
        self.frames.pop();
        while self.set.len() > set {
            let local = self.set.pop().unwrap_or_default();
            self.mark(local, false);
        }
        Ok((kind, block))
    }

    /// What follows in the innermost block is never reached.
    pub(crate) fn unreachable(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            self.operands.truncate(frame.height);
            frame.unreachable = true;
        }
    }

    /// What leaves by a branch to the block that is so many further out.
    pub(crate) fn label(&self, depth: u32) -> Result<Block> {
        let Some(frame) = self.frames.iter().nth_back(depth as usize) else {
            return Err(self.refused("unknown label"));
        };
        Ok(match (frame.kind, frame.block) {
            (Kind::Loop, Block::Func(sig)) => Block::Start(sig),
            (Kind::Loop, _) => Block::Empty,
            (_, block) => block,
        })
    }

    /// The outermost block: the function's.
    pub(crate) fn body(&self) -> Block {
        self.frames.first().map_or(Block::Empty, |frame| frame.block)
    }
}

/// Locals.
impl Stacks {
    /// So many more locals of a type, which has a default or is that of parameters.
    pub(crate) fn define(&mut self, count: u32, ty: ValType, is_param: bool) -> Result<()> {
        let before = self.locals.last().map_or(0, |&(end, _)| end);
        let end = before.saturating_add(count);
        if end > MAX_LOCALS {
            return Err(self.refused("too many locals"));
        }
        if count != 0 {
            self.locals.try_push((end, ty))?;
        }
        if !has_default(ty) {
            self.is_set.make_room(end as usize - self.is_set.len())?;
            self.is_set.resize(end as usize, is_param);
        }
        Ok(())
    }

    pub(crate) fn local(&self, local: u32) -> Result<ValType> {
        match self.locals.get(self.locals.partition_point(|&(end, _)| end <= local)) {
            Some(&(_, ty)) => Ok(ty),
            None => Err(self.refused("unknown local")),
        }
    }

    pub(crate) fn get(&mut self, local: u32) -> Result<()> {
        let ty = self.local(local)?;
        if self.is_unset(local, ty) {
            return Err(self.refused("uninitialized local"));
        }
        self.push(ty)
    }

    pub(crate) fn set(&mut self, local: u32) -> Result<ValType> {
        let ty = self.local(local)?;
        self.pop(ty)?;
        if self.is_unset(local, ty) {
            self.set.try_push(local)?;
            self.mark(local, true);
        }
        Ok(ty)
    }

    fn is_unset(&self, local: u32, ty: ValType) -> bool {
        !has_default(ty) && self.is_set.get(local as usize) != Some(&true)
    }

    fn mark(&mut self, local: u32, is_set: bool) {
        if let Some(mark) = self.is_set.get_mut(local as usize) {
            *mark = is_set;
        }
    }
}

fn has_default(ty: ValType) -> bool {
    !matches!(ty, ValType::Ref(RefType { nullable: false, .. }))
}
