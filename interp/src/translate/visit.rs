//! Wasm operators → ops: control and integers.

use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::translate::func::{Entry, Func, Kind};
use crate::translate::fuse::mirror;
use crate::translate::named::named;
use crate::translate::operand::{Class, Opd, Operands, Typing};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::{FuncIndex, GlobalIndex};
use coracle_vm::internals;
use wasmparser::Operator;

pub(crate) const I32: Typing = Typing { operands: Class::Int, wide: false, result: Class::Int };
pub(crate) const I64: Typing = Typing { operands: Class::Int, wide: true, result: Class::Int };

impl Func<'_> {
    /// Translates one operator.
    pub(crate) fn visit(&mut self, op: &Operator<'_>) -> Result<()> {
        if self.dead {
            return self.visit_dead(op);
        }
        if self.fuel.is_some() || self.counts() {
            let cost = coracle_image::fuel::cost(op);
            self.works(cost);
            if self.fuel.is_some() {
                let set = &internals::settings(self.body.module.engine()).operator_cost;
                self.charge(set.as_ref().map_or(cost, |costs| costs.cost(op)));
            }
        }
        match op {
            Operator::I32Const { value } => self.constant(*value as u32 as u64),
            Operator::I64Const { value } => self.constant(*value as u64),
            Operator::F32Const { value } => self.constant(u64::from(value.bits())),
            Operator::F64Const { value } => self.constant(value.bits()),
            Operator::LocalGet { local_index } => self.local_get(*local_index),
            Operator::LocalSet { local_index } => self.local_set(*local_index),
            Operator::LocalTee { local_index } => self.tee(*local_index),
            Operator::Drop => self.pop().map(|_| ()),
            Operator::Select | Operator::TypedSelect { .. } => self.select(),
            Operator::Nop => Ok(()),
            Operator::I32WrapI64 => self.wrap(),
            Operator::I32Add => self.add(false),
            Operator::I32Sub => self.add(true),
            Operator::I64Sub => self.subtract64(),
            Operator::I32Eqz => self.compare_with_zero(Row::I32Eq, I32),
            Operator::I64Eqz => self.compare_with_zero(Row::I64Eq, I64),
            _ => self.visit_control(op),
        }
    }

    /// Skips an operator that cannot be reached.
    fn visit_dead(&mut self, op: &Operator<'_>) -> Result<()> {
        match op {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                self.dead_depth += 1;
                // Loops are numbered whether they can be reached or not.
                self.loops += u32::from(matches!(op, Operator::Loop { .. }));
                Ok(())
            }
            Operator::Else => self.begin_else(),
            Operator::End => self.end(),
            _ => Ok(()),
        }
    }

    fn visit_control(&mut self, op: &Operator<'_>) -> Result<()> {
        match op {
            Operator::Block { blockty } => {
                self.block(*blockty);
                Ok(())
            }
            Operator::Loop { blockty } => {
                self.begin_loop(*blockty);
                Ok(())
            }
            Operator::If { blockty } => self.begin_if(*blockty),
            Operator::Else => self.begin_else(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => self.br(*relative_depth),
            Operator::BrIf { relative_depth } => self.br_if(*relative_depth),
            Operator::BrTable { targets } => self.br_table(targets),
            Operator::Return => self.ret(),
            Operator::Call { function_index } => self.call(*function_index),
            Operator::CallIndirect { type_index, table_index } => self.call_indirect(*type_index, *table_index),
            Operator::CallRef { type_index } => self.call_ref(*type_index),
            Operator::ReturnCall { function_index } => self.return_call(*function_index),
            Operator::ReturnCallIndirect { type_index, table_index } => {
                self.return_call_indirect(*type_index, *table_index)
            }
            Operator::ReturnCallRef { type_index } => self.return_call_ref(*type_index),
            Operator::Unreachable => {
                self.emit(Row::Unreachable.op(0), Operands::new());
                self.die();
                Ok(())
            }
            Operator::GlobalGet { global_index } => {
                let (place, wide) = self.global(*global_index);
                self.emit_fixed(Row::GlobalGet, u8::from(wide), Operands::result().u32(Name::Global, place), wide)
            }
            Operator::GlobalSet { global_index } => {
                let (place, wide) = self.global(*global_index);
                self.set_global(place, wide)
            }
            Operator::RefNull { .. } => self.constant(0),
            Operator::RefFunc { function_index } => {
                let func = FuncIndex::from_u32(*function_index);
                let Some(index) = self.body.module.func_ref(func) else {
                    return Err(self.unexpected("a reference to a function that does not escape"));
                };
                let place = self.layout.func_ref(index);
                self.emit_fixed(Row::RefFunc, 0, Operands::result().u32(Name::Ref, place), false)
            }
            // A null reference is a cell of zeros, in any width.
            Operator::RefIsNull => self.compare_with_zero(Row::I64Eq, I64),
            Operator::RefAsNonNull => {
                let entry = self.pop()?;
                let slot = self.as_slot(&entry);
                self.emit(Row::RefAsNonNull.op(0), Operands::new().u16(Name::Ref, slot));
                self.push_again(entry)
            }
            Operator::BrOnNull { relative_depth } => self.br_on_null(*relative_depth),
            Operator::BrOnNonNull { relative_depth } => self.br_on_non_null(*relative_depth),
            _ => self.visit_numeric(op),
        }
    }

    /// Pushes an operand back that was popped.
    fn push_again(&mut self, entry: Entry) -> Result<()> {
        match entry.kind {
            Kind::Local(index, _) => self.push_local(index),
            // A constant was put into its slot on the way.
            _ => self.push(Kind::Temp, entry.wide).map(|_| ()),
        }
    }

    fn br_on_null(&mut self, depth: u32) -> Result<()> {
        let entry = self.pop()?;
        let slot = self.as_slot(&entry);
        let frame = self.frame_at(depth);
        self.settle_carried(frame, None);
        self.branch_values(frame, |func, when| {
            let row = if when { Row::BrI64Eq } else { Row::BrI64Ne };
            func.branch_on(row, Opd::Slot(slot), Opd::Imm(0))
        })?;
        self.push_again(entry)
    }

    fn br_on_non_null(&mut self, depth: u32) -> Result<()> {
        let entry = self.pop()?;
        let slot = self.as_slot(&entry);
        self.push_again(entry)?;
        let frame = self.frame_at(depth);
        self.settle_carried(frame, None);
        self.branch_values(frame, |func, when| {
            let row = if when { Row::BrI64Ne } else { Row::BrI64Eq };
            func.branch_on(row, Opd::Slot(slot), Opd::Imm(0))
        })?;
        self.pop().map(|_| ())
    }

    pub(crate) fn local_set(&mut self, index: u32) -> Result<()> {
        let (index, entry) = (self.first_local + index, self.pop()?);
        self.set_local(index, &entry);
        self.writes(index);
        Ok(())
    }

    pub(crate) fn constant(&mut self, value: u64) -> Result<()> {
        self.push(Kind::Const(value), false).map(|_| ())
    }

    pub(crate) fn tee(&mut self, index: u32) -> Result<()> {
        let (index, entry) = (self.first_local + index, self.pop()?);
        let computed = self.last_for(&entry).is_some();
        self.set_local(index, &entry);
        self.writes(index);
        match entry.kind {
            Kind::Const(value) => self.constant(value),
            Kind::Temp if !computed => self.push(Kind::Temp, entry.wide).map(|_| ()),
            _ => self.push_local(index),
        }
    }

    /// `i32.add` and `i32.sub`: of a local and a number, only a note, which an access can take as its address.
    pub(crate) fn add(&mut self, subtract: bool) -> Result<()> {
        if let [.., a, b] = self.stack[..] {
            let sum = match (a.kind, b.kind) {
                (Kind::Local(local, _), Kind::Const(number)) => Some((local, 0, number as u32)),
                (Kind::Sum(local, _, first), Kind::Const(number)) => Some((local, first, number as u32)),
                (Kind::Const(number), Kind::Local(local, _)) if !subtract => Some((local, 0, number as u32)),
                _ => None,
            };
            if let Some((local, first, number)) = sum {
                self.pop()?;
                self.pop()?;
                let number = if subtract { first.wrapping_sub(number) } else { first.wrapping_add(number) };
                return self.push_sum(local, number);
            }
        }
        if subtract {
            let Some(Entry { kind: Kind::Const(number), .. }) = self.stack.last_mut() else {
                return self.binary(Row::I32Sub, None, I32);
            };
            // What is known of additions serves this too.
            *number = u64::from((*number as u32).wrapping_neg());
        }
        self.binary(Row::I32Add, Some(Row::I32Add), I32)
    }

    /// `i64.sub`: of a number, what is known of additions serves it.
    pub(crate) fn subtract64(&mut self) -> Result<()> {
        let Some(Entry { kind: Kind::Const(number), .. }) = self.stack.last_mut() else {
            return self.binary(Row::I64Sub, None, I64);
        };
        *number = number.wrapping_neg();
        self.binary(Row::I64Add, Some(Row::I64Add), I64)
    }

    /// The low half of a cell is the number already.
    pub(crate) fn wrap(&mut self) -> Result<()> {
        if let Some(entry) = self.stack.last_mut()
            && let Kind::Const(value) = &mut entry.kind
        {
            *value &= u64::from(u32::MAX);
        }
        Ok(())
    }

    pub(crate) fn compare_with_zero(&mut self, row: Row, typing: Typing) -> Result<()> {
        if row == Row::I32Eq && self.negate_last() {
            return Ok(());
        }
        self.constant(0)?;
        self.binary(row, Some(row), typing)
    }

    fn global(&self, index: u32) -> (u32, bool) {
        let index = GlobalIndex::from_u32(index);
        let module = self.body.module;
        (self.layout.global(index), module.data().globals[index].content.cells() == 2)
    }

    fn visit_numeric(&mut self, op: &Operator<'_>) -> Result<()> {
        macro_rules! table {
            (
                comm { $($comm:ident $comm_ty:ident;)* }
                plain { $($plain:ident $plain_ty:ident;)* }
                compare { $($cmp:ident $cmp_ty:ident;)* }
                unary { $($un:ident;)* }
            ) => {
                match op {
                    $(Operator::$comm => self.binary(Row::$comm, Some(Row::$comm), $comm_ty),)*
                    $(Operator::$plain => self.binary(Row::$plain, None, $plain_ty),)*
                    $(Operator::$cmp => self.binary(Row::$cmp, Some(mirror(Row::$cmp)), $cmp_ty),)*
                    $(Operator::$un => self.unary(Row::$un, Class::Int, Class::Int),)*
                    _ => self.visit_float(op),
                }
            };
        }
        table! {
            comm {
                I32Mul I32; I32And I32; I32Or I32; I32Xor I32;
                I64Add I64; I64Mul I64; I64And I64; I64Or I64; I64Xor I64;
            }
            plain {
                I32DivS I32; I32DivU I32; I32RemS I32; I32RemU I32; I32Shl I32; I32ShrS I32; I32ShrU I32;
                I32Rotl I32; I32Rotr I32;
                I64Sub I64; I64DivS I64; I64DivU I64; I64RemS I64; I64RemU I64; I64Shl I64; I64ShrS I64; I64ShrU I64;
                I64Rotl I64; I64Rotr I64;
            }
            compare {
                I32Eq I32; I32Ne I32; I32LtS I32; I32LtU I32; I32GtS I32; I32GtU I32; I32LeS I32; I32LeU I32;
                I32GeS I32; I32GeU I32;
                I64Eq I64; I64Ne I64; I64LtS I64; I64LtU I64; I64GtS I64; I64GtU I64; I64LeS I64; I64LeU I64;
                I64GeS I64; I64GeU I64;
            }
            unary {
                I32Clz; I32Ctz; I32Popcnt; I32Extend8S; I32Extend16S;
                I64Clz; I64Ctz; I64Popcnt; I64Extend8S; I64Extend16S; I64Extend32S; I64ExtendI32S; I64ExtendI32U;
            }
        }
    }

    /// An operator that no visitor knows.
    #[cold]
    pub(crate) fn unsupported(&self, op: &Operator<'_>) -> Error {
        let message = coracle_error::wording!("{} is not supported", named(op));
        Error::fault_at(ErrorKind::Unsupported, message, u64::from(self.offset))
    }
}
