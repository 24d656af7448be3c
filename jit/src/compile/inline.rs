//! Bodies in the place of calls (`inlinees` says of which).
//!
//! One of another module stands behind a comparison of the slot at hand with that function's: in an instance that is
//! linked otherwise the call is made as ever. Adapters between components are functions like any
//! other, so calls across components become straight code.
//!
//! Code that stands in another function's is that function in all that can be observed: it is charged, looks at the
//! epoch, traps at its own operators, and backtraces tell its frame and those of the calls that it stands for
//! (`trap::Inlined`).
//!
//! # Invariants
//! - I1. Code of another module runs only behind the comparison, so its instance is there and its module lives. Addresses
//!   of that module are compared or used there and nowhere else. No other slot can have the address that is compared
//!   while somebody has a share in the slots, and the code has (`Foreign`).
//! - I2. Types of the other module whose numbers stand in the code are held by the code (`Foreign`).
//!
//! # Rejected
//! Cranelift's own inliner: it would need the callee's intermediate code kept, and knows nothing of our places.

use crate::compile::env::Env;
use crate::compile::inlinees::Inlinee;
use crate::compile::refusal::Refusal;
use crate::compile::translator::Translator;
use crate::trap::{INLINED, InlinedCall, Place};
use coracle_image::entity::{FuncIndex, SigId};
use coracle_vm::body::FuncBody;
use coracle_vm::internals;
use coracle_vm::tuning::{
    COMPILED_BODY_DEPTH, COMPILED_BODY_NESTING, COMPILED_BODY_VALUES, INLINED_BYTES, INLINED_DEPTH,
};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use wasmparser::{BinaryReader, FunctionBody};

impl<'a> Translator<'a, '_> {
    /// What stands in the place of a call of `callee`, if anything does here.
    pub(crate) fn inlinee(&self, callee: FuncIndex) -> Option<&'a Inlinee> {
        let inlinee = self.inlinees.get(self.env.module, callee)?;
        let key = (inlinee.module.key(), inlinee.func);
        let bytes = inlinee.module.body(inlinee.func).0.len();
        let open = &self.inlining.open;
        let fits = open.len() < INLINED_DEPTH && self.inlining.bytes + bytes <= INLINED_BYTES;
        // A body must not come to its limits by what is put into it.
        let small = self.b.func.dfg.num_values() + self.carried < COMPILED_BODY_VALUES / 2
            && self.nesting < COMPILED_BODY_NESTING / 2
            && self.frames.len() < COMPILED_BODY_DEPTH / 2;
        // In front of a loop that is entered most code has no way in.
        let lives = self.osr.is_none() && self.offset < u64::from(INLINED);
        (fits && small && lives && key != self.home && !open.contains(&key)).then_some(inlinee)
    }

    /// Whether a slot is the inlinee's (I1).
    pub(crate) fn is_slot_of(&mut self, slot: Value, inlinee: &Inlinee) -> Value {
        let known = std::ptr::from_ref(inlinee.module.slot(inlinee.func)).addr();
        self.inlining.foreign.slots.push(inlinee.module.shared_slots());
        self.b.ins().icmp_imm_u(IntCC::Equal, slot, known as i64)
    }

    /// Notes a type of a function that code of another module calls (I2).
    pub(crate) fn hold(&mut self, sig: SigId) {
        if !self.is_home() {
            self.inlining.foreign.signatures.push(internals::signature(self.env.module.engine(), sig));
        }
    }

    /// Whether the code at hand is of the module that is compiled.
    pub(crate) fn is_home(&self) -> bool {
        self.env.module.key() == self.home.0
    }

    /// The place of the operator at hand, as machine code names it.
    pub(crate) fn place(&mut self) -> u32 {
        let offset = u32::try_from(self.offset).unwrap_or(u32::MAX - 1);
        if self.env.call == 0 {
            return offset;
        }
        let slot = std::ptr::from_ref(self.env.module.slot(self.env.defined)).addr();
        self.inlining.places.push(Place { slot, offset, call: self.env.call });
        INLINED | (self.inlining.places.len() as u32 - 1)
    }

    /// Puts the inlinee's body here, in that context: its results become operands.
    pub(crate) fn inline(&mut self, inlinee: &'a Inlinee, ctx: Value, args: &[Value]) -> Result<(), Refusal> {
        let body = FuncBody::of(&inlinee.module, inlinee.func);
        let slot = std::ptr::from_ref(self.env.module.slot(self.env.defined)).addr();
        let call = InlinedCall { slot, offset: self.offset as u32, around: self.env.call };
        self.inlining.calls.push(Box::new(call));
        let call = self.inlining.calls.last().map_or(0, |call| std::ptr::from_ref(&**call).addr());
        self.inlining.bytes += body.bytes.len();
        self.inlining.open.push((inlinee.module.key(), inlinee.func));
        let guarded = self.env.guarded || inlinee.linked;
        let env = Env { module: &inlinee.module, defined: inlinee.func, ctx, guarded, call, ..self.env };
        let env = std::mem::replace(&mut self.env, env);
        let body = std::mem::replace(&mut self.body, body);
        let locals = std::mem::take(&mut self.locals);
        let base = std::mem::replace(&mut self.base, self.frames.len());
        // Loops of this body have other numbers, and none of them is the one that is entered.
        let (loops, osr, offset) = (self.loops, self.osr.take(), self.offset);
        let done = self.inlined_body(args);
        self.inlining.open.pop();
        (self.env, self.body, self.locals, self.base) = (env, body, locals, base);
        (self.loops, self.osr, self.offset) = (loops, osr, offset);
        self.set_place();
        done
    }

    fn inlined_body(&mut self, args: &[Value]) -> Result<(), Refusal> {
        let body = FunctionBody::new(BinaryReader::new(self.body.bytes, self.body.offset as u64));
        self.offset = self.body.offset as u64;
        self.set_place();
        self.declare_locals(&body, Some(args))?;
        self.operators(&body)?;
        self.close_fuel();
        Ok(())
    }
}
