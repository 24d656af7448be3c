//! Frame cells at a loop head: what an OSR entry takes over.
//!
//! The interpreter says where each wasm local and each operand on the stack lies when its code stands at the head;
//! the compiler builds a function that begins by reading them from there. Nothing else of a frame is known outside
//! the interpreter.

use alloc::boxed::Box;

/// Where a value lies at a loop head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellLoc {
    /// In the frame's cell of this number (a vector: in this one and the next).
    Cell(u32),
    /// Nowhere: it is this constant, as the cell would hold it.
    Imm(u64),
}

/// A loop head, and where everything lies when a turn of the loop begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopHead {
    /// Which loop of the function, in the order of the `loop` operators of its body.
    pub index: u32,
    /// Where its `loop` operator stands, in bytes from the start of the body (`FuncBody::bytes`).
    pub offset: u32,
    /// One place per wasm local, parameters first.
    pub locals: Box<[CellLoc]>,
    /// One place per operand on the stack at the head, outermost first; the loop's own parameters are the last.
    pub operands: Box<[CellLoc]>,
}
