//! Statements: control flow, calls, what changes memories, tables and globals.

use crate::program::body::{Body, LOOPS, POINTERS};
use crate::program::ops::{ATOMICS, Access, STORES, Ty};
use crate::program::{EMPTY, Env, leb};

impl Body<'_, '_, '_> {
    pub(super) fn statements(&mut self, depth: u32) {
        let count = self.pick(if depth > 2 { 12 } else { 6 });
        for _ in 0..=count {
            if self.budget > 0 {
                self.statement(depth);
            }
        }
    }

    fn statement(&mut self, depth: u32) {
        if depth == 0 {
            return self.assign(1);
        }
        match self.pick(24) {
            0..=3 => self.assign(depth),
            4 | 5 => self.store(depth.min(2)),
            6 => self.branches(depth - 1),
            7 => self.leave(depth - 1),
            8..=11 => self.counted(depth - 1),
            12 => self.switch(depth - 1),
            13 | 14 => self.call_any(depth - 1),
            15 => self.call_through(depth - 1),
            16 => self.global(depth),
            17 => self.bulk(depth),
            18 => self.tables(depth),
            19 => self.catch(depth - 1),
            20 => self.finish(depth - 1),
            21 => self.rare(depth - 1),
            22 => self.typed_block(depth - 1),
            _ => self.address_step(depth),
        }
    }

    /// A value of any type into a local of it.
    fn assign(&mut self, depth: u32) {
        let ty = [Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::I32, Ty::V128, Ty::Func, Ty::Extern][self.pick(8)];
        match self.free_local(ty) {
            None if self.env.coy && ty == Ty::V128 => {}
            Some(local) if self.one_in(8) && ty == Ty::I32 => {
                // Locals that change places.
                let other = self.free_local(ty).unwrap_or(local);
                self.get(local);
                self.get(other);
                self.set(local);
                self.set(other);
            }
            Some(local) => {
                self.expr(ty, depth.min(3));
                if self.one_in(6) {
                    self.tee(local);
                    self.op(0x1a);
                } else {
                    self.set(local);
                }
            }
            None => {
                self.expr(ty, depth.min(2));
                self.op(0x1a);
            }
        }
    }

    /// What is on the stack goes to locals.
    fn consume(&mut self, types: &[Ty]) {
        for &ty in types.iter().rev() {
            match self.free_local(ty) {
                Some(local) if !self.one_in(4) => self.set(local),
                _ => self.op(0x1a),
            }
        }
    }

    fn address_step(&mut self, depth: u32) {
        let local = self.address_local();
        if self.one_in(2) {
            self.get(local);
            let step = [4, 8, 16, 64, -4][self.pick(5)];
            self.i32_const(step);
            self.op(0x6a);
        } else {
            self.expr(Ty::I32, depth.min(2));
        }
        self.i32_const(POINTERS as i32 - 4);
        self.op(0x71);
        self.set(local);
    }

    fn branches(&mut self, depth: u32) {
        self.condition(depth.min(2));
        self.op(0x04);
        self.out.push(EMPTY);
        self.labels.push(Vec::new());
        self.statements(depth);
        if self.one_in(2) {
            self.op(0x05);
            self.statements(depth);
        }
        self.close();
    }

    /// A block that is left early, or any block around it.
    fn leave(&mut self, depth: u32) {
        self.begin_empty(0x02);
        self.statements(depth);
        let to = self.pick(self.labels.len());
        let takes = self.labels[self.labels.len() - 1 - to].clone();
        match self.pick(10) {
            0 => {
                self.exprs(&takes, 1);
                self.op1(0x0c, to as u32);
            }
            8 | 9 => self.step_and_branch(),
            1 => {
                if let Some(local) = self.nullable() {
                    self.get(local);
                    self.op1(0xd5, 0);
                    self.op(0x1a);
                }
            }
            _ => {
                self.exprs(&takes, 1);
                self.condition(1);
                self.op1(0x0d, to as u32);
                self.consume(&takes);
            }
        }
        self.statements(depth);
        self.close();
    }

    /// Adds to a local and branches on what comes of it, forwards.
    fn step_and_branch(&mut self) {
        let Some(local) = self.free_local(Ty::I32) else { return };
        self.get(local);
        let step = [1, -1, 4, -7, 100][self.pick(5)];
        self.i32_const(step);
        self.op(0x6a);
        if self.one_in(3) {
            self.set(local);
            self.get(local);
        } else {
            self.tee(local);
        }
        self.leaf(Ty::I32);
        let compare = 0x46 + self.pick(10) as u8;
        self.op(compare);
        self.op1(0x0d, 0);
    }

    fn begin_empty(&mut self, code: u8) {
        self.op(code);
        self.out.push(EMPTY);
        self.labels.push(Vec::new());
    }

    fn nullable(&mut self) -> Option<u32> {
        (0..self.locals.len() as u32).find(|local| matches!(self.locals[*local as usize], Ty::Ref(_)))
    }

    /// A loop that ends: one of the shapes that compilers make.
    fn counted(&mut self, depth: u32) {
        if self.loops >= LOOPS {
            return self.assign(depth);
        }
        let level = self.loops as u32;
        let (int, long, float) = (
            self.special + 2 + level,
            self.special + 2 + LOOPS as u32 + level,
            self.special + 2 + 2 * LOOPS as u32 + level,
        );
        let turns = [3, 1, 2, 5, 8, 13, 20, 7][self.pick(8)];
        let bound = self.free_local(Ty::I32);
        self.loops += 1;
        match self.pick(8) {
            0 | 1 => {
                self.i32_const(turns);
                self.set(int);
                self.begin_empty(0x03);
                self.statements(depth);
                self.get(int);
                self.i32_const(1);
                self.op(0x6b);
                self.tee(int);
                self.op1(0x0d, 0);
                self.close();
            }
            2 | 3 => self.counting_up(int, bound, turns, depth),
            4 => {
                self.i64_const(i64::from(turns));
                self.set(long);
                self.begin_empty(0x03);
                self.statements(depth);
                self.get(long);
                self.i64_const(-1);
                self.op(0x7c);
                self.tee(long);
                self.i64_const(0);
                let compare = [0x52, 0x55, 0x56][self.pick(3)];
                self.op(compare);
                self.op1(0x0d, 0);
                self.close();
            }
            5 => {
                self.op(0x44);
                self.out.extend(0_f64.to_le_bytes());
                self.set(float);
                self.begin_empty(0x03);
                self.statements(depth);
                self.get(float);
                self.op(0x44);
                self.out.extend(1_f64.to_le_bytes());
                self.op(0xa0);
                self.tee(float);
                self.op(0x44);
                self.out.extend(f64::from(turns).to_le_bytes());
                let compare = [0x63, 0x65][self.pick(2)];
                self.op(compare);
                self.op1(0x0d, 0);
                self.close();
            }
            6 if self.one_in(2) => self.counting_down(int, turns, depth),
            6 => self.while_loop(int, turns, depth),
            _ => self.carrying(int, turns, depth),
        }
        self.loops -= 1;
    }

    /// `do … while (++i < n)`, with whichever comparison.
    fn counting_up(&mut self, counter: u32, bound: Option<u32>, turns: i32, depth: u32) {
        let step = [1, 1, 2, 3][self.pick(4)];
        self.i32_const(0);
        self.set(counter);
        let bound = bound.filter(|_| self.one_in(2));
        self.begin_empty(0x03);
        self.statements(depth);
        if let Some(bound) = bound {
            // The body may have written it.
            self.i32_const(turns);
            self.set(bound);
        }
        self.get(counter);
        self.i32_const(step);
        self.op(0x6a);
        if self.one_in(2) {
            self.tee(counter);
        } else {
            self.set(counter);
            self.get(counter);
        }
        match bound {
            Some(bound) => self.get(bound),
            None => self.i32_const(turns),
        }
        // lt_s, lt_u, le_s, le_u; with a step of one also ne.
        let compare = [0x48, 0x49, 0x4c, 0x4d, 0x47][self.pick(if step == 1 { 5 } else { 4 })];
        self.op(compare);
        self.op1(0x0d, 0);
        self.close();
    }

    /// `do … while (--i > n)`, and once only `do … while (++i == n)`.
    fn counting_down(&mut self, counter: u32, turns: i32, depth: u32) {
        self.i32_const(turns);
        self.set(counter);
        self.begin_empty(0x03);
        self.statements(depth);
        self.get(counter);
        // gt_s, ge_s, gt_u, ge_u, eq
        let which = self.pick(5);
        self.i32_const(if which == 4 { 5 } else { -1 });
        self.op(0x6a);
        self.tee(counter);
        self.i32_const([0, 1, 1, 2, turns + 5][which]);
        self.op([0x4a, 0x4e, 0x4b, 0x4f, 0x46][which]);
        self.op1(0x0d, 0);
        self.close();
    }

    /// `while (i < n) { …; i += k }`, with the test at the head.
    fn while_loop(&mut self, counter: u32, turns: i32, depth: u32) {
        self.i32_const(turns);
        self.set(counter);
        self.begin_empty(0x02);
        self.begin_empty(0x03);
        self.get(counter);
        self.i32_const(0);
        // le_s, lt_s
        let compare = [0x4c, 0x48][self.pick(2)];
        self.op(compare);
        self.op1(0x0d, 1);
        self.statements(depth);
        let step = 1 + self.pick(3) as i32;
        self.get(counter);
        self.i32_const(step);
        self.op(0x6b);
        self.set(counter);
        self.op1(0x0c, 0);
        self.close();
        self.close();
    }

    /// A loop whose values travel on the stack.
    fn carrying(&mut self, counter: u32, turns: i32, depth: u32) {
        let index = self.pick(self.env.types.len());
        let sig = self.env.types[index].clone();
        self.i32_const(turns);
        self.set(counter);
        self.exprs(&sig.params, 1);
        self.op1(0x03, index as u32);
        self.labels.push(sig.params.clone());
        self.consume(&sig.params);
        self.statements(depth);
        self.exprs(&sig.params, 2);
        self.get(counter);
        self.i32_const(1);
        self.op(0x6b);
        self.tee(counter);
        self.op1(0x0d, 0);
        self.consume(&sig.params);
        self.exprs(&sig.results, 1);
        self.close();
        self.consume(&sig.results);
    }

    /// A block with parameters and results.
    fn typed_block(&mut self, depth: u32) {
        let index = self.pick(self.env.types.len());
        let sig = self.env.types[index].clone();
        self.exprs(&sig.params, 1);
        if self.one_in(2) {
            self.condition(1);
            self.op1(0x04, index as u32);
            self.labels.push(sig.results.clone());
            self.consume(&sig.params);
            self.statements(depth);
            self.exprs(&sig.results, 1);
            self.op(0x05);
            self.consume(&sig.params);
            self.exprs(&sig.results, 1);
        } else {
            self.op1(0x02, index as u32);
            self.labels.push(sig.results.clone());
            self.consume(&sig.params);
            self.statements(depth);
            self.exprs(&sig.results, 2);
            if self.one_in(2) {
                self.condition(1);
                self.op1(0x0d, 0);
                self.consume(&sig.results);
                self.exprs(&sig.results, 1);
            }
        }
        self.close();
        self.consume(&sig.results);
    }

    fn switch(&mut self, depth: u32) {
        let arms = 1 + self.pick(4);
        for _ in 0..=arms {
            self.begin_empty(0x02);
        }
        self.expr(Ty::I32, depth.min(2));
        if !self.one_in(4) {
            self.i32_const(7);
            self.op(0x71);
        }
        let targets = self.pick(10);
        self.op1(0x0e, targets as u32);
        for _ in 0..=targets {
            let to = self.pick(arms + 1) as u32;
            leb(&mut self.out, u64::from(to));
        }
        for arm in 0..=arms {
            self.close();
            if arm < arms {
                self.statements(depth.saturating_sub(1));
                if !self.one_in(3) {
                    self.op1(0x0c, (arms - arm - 1) as u32);
                }
            }
        }
    }

    /// A call of a function below this one, or, seldom, of any.
    fn call_any(&mut self, depth: u32) {
        let below = if self.one_in(24) { self.env.funcs.len() } else { self.me as usize };
        if below == 0 || self.loops > 1 && !self.one_in(4) {
            return self.assign(depth);
        }
        let func = self.pick(below) as u32;
        self.call(func, depth);
        let results = self.env.types[self.env.funcs[func as usize] as usize].results.clone();
        self.consume(&results);
    }

    pub(super) fn call(&mut self, func: u32, depth: u32) {
        let sig = self.env.types[self.env.funcs[func as usize] as usize].params.clone();
        self.exprs(&sig, depth.min(2));
        self.op1(0x10, func);
    }

    /// Places of tables whose function is below this one, with its type.
    fn reachable(&mut self) -> Option<(usize, u32, u32)> {
        let fits: Vec<(usize, u32, u32)> = self
            .env
            .placed
            .iter()
            .filter(|(_, _, func)| *func < self.me)
            .map(|&(table, at, func)| (table, at, self.env.funcs[func as usize]))
            .collect();
        if fits.is_empty() { None } else { Some(fits[self.pick(fits.len())]) }
    }

    /// A call through a table or a reference.
    fn call_through(&mut self, depth: u32) {
        if self.loops > 1 && !self.one_in(4) {
            return self.assign(depth);
        }
        let Some((table, at, ty)) = self.reachable() else { return self.assign(depth) };
        let sig = self.env.types[ty as usize].clone();
        self.exprs(&sig.params, depth.min(1));
        if self.one_in(4) {
            let func = self.env.placed.iter().find(|(of, place, _)| (*of, *place) == (table, at)).map_or(0, |p| p.2);
            match self.nullable() {
                Some(local) if self.locals[local as usize] == Ty::Ref(ty) && self.one_in(2) => {
                    self.get(local);
                    if self.one_in(2) {
                        self.op(0xd4);
                    }
                }
                _ => self.op1(0xd2, func),
            }
            self.op1(0x14, ty);
            return self.consume(&sig.results);
        }
        self.table_place(table, at, ty);
        self.op2(0x11, ty, table as u32);
        self.consume(&sig.results);
    }

    /// The index of a function of this type: known, or one of two.
    fn table_place(&mut self, table: usize, at: u32, ty: u32) {
        let others: Vec<u32> = self
            .env
            .placed
            .iter()
            .filter(|(of, _, func)| *of == table && *func < self.me && self.env.funcs[*func as usize] == ty)
            .map(|(_, place, _)| *place)
            .collect();
        let other = others[self.pick(others.len())];
        match self.pick(4) {
            0 => self.i32_const(at as i32),
            1 => self.expr(Ty::I32, 1),
            _ => {
                self.i32_const(at as i32);
                self.i32_const(other as i32);
                self.condition(1);
                self.op(0x1b);
            }
        }
        if self.env.tables[table].wide {
            self.op(0xad);
        }
    }

    fn global(&mut self, depth: u32) {
        let fits: Vec<usize> = (0..self.env.globals.len()).filter(|g| self.env.globals[*g].1).collect();
        let global = fits[self.pick(fits.len())];
        let ty = self.env.globals[global].0;
        if ty == Ty::I32 && self.one_in(2) {
            // A stack pointer is moved, and perhaps kept; or it is put back.
            match self.free_local(Ty::I32) {
                Some(local) if self.one_in(3) => self.get(local),
                _ => self.op1(0x23, global as u32),
            }
            let step = [-16, 16, -32, 1, 48][self.pick(5)];
            self.i32_const(step);
            let add = [0x6a, 0x6b][self.pick(2)];
            self.op(add);
            match self.free_local(Ty::I32) {
                Some(local) if self.one_in(2) => self.tee(local),
                _ => {}
            }
        } else {
            self.expr(ty, depth.min(2));
        }
        self.op1(0x24, global as u32);
    }

    fn mem_index(&mut self, mem: usize, depth: u32) {
        self.expr(Ty::I32, depth.min(1));
        self.i32_const(0x3ff);
        self.op(0x71);
        self.i32_const(0x2000);
        self.op(0x72);
        if self.env.mems[mem].wide {
            self.op(0xad);
        }
    }

    fn small(&mut self, wide: bool, below: usize) {
        let number = self.pick(below);
        if wide {
            self.i64_const(number as i64);
        } else {
            self.i32_const(number as i32);
        }
    }

    fn bulk(&mut self, depth: u32) {
        let (to, from) = (self.memory(), self.memory());
        let wide = |of: usize| self.env.mems[of].wide;
        let (to_wide, from_wide) = (wide(to), wide(from));
        match self.pick(5) {
            0 => {
                self.mem_index(to, depth);
                self.expr(Ty::I32, 1);
                self.small(to_wide, 200);
                self.op1(0xfc, 11);
                leb(&mut self.out, to as u64);
            }
            1 | 2 => {
                self.mem_index(to, depth);
                self.mem_index(from, depth);
                self.small(to_wide && from_wide, 200);
                self.op1(0xfc, 10);
                leb(&mut self.out, to as u64);
                leb(&mut self.out, from as u64);
            }
            3 => {
                self.mem_index(to, depth);
                self.small(false, 8);
                self.small(false, 8);
                self.op1(0xfc, 8);
                leb(&mut self.out, 1);
                leb(&mut self.out, to as u64);
            }
            _ => {
                if self.one_in(4) {
                    self.op1(0xfc, 9);
                    leb(&mut self.out, 1);
                } else {
                    self.store(depth.min(2));
                }
            }
        }
    }

    fn tables(&mut self, depth: u32) {
        let table = self.pick(self.env.tables.len());
        let (wide, elem) = (self.env.tables[table].wide, self.env.tables[table].elem);
        // The places of functions stay: what is written lies behind them.
        let free = self.env.tables[table].len - 8;
        let place = |body: &mut Self| {
            let at = free + body.pick(4) as u32;
            if wide { body.i64_const(i64::from(at)) } else { body.i32_const(at as i32) }
        };
        match self.pick(6) {
            0 => {
                place(self);
                self.expr(elem, 1);
                self.op1(0x26, table as u32);
            }
            1 => {
                place(self);
                self.expr(elem, 1);
                self.small(wide, 4);
                self.op1(0xfc, 17);
                leb(&mut self.out, table as u64);
            }
            2 => {
                place(self);
                place(self);
                self.small(wide, 4);
                self.op1(0xfc, 14);
                leb(&mut self.out, table as u64);
                leb(&mut self.out, table as u64);
            }
            3 if elem == Ty::Func => {
                place(self);
                self.small(false, 2);
                self.small(false, 2);
                self.op1(0xfc, 12);
                leb(&mut self.out, u64::from(self.env.passive));
                leb(&mut self.out, table as u64);
            }
            4 if self.one_in(4) => {
                self.op1(0xfc, 13);
                leb(&mut self.out, u64::from(self.env.passive));
            }
            _ => self.assign(depth),
        }
    }

    /// Exceptions thrown and caught, here or by a callee.
    fn catch(&mut self, depth: u32) {
        let tag = self.pick(self.env.tags.len());
        let (params, plain, with_ref) = self.env.tags[tag].clone();
        let (all, keep) = (self.one_in(4), self.one_in(3));
        self.begin_empty(0x02);
        let mut takes = if all { Vec::new() } else { params.clone() };
        match (all, keep) {
            (true, false) => self.begin_empty(0x02),
            (true, true) => self.open(0x02, Ty::Exn, vec![Ty::Exn]),
            (false, _) => {
                self.op1(0x02, if keep { with_ref } else { plain });
                self.labels.push(takes.clone());
            }
        }
        if keep {
            takes.push(Ty::Exn);
        }
        if let Some(label) = self.labels.last_mut() {
            label.clone_from(&takes);
        }
        self.op(0x1f);
        self.out.push(EMPTY);
        leb(&mut self.out, 1);
        self.out.push(u8::from(all) * 2 + u8::from(keep));
        if !all {
            leb(&mut self.out, tag as u64);
        }
        self.out.push(0);
        self.labels.push(Vec::new());
        self.statements(depth);
        if !self.one_in(3) {
            self.throw(tag);
        } else {
            self.call_any(depth);
        }
        self.close();
        self.op1(0x0c, 1);
        self.close();
        if keep {
            takes.pop();
            if self.one_in(4) {
                self.op(0x0a);
            } else {
                self.op(0x1a);
            }
        }
        self.consume(&takes);
        self.close();
    }

    fn throw(&mut self, tag: usize) {
        let params = self.env.tags[tag].0.clone();
        self.condition(1);
        self.begin_empty(0x04);
        self.exprs(&params, 1);
        self.op1(0x08, tag as u32);
        self.close();
    }

    /// Returns, on a condition.
    fn finish(&mut self, depth: u32) {
        self.condition(depth.min(1));
        self.begin_empty(0x04);
        if self.one_in(3) {
            self.tail_call();
        } else {
            let results = self.results.clone();
            self.exprs(&results, 1);
            self.op(0x0f);
        }
        self.close();
    }

    /// A tail call of something with the same results; an ordinary end if there is none.
    pub(super) fn tail_call(&mut self) {
        let fits = |func: &u32| self.env.types[self.env.funcs[*func as usize] as usize].results == self.results;
        let funcs: Vec<u32> = (0..self.me).filter(fits).collect();
        if funcs.is_empty() {
            let results = self.results.clone();
            self.exprs(&results, 2);
            return self.op(0x0f);
        }
        let func = funcs[self.pick(funcs.len())];
        let ty = self.env.funcs[func as usize];
        let params = self.env.types[ty as usize].params.clone();
        self.exprs(&params, 2);
        let placed = self.env.placed.iter().find(|(_, _, of)| *of == func).copied();
        match (self.pick(4), placed) {
            (0, Some((table, at, _))) => {
                self.table_place(table, at, ty);
                self.op2(0x13, ty, table as u32);
            }
            (1, Some(_)) => {
                self.op1(0xd2, func);
                self.op1(0x15, ty);
            }
            _ => self.op1(0x12, func),
        }
    }

    fn rare(&mut self, depth: u32) {
        match self.pick(8) {
            0 => {
                // 128-bit arithmetic.
                let code = 19 + self.pick(4) as u32;
                let params = if code < 21 { 4 } else { 2 };
                for _ in 0..params {
                    self.expr(Ty::I64, 1);
                }
                self.prefixed(0xfc, code);
                self.consume(&[Ty::I64, Ty::I64]);
            }
            1 => {
                self.prefixed(0xfe, 3);
                self.out.push(0);
            }
            2 => {
                let (mem, width) = (self.memory(), self.pick(7));
                self.aligned(mem, ATOMICS[width].1, depth);
                self.expr(ATOMICS[width].0, 1);
                let (code, align) = (0x17 + width as u32, ATOMICS[width].1);
                let access = Access { prefix: 0xfe, code, align, ty: Ty::I32, lanes: 0 };
                self.memarg(&access, mem, u64::from(POINTERS) + 64, true);
            }
            3 => {
                if let Some(local) = self.nullable() {
                    let ty = self.locals[local as usize];
                    self.op(0x02);
                    self.out.push(0x64);
                    if let Ty::Ref(of) = ty {
                        leb(&mut self.out, u64::from(of));
                    }
                    self.labels.push(vec![ty]);
                    self.get(local);
                    self.op1(0xd6, 0);
                    let of = if let Ty::Ref(of) = ty { of } else { 0 };
                    let func = self.env.funcs.iter().position(|ty| *ty == of).unwrap_or(0);
                    self.op1(0xd2, func as u32);
                    self.close();
                    self.set(local);
                }
            }
            4 => {
                // The same value to two places.
                let store = &STORES[if self.env.coy { self.pick(2) } else { self.pick(9) }];
                let offset = self.address(0, 1, true);
                self.expr(store.ty, 2);
                if let Some(local) = self.free_local(store.ty) {
                    self.tee(local);
                }
                self.memarg(store, 0, offset, false);
            }
            5 => {
                if let Some(local) = self.nullable() {
                    let ty = self.locals[local as usize];
                    self.constant(ty);
                    self.set(local);
                }
            }
            7 if self.one_in(2) => {
                // Whoever calls this may catch it.
                let tag = self.pick(self.env.tags.len());
                self.throw(tag);
            }
            6 if self.one_in(8) => {
                self.condition(1);
                self.begin_empty(0x04);
                self.op(0x00);
                self.close();
            }
            _ => {
                self.op(0x01);
                self.assign(depth);
            }
        }
    }
}

impl Env {
    /// The bytes of a type; where it stands for a block's, the block has this one result.
    pub(super) fn ty(out: &mut Vec<u8>, ty: Ty) {
        match ty {
            Ty::I32 => out.push(0x7f),
            Ty::I64 => out.push(0x7e),
            Ty::F32 => out.push(0x7d),
            Ty::F64 => out.push(0x7c),
            Ty::V128 => out.push(0x7b),
            Ty::Func => out.push(0x70),
            Ty::Extern => out.push(0x6f),
            Ty::Exn => out.push(0x69),
            Ty::Ref(index) => {
                out.push(0x63);
                leb(out, u64::from(index));
            }
        }
    }
}
