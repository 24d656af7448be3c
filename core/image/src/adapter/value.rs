//! Values with parts: records, tuples, variants, fixed-length lists; and the helpers that keep batches linear.

use crate::adapter::body::{Body, Form, Local, Place, Side, val_type};
use crate::adapter::write::{HelperKey, Writer};
use crate::adapter::{Builtin, MemoryOption, SideOptions};
use crate::types::{Cases, FlatType, InterfaceType, OptionIndex, Payload, VariantIndex};
use alloc::vec;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::{Error, ErrorKind, Result};
use wasm_encoder::{BlockType, Instruction, ValType};

/// A record with at most this many scalar fields is moved in place; anything bigger goes through a helper.
const INLINE_FIELDS: usize = 4;

impl Writer<'_> {
    /// The view of a side's options from inside a body.
    pub(super) fn side(&mut self, options: SideOptions) -> Side {
        let memory = options.memory.map_or(0, |memory: MemoryOption| self.module.memory(memory));
        Side { options, memory }
    }

    pub(super) fn new_body(&mut self, params: usize) -> Body {
        let trap = self.builtin(Builtin::Trap);
        Body::new(params, trap)
    }

    /// Moves one value: lifts it from the first place, lowers it into the second.
    pub(super) fn value(
        &mut self,
        body: &mut Body,
        pair: [InterfaceType; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        use InterfaceType as T;
        if self.is_scalar(pair[0]) {
            self.scalar(body, pair, sides, places);
            return Ok(());
        }
        match (pair[0], pair[1]) {
            (T::Flags(_), _) => {
                self.wide_flags(body, pair[0], sides, places);
                Ok(())
            }
            (T::String, _) => {
                self.string(body, sides, places);
                Ok(())
            }
            (T::List(a), T::List(b)) if self.is_scalar(self.types[a].element) => {
                self.list(body, [self.types[a].element, self.types[b].element], sides, places)
            }
            (T::Record(_) | T::Tuple(_), _) if self.inline(pair[0]) => self.fields(body, pair, sides, places),
            _ => self.call_helper(body, pair, sides, places),
        }
    }

    /// Moves an element of a list. A record's own fields stand in the loop, which would else call a helper each time; each
    /// pair of lists has one such loop for each form that it comes and goes in, so sizes stay linear.
    pub(super) fn element(
        &mut self,
        body: &mut Body,
        pair: [InterfaceType; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        match pair[0] {
            InterfaceType::Record(_) | InterfaceType::Tuple(_) => self.fields(body, pair, sides, places),
            _ => self.value(body, pair, sides, places),
        }
    }

    fn inline(&self, ty: InterfaceType) -> bool {
        let fields = self.field_types(ty);
        fields.len() <= INLINE_FIELDS && fields.iter().all(|&(ty, _)| self.is_scalar(ty))
    }

    /// The body of a helper: parameters are the source's core values or address, then the destination's address if
    /// it lies in memory; results are the destination's core values if it does not.
    pub(super) fn helper_body(&mut self, key: HelperKey) -> Result<Body> {
        let sides = [self.side(key.sides[0]), self.side(key.sides[1])];
        let mut params = 0;
        let mut next = |count: usize| {
            let first = params as Local;
            params += count;
            first
        };
        let flat_from = self.flat_types(key.pair[0], &sides[0]);
        let from = match key.forms[0] {
            Form::Flat => {
                let first = next(flat_from.len());
                Place::Flat(flat_from.iter().enumerate().map(|(i, &ty)| (first + i as Local, ty)).collect())
            }
            Form::Memory => Place::Memory { addr: next(1), offset: 0 },
        };
        let to_addr = (key.forms[1] == Form::Memory).then(|| next(1));
        let mut body = self.new_body(params);
        let to = match to_addr {
            Some(addr) => Place::Memory { addr, offset: 0 },
            None => {
                let flat = self.flat_types(key.pair[1], &sides[1]);
                Place::Flat(flat.iter().map(|&ty| (body.local(ty), ty)).collect())
            }
        };
        self.parts(&mut body, key.pair, &sides, [&from, &to])?;
        if let Place::Flat(locals) = &to {
            for (local, _) in locals {
                body.get(*local);
            }
        }
        Ok(body)
    }

    fn call_helper(
        &mut self,
        body: &mut Body,
        pair: [InterfaceType; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        let key = HelperKey {
            pair,
            sides: [sides[0].options, sides[1].options],
            forms: [places[0].form(), places[1].form()],
        };
        let func = self.helper(key, sides);
        match places[0] {
            Place::Flat(locals) => locals.iter().for_each(|(local, _)| body.get(*local)),
            Place::Memory { addr, offset } => push_address(body, *addr, *offset, &sides[0]),
        }
        if let Place::Memory { addr, offset } = places[1] {
            push_address(body, *addr, *offset, &sides[1]);
        }
        body.call(func);
        if let Place::Flat(locals) = places[1] {
            locals.iter().rev().for_each(|(local, _)| body.set(*local));
        }
        Ok(())
    }

    fn helper(&mut self, key: HelperKey, sides: &[Side; 2]) -> u32 {
        if let Some(&func) = self.helpers.get(&key) {
            return func;
        }
        let (mut params, mut results) = (Vec::new(), Vec::new());
        match key.forms[0] {
            Form::Flat => params.extend(self.flat_types(key.pair[0], &sides[0]).into_iter().map(val_type)),
            Form::Memory => params.push(val_type(sides[0].ptr().flat())),
        }
        match key.forms[1] {
            Form::Flat => results.extend(self.flat_types(key.pair[1], &sides[1]).into_iter().map(val_type)),
            Form::Memory => params.push(val_type(sides[1].ptr().flat())),
        }
        let func = self.module.declare(&params, &results);
        self.helpers.insert(key, func);
        self.queue.push_back((key, func));
        func
    }

    /// Moves a value that has parts, in this body.
    fn parts(
        &mut self,
        body: &mut Body,
        pair: [InterfaceType; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        use InterfaceType as T;
        match (pair[0], pair[1]) {
            (T::Record(_) | T::Tuple(_), _) => self.fields(body, pair, sides, places),
            (T::Variant(a), T::Variant(b)) => {
                let cases =
                    |index: VariantIndex| self.types[index].cases.iter().map(|case| case.ty).collect::<Vec<_>>();
                let cases = [cases(a), cases(b)];
                let infos = [self.types[a].info, self.types[b].info];
                self.cases(body, &cases, &infos, sides, places)
            }
            (T::Option(a), T::Option(b)) => {
                let cases = |index: OptionIndex| -> Vec<Payload> { vec![None, Some(self.types[index].ty)] };
                let cases = [cases(a), cases(b)];
                let infos = [self.types[a].info, self.types[b].info];
                self.cases(body, &cases, &infos, sides, places)
            }
            (T::Result(a), T::Result(b)) => {
                let cases = [a, b].map(|index| vec![self.types[index].ok, self.types[index].err]);
                let infos = [self.types[a].info, self.types[b].info];
                self.cases(body, &cases, &infos, sides, places)
            }
            (T::List(a), T::List(b)) => self.list(body, [self.types[a].element, self.types[b].element], sides, places),
            (T::Map(a), T::Map(b)) => {
                let entries = [T::Tuple(self.types[a].entry), T::Tuple(self.types[b].entry)];
                self.list(body, entries, sides, places)
            }
            (T::FixedLengthList(a), T::FixedLengthList(b)) => {
                let elements = [self.types[a].element, self.types[b].element];
                self.fixed_list(body, elements, self.types[a].len, sides, places)
            }
            (ty, other) => Err(Error::fault(
                ErrorKind::Unsupported,
                alloc::format!("a value of this type cannot cross between components yet: {ty:?} to {other:?}"),
            )),
        }
    }

    /// The types of a record's or tuple's fields, with the offset of each for both pointer widths.
    fn field_types(&self, ty: InterfaceType) -> Vec<(InterfaceType, [u32; 2])> {
        use crate::types::Ptr::{P32, P64};
        match ty {
            InterfaceType::Record(index) => {
                let record = &self.types[index];
                record.fields.iter().map(|f| (f.ty, [f.offset(P32), f.offset(P64)])).collect()
            }
            InterfaceType::Tuple(index) => {
                let tuple = &self.types[index];
                tuple
                    .types
                    .iter()
                    .enumerate()
                    .map(|(i, &t)| (t, [tuple.offset(i, P32), tuple.offset(i, P64)]))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn fields(
        &mut self,
        body: &mut Body,
        pair: [InterfaceType; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        let fields = [self.field_types(pair[0]), self.field_types(pair[1])];
        let mut skip = [0, 0];
        for (from, to) in fields[0].iter().zip(&fields[1]) {
            let types = [from.0, to.0];
            let parts = [0, 1].map(|i| {
                let (ty, offsets) = [from, to][i];
                let count = match places[i] {
                    Place::Flat(_) => self.types.layout(*ty).flat(sides[i].ptr()).count(),
                    Place::Memory { .. } => 0,
                };
                let part = places[i].part(offsets[sides[i].ptr() as usize], skip[i], count);
                skip[i] += count;
                part
            });
            self.value(body, types, sides, [&parts[0], &parts[1]])?;
        }
        Ok(())
    }

    /// Moves a discriminant and the payload of the case that it names.
    fn cases(
        &mut self,
        body: &mut Body,
        cases: &[Vec<Payload>; 2],
        infos: &[Cases; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        let count = cases[0].len() as u32;
        let tag = self.load_tag(body, &infos[0], &sides[0], places[0]);
        body.get(tag);
        body.i32(count as i32);
        body.emit(Instruction::I32GeU);
        body.trap_if(Trap::InvalidDiscriminant);
        store_tag(body, tag, &infos[1], &sides[1], places[1]);
        if cases[0].iter().all(Option::is_none) {
            return Ok(());
        }
        // One block per case, innermost the first: the table jumps behind the block whose end begins the case.
        body.emit(Instruction::Block(BlockType::Empty));
        for _ in 0..count {
            body.emit(Instruction::Block(BlockType::Empty));
        }
        body.get(tag);
        body.emit(Instruction::BrTable((0..count).collect(), count - 1));
        for case in 0..count {
            body.emit(Instruction::End);
            if let (Some(from), Some(to)) = (cases[0][case as usize], cases[1][case as usize]) {
                self.payload(body, [from, to], infos, sides, places)?;
            }
            body.emit(Instruction::Br(count - 1 - case));
        }
        body.emit(Instruction::End);
        Ok(())
    }

    fn load_tag(&mut self, body: &mut Body, info: &Cases, side: &Side, place: &Place) -> Local {
        match place {
            Place::Flat(locals) => locals[0].0,
            Place::Memory { addr, offset } => {
                let tag = body.local(FlatType::I32);
                body.get(*addr);
                body.emit(match info.tag.bytes() {
                    1 => Instruction::I32Load8U(side.memarg(*offset, 0)),
                    2 => Instruction::I32Load16U(side.memarg(*offset, 1)),
                    _ => Instruction::I32Load(side.memarg(*offset, 2)),
                });
                body.set(tag);
                tag
            }
        }
    }

    fn payload(
        &mut self,
        body: &mut Body,
        pair: [InterfaceType; 2],
        infos: &[Cases; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        let mut parts = Vec::with_capacity(2);
        for i in [0, 1] {
            parts.push(match places[i] {
                Place::Memory { addr, offset } => {
                    Place::Memory { addr: *addr, offset: offset + infos[i].payload_offset(sides[i].ptr()) }
                }
                Place::Flat(joined) => {
                    // The case's own core values, in locals of their own types where the joined type differs.
                    let own = self.flat_types(pair[i], &sides[i]);
                    Place::Flat(
                        own.iter()
                            .zip(&joined[1..])
                            .map(
                                |(&ty, &(local, joined))| if ty == joined { (local, ty) } else { (body.local(ty), ty) },
                            )
                            .collect(),
                    )
                }
            });
        }
        if let (Place::Flat(own), Place::Flat(joined)) = (&parts[0], places[0]) {
            for (&(own, ty), &(local, joined)) in own.iter().zip(&joined[1..]) {
                if ty != joined {
                    body.get(local);
                    unjoin(body, joined, ty);
                    body.set(own);
                }
            }
        }
        self.value(body, pair, sides, [&parts[0], &parts[1]])?;
        if let (Place::Flat(own), Place::Flat(joined)) = (&parts[1], places[1]) {
            for (&(own, ty), &(local, joined)) in own.iter().zip(&joined[1..]) {
                if ty != joined {
                    body.get(own);
                    join(body, ty, joined);
                    body.set(local);
                }
            }
        }
        Ok(())
    }

    fn fixed_list(
        &mut self,
        body: &mut Body,
        elements: [InterfaceType; 2],
        len: u32,
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        if let (Place::Memory { addr: from, offset: a }, Place::Memory { addr: to, offset: b }) = (places[0], places[1])
        {
            let addrs = [(*from, *a), (*to, *b)].map(|(addr, offset)| (addr, offset));
            let mut starts = [0, 0];
            for i in [0, 1] {
                starts[i] = body.local(sides[i].ptr().flat());
                push_address(body, addrs[i].0, addrs[i].1, &sides[i]);
                body.set(starts[i]);
            }
            let count = body.local(FlatType::I64);
            body.i64(i64::from(len));
            body.set(count);
            return self.elements(body, elements, count, starts, sides);
        }
        let mut skip = [0, 0];
        for element in 0..len {
            let parts = [0, 1].map(|i| {
                let layout = self.types.layout(elements[i]);
                let count = match places[i] {
                    Place::Flat(_) => layout.flat(sides[i].ptr()).count(),
                    Place::Memory { .. } => 0,
                };
                let part = places[i].part(element * layout.size(sides[i].ptr()), skip[i], count);
                skip[i] += count;
                part
            });
            self.value(body, elements, sides, [&parts[0], &parts[1]])?;
        }
        Ok(())
    }

    /// The core values that `ty` flattens to on this side. Only asked where it does not spill.
    pub(super) fn flat_types(&self, ty: InterfaceType, side: &Side) -> Vec<FlatType> {
        self.types.layout(ty).flat(side.ptr()).types().unwrap_or(&[]).to_vec()
    }
}

/// Pushes `addr + offset`.
pub(super) fn push_address(body: &mut Body, addr: Local, offset: u32, side: &Side) {
    body.get(addr);
    if offset != 0 {
        body.ptr_const(offset, side.ptr());
        body.emit(match val_type(side.ptr().flat()) {
            ValType::I64 => Instruction::I64Add,
            _ => Instruction::I32Add,
        });
    }
}

fn store_tag(body: &mut Body, tag: Local, info: &Cases, side: &Side, place: &Place) {
    match place {
        Place::Flat(locals) => {
            body.get(tag);
            body.set(locals[0].0);
            // What the case does not use is zero.
            for &(local, ty) in &locals[1..] {
                body.emit(match ty {
                    FlatType::I32 => Instruction::I32Const(0),
                    FlatType::I64 => Instruction::I64Const(0),
                    FlatType::F32 => Instruction::F32Const(0.0_f32.into()),
                    FlatType::F64 => Instruction::F64Const(0.0_f64.into()),
                });
                body.set(local);
            }
        }
        Place::Memory { addr, offset } => {
            body.get(*addr);
            body.get(tag);
            body.emit(match info.tag.bytes() {
                1 => Instruction::I32Store8(side.memarg(*offset, 0)),
                2 => Instruction::I32Store16(side.memarg(*offset, 1)),
                _ => Instruction::I32Store(side.memarg(*offset, 2)),
            });
        }
    }
}

/// From the joined type of a variant's core value to a case's own.
fn unjoin(body: &mut Body, joined: FlatType, own: FlatType) {
    use FlatType::{F32, F64, I32, I64};
    match (joined, own) {
        (I32, F32) => body.emit(Instruction::F32ReinterpretI32),
        (I64, I32) => body.emit(Instruction::I32WrapI64),
        (I64, F32) => {
            body.emit(Instruction::I32WrapI64);
            body.emit(Instruction::F32ReinterpretI32);
        }
        (I64, F64) => body.emit(Instruction::F64ReinterpretI64),
        _ => {}
    }
}

/// From a case's own core value to the joined type.
fn join(body: &mut Body, own: FlatType, joined: FlatType) {
    use FlatType::{F32, F64, I32, I64};
    match (own, joined) {
        (F32, I32) => body.emit(Instruction::I32ReinterpretF32),
        (I32, I64) => body.emit(Instruction::I64ExtendI32U),
        (F32, I64) => {
            body.emit(Instruction::I32ReinterpretF32);
            body.emit(Instruction::I64ExtendI32U);
        }
        (F64, I64) => body.emit(Instruction::I64ReinterpretF64),
        _ => {}
    }
}
