//! One function: statements that leave the stack as it was, and expressions that leave one value.
//!
//! Everything is chosen by bytes of the input; where it ends, all choices are the first, which is always a leaf. So a
//! body is finite, and a change of one byte changes little before it.

mod statements;

use crate::program::ops::{ATOMICS, Access, Imm, LOADS, Ops, PLAIN, STORES, Trap, Ty};
use crate::program::{Env, leb, sleb};
use arbitrary::Unstructured;

/// Operators of a body, about.
const BUDGET: i32 = 700;

/// Addresses end in two zero bits and are below this, so that the pointers which lie there can be followed.
pub const POINTERS: u32 = 0x1000;

/// Levels of counted loops in one function.
const LOOPS: usize = 3;

/// A body on its way.
pub struct Body<'e, 'i, 'u> {
    env: &'e Env,
    input: &'i mut Unstructured<'u>,
    out: Vec<u8>,
    /// Parameters, then the others.
    locals: Vec<Ty>,
    /// The first local of its own kind: addresses, then counters as `i32`, `i64` and `f64`.
    special: u32,
    results: Vec<Ty>,
    /// This function's number: it calls those below, mostly.
    me: u32,
    /// What a branch to each open block takes.
    labels: Vec<Vec<Ty>>,
    loops: usize,
    budget: i32,
}

/// Addresses and counters: two addresses, then for each level of loops one counter of each type.
const SPECIAL: usize = 2 + 3 * LOOPS;

/// A body and the locals that it declares.
pub fn body(env: &Env, input: &mut Unstructured<'_>, me: u32) -> (Vec<Ty>, Vec<u8>) {
    let sig = &env.types[env.funcs[me as usize] as usize];
    let params = sig.params.len();
    let mut locals = sig.params.clone();
    let special = locals.len() as u32;
    locals.extend([Ty::I32; 2 + LOOPS]);
    locals.extend([Ty::I64; LOOPS]);
    locals.extend([Ty::F64; LOOPS]);
    locals.extend([Ty::I32, Ty::I32, Ty::I64, Ty::I64, Ty::F32, Ty::F32, Ty::F64, Ty::F64]);
    let mut body = Body {
        env,
        input,
        out: Vec::new(),
        locals,
        special,
        results: sig.results.clone(),
        me,
        labels: vec![sig.results.clone()],
        loops: 0,
        budget: BUDGET,
    };
    if body.one_in(2) && !env.coy {
        body.locals.extend([Ty::V128, Ty::V128, Ty::Func, Ty::Extern, Ty::Ref(env.funcs[me as usize])]);
    }
    if body.one_in(8) {
        let more = body.pick(60);
        body.locals.extend((0..more).map(|_| Ty::I32));
    }
    body.statements(4);
    if body.one_in(4) {
        body.tail_call();
    } else {
        for ty in sig.results.clone() {
            body.expr(ty, 3);
        }
    }
    body.op(0x0b);
    (body.locals.split_off(params), body.out)
}

impl Body<'_, '_, '_> {
    /// A number below `n`; 0 when the input has ended.
    fn pick(&mut self, n: usize) -> usize {
        let byte = |input: &mut Unstructured<'_>| usize::from(input.arbitrary::<u8>().unwrap_or(0));
        if n <= 1 {
            0
        } else if n <= 256 {
            byte(self.input) % n
        } else {
            (byte(self.input) << 8 | byte(self.input)) % n
        }
    }

    /// Whether a chance of one in `n` comes true. Never when the input has ended.
    fn one_in(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }

    fn op(&mut self, code: u8) {
        self.out.push(code);
        self.budget -= 1;
    }

    fn op1(&mut self, code: u8, index: u32) {
        self.op(code);
        leb(&mut self.out, u64::from(index));
    }

    fn op2(&mut self, code: u8, a: u32, b: u32) {
        self.op1(code, a);
        leb(&mut self.out, u64::from(b));
    }

    fn prefixed(&mut self, prefix: u8, code: u32) {
        if prefix == 0 {
            self.op(code as u8);
        } else {
            self.op1(prefix, code);
        }
    }

    fn i32_const(&mut self, value: i32) {
        self.op(0x41);
        sleb(&mut self.out, i64::from(value));
    }

    fn i64_const(&mut self, value: i64) {
        self.op(0x42);
        sleb(&mut self.out, value);
    }

    fn get(&mut self, local: u32) {
        self.op1(0x20, local);
    }

    fn set(&mut self, local: u32) {
        self.op1(0x21, local);
    }

    fn tee(&mut self, local: u32) {
        self.op1(0x22, local);
    }

    fn address_local(&mut self) -> u32 {
        self.special + self.pick(2) as u32
    }

    /// A local of this type that statements may write.
    fn free_local(&mut self, ty: Ty) -> Option<u32> {
        let special = self.special..self.special + SPECIAL as u32;
        let fits: Vec<u32> =
            (0..self.locals.len() as u32).filter(|l| self.locals[*l as usize] == ty && !special.contains(l)).collect();
        if fits.is_empty() { None } else { Some(fits[self.pick(fits.len())]) }
    }

    fn any_local(&mut self, ty: Ty) -> Option<u32> {
        let fits: Vec<u32> = (0..self.locals.len() as u32).filter(|l| self.locals[*l as usize] == ty).collect();
        if fits.is_empty() { None } else { Some(fits[self.pick(fits.len())]) }
    }

    fn constant(&mut self, ty: Ty) {
        const EDGES: [i64; 16] =
            [0, 1, -1, 2, 3, 7, 8, 31, 32, 63, 255, 256, 0x7fff_ffff, -0x8000_0000, i64::MAX, i64::MIN];
        let edge = EDGES[self.pick(16)];
        let own = self.one_in(4);
        match ty {
            Ty::I32 => {
                let value = if own { self.input.arbitrary().unwrap_or(0) } else { edge as i32 };
                self.i32_const(value);
            }
            Ty::I64 => {
                let value = if own { self.input.arbitrary().unwrap_or(0) } else { edge };
                self.i64_const(value);
            }
            Ty::F32 => {
                const FLOATS: [u32; 8] =
                    [0, 0x3f80_0000, 0x8000_0000, 0x7f80_0000, 0x7fc0_0000, 0x4f00_0000, 1, 0xff80_0000];
                let value = if own { self.input.arbitrary().unwrap_or(0) } else { FLOATS[edge as usize % 8] };
                self.op(0x43);
                self.out.extend(value.to_le_bytes());
            }
            Ty::F64 => {
                const FLOATS: [f64; 8] = [0.0, 1.0, -0.0, f64::INFINITY, f64::NAN, 9.3e18, 5e-324, -2147483649.0];
                let value = if own { self.input.arbitrary().unwrap_or(0) } else { FLOATS[edge as usize % 8].to_bits() };
                self.op(0x44);
                self.out.extend(value.to_le_bytes());
            }
            Ty::V128 => {
                let value: u128 = self.input.arbitrary().unwrap_or(0);
                self.prefixed(0xfd, 12);
                self.out.extend(value.to_le_bytes());
            }
            Ty::Func if own => {
                let func = self.pick(self.env.funcs.len()) as u32;
                self.op1(0xd2, func);
            }
            Ty::Func => self.op1(0xd0, 0x70),
            Ty::Extern => self.op1(0xd0, 0x6f),
            Ty::Exn => self.op1(0xd0, 0x69),
            Ty::Ref(ty) => match self.env.funcs.iter().position(|of| *of == ty) {
                Some(func) if !own => self.op1(0xd2, func as u32),
                _ => {
                    self.op(0xd0);
                    sleb(&mut self.out, i64::from(ty));
                }
            },
        }
    }

    fn leaf(&mut self, ty: Ty) {
        match self.pick(8) {
            0..=4 => match self.any_local(ty) {
                Some(local) => self.get(local),
                None => self.constant(ty),
            },
            5 => {
                let fits: Vec<u32> =
                    (0..self.env.globals.len() as u32).filter(|g| self.env.globals[*g as usize].0 == ty).collect();
                if fits.is_empty() {
                    self.constant(ty);
                } else {
                    let global = fits[self.pick(fits.len())];
                    self.op1(0x23, global);
                }
            }
            _ => self.constant(ty),
        }
    }

    /// One value of this type.
    fn expr(&mut self, ty: Ty, depth: u32) {
        if depth == 0 || self.budget < 0 {
            return self.leaf(ty);
        }
        match self.pick(16) {
            0 | 1 => self.leaf(ty),
            2..=7 => self.plain(ty, depth - 1),
            8 | 9 => self.load(ty, depth - 1),
            10 => self.select(ty, depth - 1),
            11 => self.choice(ty, depth - 1),
            12 => match self.free_local(ty) {
                Some(local) => {
                    self.expr(ty, depth - 1);
                    self.tee(local);
                }
                None => self.leaf(ty),
            },
            13 => self.call_for(ty, depth - 1),
            14 => self.early(ty, depth - 1),
            _ => self.other(ty, depth - 1),
        }
    }

    fn exprs(&mut self, types: &[Ty], depth: u32) {
        for &ty in types {
            self.expr(ty, depth);
        }
    }

    /// An operator without memory that makes this type.
    fn plain(&mut self, ty: Ty, depth: u32) {
        let count = |ops: &Ops| (ops.last - ops.first + 1) as usize;
        let coy = self.env.coy;
        let fits = |ops: &&Ops| ops.result == ty && !(coy && ops.shows_nans());
        let total: usize = PLAIN.iter().filter(fits).map(count).sum();
        if total == 0 {
            return self.leaf(ty);
        }
        let mut at = self.pick(total);
        for ops in PLAIN.iter().filter(fits) {
            if at >= count(ops) {
                at -= count(ops);
                continue;
            }
            return self.plain_op(ops, ops.first + at as u32, depth);
        }
    }

    fn plain_op(&mut self, ops: &Ops, code: u32, depth: u32) {
        // Mostly short operands, so that locals, constants and accumulators meet operators in all orders.
        for &param in ops.params {
            let depth = if self.one_in(3) { depth } else { depth.min(1) };
            self.expr(param, depth);
        }
        let tame = !self.one_in(8);
        match ops.may {
            Trap::Zero if tame => match ops.params[0] {
                Ty::I32 => {
                    self.i32_const(1);
                    self.op(0x72);
                }
                _ => {
                    self.i64_const(1);
                    self.op(0x84);
                }
            },
            Trap::Range if tame => {
                let saturating = if code <= 0xab { code - 0xa8 } else { code - 0xae + 4 };
                return self.prefixed(0xfc, saturating);
            }
            _ => {}
        }
        self.prefixed(ops.prefix, code);
        match ops.imm {
            Imm::None => {}
            Imm::Lane(lanes) => {
                let lane = self.pick(usize::from(lanes)) as u8;
                self.out.push(lane);
            }
            Imm::Shuffle => {
                for _ in 0..16 {
                    let lane = self.pick(32) as u8;
                    self.out.push(lane);
                }
            }
        }
    }

    fn condition(&mut self, depth: u32) {
        if self.one_in(3) {
            // A bit that is looked at.
            self.expr(Ty::I32, depth.min(1));
            if self.one_in(2) {
                self.expr(Ty::I32, depth.min(1));
            } else {
                self.constant(Ty::I32);
            }
            self.op(0x71);
        } else {
            let compare = [0x46, 0x51, 0x5b, 0x61][self.pick(4)];
            let ops = PLAIN.iter().find(|ops| ops.prefix == 0 && ops.first == compare).expect("a row of the table");
            let code = ops.first + self.pick((ops.last - ops.first + 1) as usize) as u32;
            self.plain_op(ops, code, depth);
        }
        if self.one_in(4) {
            self.op(0x45);
        }
    }

    fn select(&mut self, ty: Ty, depth: u32) {
        // Constants are part of the operator.
        for depth in [depth, depth.min(1)] {
            if self.one_in(3) { self.constant(ty) } else { self.expr(ty, depth) }
        }
        self.condition(depth.min(1));
        match ty {
            Ty::I32 | Ty::I64 | Ty::F32 | Ty::F64 | Ty::V128 if !self.one_in(4) => self.op(0x1b),
            _ => {
                self.op1(0x1c, 1);
                Env::ty(&mut self.out, ty);
            }
        }
    }

    fn open(&mut self, code: u8, ty: Ty, label: Vec<Ty>) {
        self.op(code);
        Env::ty(&mut self.out, ty);
        self.labels.push(label);
    }

    fn close(&mut self) {
        self.labels.pop();
        self.op(0x0b);
    }

    /// One of two values, by a condition.
    fn choice(&mut self, ty: Ty, depth: u32) {
        self.condition(depth.min(1));
        self.open(0x04, ty, vec![ty]);
        self.expr(ty, depth);
        self.op(0x05);
        self.expr(ty, depth);
        self.close();
    }

    /// A block that is left with a value, perhaps early, perhaps through a table.
    fn early(&mut self, ty: Ty, depth: u32) {
        self.open(0x02, ty, vec![ty]);
        self.expr(ty, depth);
        if self.one_in(3) {
            self.open(0x02, ty, vec![ty]);
            self.expr(ty, depth.min(1));
            self.expr(Ty::I32, depth.min(1));
            self.i32_const(3);
            self.op(0x71);
            self.op1(0x0e, 2);
            for _ in 0..3 {
                let to = self.pick(2) as u32;
                leb(&mut self.out, u64::from(to));
            }
            self.close();
            self.op(0x1a);
        } else {
            self.condition(depth.min(1));
            self.op1(0x0d, 0);
            self.op(0x1a);
            self.expr(ty, depth.min(1));
        }
        self.close();
    }

    fn call_for(&mut self, ty: Ty, depth: u32) {
        let fits = |func: &u32| self.env.types[self.env.funcs[*func as usize] as usize].results == [ty];
        let funcs: Vec<u32> = (0..self.me).filter(fits).collect();
        if funcs.is_empty() || self.loops > 1 {
            return self.plain(ty, depth);
        }
        let func = funcs[self.pick(funcs.len())];
        self.call(func, depth);
    }

    /// What belongs to one type alone.
    fn other(&mut self, ty: Ty, depth: u32) {
        let table = self.pick(self.env.tables.len());
        let mem = self.pick(self.env.mems.len());
        match ty {
            Ty::I32 => match self.pick(8) {
                0 => {
                    let of = [Ty::Func, Ty::Extern][self.pick(2)];
                    self.expr(of, depth);
                    self.op(0xd1);
                }
                1 if !self.env.tables[table].wide => {
                    self.prefixed(0xfc, 16);
                    leb(&mut self.out, table as u64);
                }
                2 if !self.env.tables[table].wide => {
                    self.expr(self.env.tables[table].elem, depth);
                    let more = self.pick(3) as i32;
                    self.i32_const(more);
                    self.prefixed(0xfc, 15);
                    leb(&mut self.out, table as u64);
                }
                3 if !self.env.mems[mem].wide => self.op1(0x3f, mem as u32),
                4 if !self.env.mems[mem].wide => {
                    let more = self.pick(3) as i32;
                    self.i32_const(more);
                    self.op1(0x40, mem as u32);
                }
                5 => self.wait_or_wake(mem, depth),
                6 => {
                    // An eighth of an integer, as hashing does it.
                    self.expr(Ty::I32, depth.min(1));
                    self.expr(Ty::I32, depth.min(1));
                    self.constant(Ty::I32);
                    let shift = [0x74, 0x76][self.pick(2)];
                    self.op(shift);
                    let then = [0x6a, 0x73][self.pick(2)];
                    self.op(then);
                }
                _ => self.atomic(Ty::I32, mem, depth),
            },
            Ty::I64 => match self.pick(4) {
                0 if self.env.tables[table].wide => {
                    self.prefixed(0xfc, 16);
                    leb(&mut self.out, table as u64);
                }
                1 if self.env.mems[mem].wide => self.op1(0x3f, mem as u32),
                2 if self.env.mems[mem].wide => {
                    let more = self.pick(3) as i64;
                    self.i64_const(more);
                    self.op1(0x40, mem as u32);
                }
                _ => self.atomic(Ty::I64, mem, depth),
            },
            Ty::Func if self.env.tables[table].elem == Ty::Func => {
                self.table_index(table, depth);
                self.op1(0x25, table as u32);
            }
            Ty::Extern if self.env.tables[table].elem == Ty::Extern => {
                self.table_index(table, depth);
                self.op1(0x25, table as u32);
            }
            _ => self.plain(ty, depth),
        }
    }

    /// An index of a table, within it unless the dice say otherwise.
    fn table_index(&mut self, table: usize, depth: u32) {
        let of = &self.env.tables[table];
        let (wide, len) = (of.wide, of.len);
        self.expr(Ty::I32, depth.min(1));
        self.i32_const(len as i32 - 1);
        self.op(0x71);
        if wide {
            self.op(0xad);
        }
    }

    /// An address of this memory; the offset that goes with it.
    fn address(&mut self, mem: usize, depth: u32, store: bool) -> u64 {
        // What is stored stays away from the pointers, mostly.
        let start = if store && !self.one_in(16) { u64::from(POINTERS) + 64 } else { 0 };
        let offset = [0, 0, 1, 4, 8, 64, 1000, 4][self.pick(8)];
        if self.env.mems[mem].wide && self.one_in(2) {
            self.expr(Ty::I64, depth.min(1));
            self.i64_const(i64::from(POINTERS) - 4);
            self.op(0x83);
            return start + offset;
        }
        let local = self.address_local();
        match self.pick(9) {
            0..=2 => self.get(local),
            3 => {
                self.get(local);
                let number = [4, 8, 12, 1, 400, -4][self.pick(6)];
                // All of it added, and nothing left for the offset.
                let whole = self.one_in(2);
                self.i32_const(if whole { number + (start + offset) as i32 } else { number });
                self.op(0x6a);
                if whole && !self.env.mems[mem].wide {
                    return 0;
                }
            }
            8 => {
                self.expr(Ty::I32, depth);
                self.i32_const(POINTERS as i32 - 4);
                self.op(0x71);
                self.get(local);
                if self.one_in(2) {
                    self.i32_const(2);
                    self.op(0x74);
                }
                self.op(0x6a);
            }
            4 => {
                let at = self.pick(1024) as i32;
                self.i32_const(at);
            }
            5 => {
                let other = self.address_local();
                self.get(local);
                self.get(other);
                if self.one_in(2) {
                    let shift = self.pick(3) as i32;
                    self.i32_const(shift);
                    self.op(0x74);
                }
                self.op(0x6a);
            }
            6 if mem == 0 && !self.env.mems[0].wide => {
                self.get(local);
                self.op(0x28);
                self.out.push(2);
                leb(&mut self.out, self.input.arbitrary::<u8>().map_or(0, |at| u64::from(at & 0xfc)));
            }
            _ => {
                self.expr(Ty::I32, depth);
                self.i32_const(POINTERS as i32 - 4);
                self.op(0x71);
            }
        }
        if self.env.mems[mem].wide {
            self.op(0xad);
        }
        if self.one_in(64) {
            return u64::from(u32::MAX);
        }
        start + offset
    }

    fn memarg(&mut self, access: &Access, mem: usize, offset: u64, aligned: bool) {
        self.prefixed(access.prefix, access.code);
        let align = if aligned { access.align } else { self.pick(usize::from(access.align) + 1) as u8 };
        if mem == 0 {
            self.out.push(align);
        } else {
            self.out.push(align | 0x40);
            leb(&mut self.out, mem as u64);
        }
        leb(&mut self.out, offset);
        if access.lanes > 0 {
            let lane = self.pick(usize::from(access.lanes)) as u8;
            self.out.push(lane);
        }
    }

    fn memory(&mut self) -> usize {
        if self.one_in(4) { self.pick(self.env.mems.len()) } else { 0 }
    }

    fn load(&mut self, ty: Ty, depth: u32) {
        let fits: Vec<&Access> = LOADS.iter().filter(|load| load.ty == ty).collect();
        if fits.is_empty() {
            return self.plain(ty, depth);
        }
        let (load, mem) = (fits[self.pick(fits.len())], self.memory());
        let offset = self.address(mem, depth, false);
        if load.lanes > 0 {
            self.expr(Ty::V128, depth);
        }
        self.memarg(load, mem, offset, false);
    }

    fn store(&mut self, depth: u32) {
        let (mut store, mem) = (&STORES[self.pick(STORES.len())], self.memory());
        if self.env.coy && !matches!(store.ty, Ty::I32 | Ty::I64) {
            store = &STORES[0];
        }
        let offset = self.address(mem, depth, true);
        self.expr(store.ty, depth);
        self.memarg(store, mem, offset, false);
    }

    /// An atomic access that leaves a value; its address is aligned, mostly.
    fn atomic(&mut self, ty: Ty, mem: usize, depth: u32) {
        let fits: Vec<usize> = (0..7).filter(|width| ATOMICS[*width].0 == ty).collect();
        let width = fits[self.pick(fits.len())];
        let (load, cmpxchg) = (self.one_in(4), self.one_in(4));
        self.aligned(mem, ATOMICS[width].1, depth);
        let kind = self.pick(6) as u32;
        let code = match (load, cmpxchg) {
            (true, _) => 0x10 + width as u32,
            (_, true) => 0x48 + width as u32,
            _ => 0x1e + 7 * kind + width as u32,
        };
        if !load {
            self.expr(ty, depth.min(1));
        }
        if cmpxchg && !load {
            self.expr(ty, depth.min(1));
        }
        let access = Access { prefix: 0xfe, code, align: ATOMICS[width].1, ty, lanes: 0 };
        self.memarg(&access, mem, u64::from(POINTERS) + 64, true);
    }

    fn aligned(&mut self, mem: usize, align: u8, depth: u32) {
        self.expr(Ty::I32, depth.min(1));
        let mask = if self.one_in(8) { -1 } else { !((1 << align) - 1) };
        self.i32_const((POINTERS as i32 - 1) & mask);
        self.op(0x71);
        if self.env.mems[mem].wide {
            self.op(0xad);
        }
    }

    fn wait_or_wake(&mut self, mem: usize, depth: u32) {
        let which = self.pick(3) as u32;
        self.aligned(mem, 3, depth);
        let align = match which {
            0 => {
                self.expr(Ty::I32, 0);
                2
            }
            1 => {
                self.expr(Ty::I32, 0);
                self.i64_const(0);
                2
            }
            _ => {
                self.expr(Ty::I64, 0);
                self.i64_const(0);
                3
            }
        };
        let access = Access { prefix: 0xfe, code: which, align, ty: Ty::I32, lanes: 0 };
        self.memarg(&access, mem, u64::from(POINTERS) + 64, true);
    }
}
