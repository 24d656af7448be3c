//! Validation of bodies: the specification's algorithm, over tables.
//!
//! Most operators are rows of a table (`signature`), of what they take from and leave on the stacks (`stacks`). Those that
//! are not are told by the one reader of operators that builds of this kind have.
//!
//! # Invariants
//! - A body is refused exactly where wasmparser's validator refuses it, as the tests compare.
//! - Sections are valid before a body is looked at: a tag's type has no results, an export's function is there.
//! - What grows with a body fails where there is no memory for it.

mod immediates;
mod signature;
mod stacks;
#[cfg(test)]
mod tests;

use crate::entity::*;
use crate::module::{HeapType, RefType, ValType};
use crate::parse::error::invalid;
use crate::parse::operator::operator;
use crate::parse::valid::Context;
use coracle_error::{Error, ErrorKind, Result};
use signature::{Named, index, written};
use stacks::{Block, Kind, Operand, Stacks};
use wasmparser::{BinaryReader, BlockType, BrTable, Catch, FunctionBody, MemArg, MemArgTarget, Operator};

/// Operators behind which nothing is reached, by the bits of their opcodes.
const ENDS: u32 = bits(&[0x00, 0x08, 0x0a, 0x0c, 0x0e, 0x0f, 0x12, 0x13, 0x15]);
/// Operators that take an `i32` first of all: `if`, branches, and both ways of `select`.
const CONDITIONAL: u32 = bits(&[0x04, 0x0d, 0x0e, 0x1b, 0x1c]);
/// Calls that return.
const RETURNS: u32 = bits(&[0x12, 0x13, 0x15]);

const EXN: RefType = RefType { nullable: false, heap: HeapType::Exn };

const fn bits(opcodes: &[u32]) -> u32 {
    let (mut bits, mut i) = (0, 0);
    while i < opcodes.len() {
        bits |= 1 << opcodes[i];
        i += 1;
    }
    bits
}

fn is_of(opcode: u16, bits: u32) -> bool {
    opcode < 32 && bits >> opcode & 1 != 0
}

/// Validates bodies one after the other, with the same allocations.
#[derive(Default)]
pub(crate) struct Bodies(Stacks);

impl Bodies {
    /// Validates the body of a function.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` with an offset; `ErrorKind::Unsupported` for what is of a proposal that is never on here;
    /// `OutOfMemory`.
    pub(crate) fn check(&mut self, cx: Context<'_>, func: FuncIndex, body: &FunctionBody<'_>) -> Result<()> {
        Check { cx, stacks: &mut self.0 }.body(func, &mut body.get_binary_reader())
    }
}

struct Check<'a> {
    cx: Context<'a>,
    stacks: &'a mut Stacks,
}

impl Check<'_> {
    fn body(&mut self, func: FuncIndex, reader: &mut BinaryReader<'_>) -> Result<()> {
        self.stacks.clear();
        let sig = self.known(self.cx.data().funcs.get(func), "unknown function")?;
        for &ty in &self.cx.func_type(sig).params {
            self.stacks.define(1, ty, true)?;
        }
        for _ in 0..reader.read_var_u32().map_err(invalid)? {
            self.stacks.at = reader.original_position();
            let run = reader.read_var_u32().and_then(|count| Ok((count, reader.read()?)));
            let (count, ty) = run.map_err(invalid)?;
            let ty = self.cx.val_type(ty, self.stacks.at)?;
            self.stacks.define(count, ty, false)?;
        }
        self.stacks.open(Kind::Block, Block::Func(sig))?;
        reader.set_features(self.cx.features);
        loop {
            self.stacks.at = reader.original_position();
            match (reader.eof(), self.stacks.is_closed()) {
                (true, true) => return Ok(()),
                (false, false) => self.operator(reader)?,
                (true, false) => {
                    return Err(self.stacks.refused("control frames remain at end of function body"));
                }
                (false, true) => {
                    return Err(self.stacks.refused("operators remaining after end of function body"));
                }
            }
        }
    }

    fn operator(&mut self, reader: &mut BinaryReader<'_>) -> Result<()> {
        let mut ahead = reader.clone();
        let operator = operator(reader)?;
        let opcode = signature::opcode(&mut ahead)?;
        if !signature::is_on(opcode, self.cx.features) {
            return Err(self.stacks.refused("a proposal that is not enabled"));
        }
        if let Some(signature) = signature::signature(opcode) {
            let named = self.named(&operator, opcode)?;
            return self.plain(signature, named);
        }
        if is_of(opcode, CONDITIONAL) {
            self.stacks.pop(ValType::I32)?;
        }
        self.of_control(&operator, opcode)?;
        if is_of(opcode, ENDS) {
            self.stacks.unreachable();
        }
        Ok(())
    }

    fn plain(&mut self, signature: u16, named: Named) -> Result<()> {
        for shift in [4, 8, 12] {
            if let Some(ty) = written(signature >> shift & 15, named) {
                self.stacks.pop(ty)?;
            }
        }
        match written(signature & 15, named) {
            Some(ty) => self.stacks.push(ty),
            None => Ok(()),
        }
    }

    /// Checks the immediates of a plain operator: what they say of its types.
    fn named(&self, operator: &Operator<'_>, opcode: u16) -> Result<Named> {
        let mut named = Named { wide: false, other_wide: false, element: RefType::FUNCREF };
        if let Operator::MemoryInit { data_index, .. } | Operator::DataDrop { data_index } = *operator {
            self.data_segment(data_index)?;
        }
        match *operator {
            Operator::MemorySize { mem }
            | Operator::MemoryGrow { mem }
            | Operator::MemoryFill { mem }
            | Operator::MemoryInit { mem, .. } => named.wide = self.is_wide(mem)?,
            Operator::MemoryCopy { dst_mem, src_mem } => {
                (named.wide, named.other_wide) = (self.is_wide(dst_mem)?, self.is_wide(src_mem)?);
            }
            Operator::TableGet { table }
            | Operator::TableSet { table }
            | Operator::TableSize { table }
            | Operator::TableGrow { table }
            | Operator::TableFill { table } => (named.wide, named.element) = self.table(table)?,
            Operator::TableInit { elem_index, table } => {
                (named.wide, named.element) = self.table(table)?;
                self.stacks.matches(self.elem(elem_index)?, named.element)?;
            }
            Operator::ElemDrop { elem_index } => drop(self.elem(elem_index)?),
            Operator::TableCopy { dst_table, src_table } => {
                let (to, from) = (self.table(dst_table)?, self.table(src_table)?);
                (named.wide, named.other_wide) = (to.0, from.0);
                self.stacks.matches(from.1, to.1)?;
            }
            _ => {
                if let Some(access) = immediates::access(operator) {
                    named.wide = self.access(access, opcode)?;
                }
                #[cfg(feature = "simd")]
                if !immediates::are_lanes(operator, signature::lanes(opcode)) {
                    return Err(self.stacks.refused("invalid lane index"));
                }
            }
        }
        Ok(named)
    }

    /// Whether the addresses of an access have 64 bits.
    fn access(&self, access: &MemArg, opcode: u16) -> Result<bool> {
        let MemArgTarget::Memory(memory) = access.target else {
            return Err(self.stacks.refused("unknown memory"));
        };
        if access.align > access.max_align {
            return Err(self.stacks.refused("alignment must not be larger than natural"));
        }
        if signature::is_atomic(opcode) && access.align != access.max_align {
            return Err(self.stacks.refused("atomic instructions must always specify maximum alignment"));
        }
        let wide = self.is_wide(memory)?;
        if !wide && access.offset > u64::from(u32::MAX) {
            return Err(self.stacks.refused("offset out of range"));
        }
        Ok(wide)
    }

    /// Blocks, branches and calls.
    fn of_control(&mut self, operator: &Operator<'_>, opcode: u16) -> Result<()> {
        let Context { module, types, .. } = self.cx;
        match *operator {
            Operator::Unreachable => Ok(()),
            Operator::Block { blockty } => self.enter(Kind::Block, blockty),
            Operator::Loop { blockty } => self.enter(Kind::Loop, blockty),
            Operator::If { blockty } => self.enter(Kind::If, blockty),
            Operator::TryTable { ref try_table } => {
                try_table.catches.iter().try_for_each(|catch| self.catch(catch))?;
                self.enter(Kind::Block, try_table.ty)
            }
            Operator::Else | Operator::End => {
                let is_end = matches!(operator, Operator::End);
                let (kind, block) = self.stacks.close(types)?;
                let (params, results) = (block.params(types), block.results(types));
                match (is_end, kind) {
                    (false, Kind::If) => {
                        self.stacks.open(Kind::Block, block)?;
                        return self.stacks.push_all(params);
                    }
                    (false, _) => return Err(self.stacks.refused("`else` found outside `if` block")),
                    // What goes around it is what goes in.
                    (true, Kind::If) => self.stacks.each_matches(params, results)?,
                    (true, _) => {}
                }
                self.stacks.push_all(results)
            }
            Operator::Br { relative_depth } => {
                let label = self.stacks.label(relative_depth)?;
                self.stacks.pop_all(label.results(types))
            }
            Operator::BrIf { relative_depth } => self.may_branch(relative_depth),
            Operator::BrTable { ref targets } => self.br_table(targets),
            Operator::Return => {
                let body = self.stacks.body();
                self.stacks.pop_all(body.results(types))
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                let func = module.data.funcs.get(FuncIndex::from_u32(function_index));
                self.call(self.known(func, "unknown function")?, opcode)
            }
            Operator::CallIndirect { type_index, table_index }
            | Operator::ReturnCallIndirect { type_index, table_index } => {
                let (wide, element) = self.table(table_index)?;
                self.stacks.matches(element, RefType::FUNCREF)?;
                self.stacks.pop(index(wide))?;
                self.call(self.sig(type_index)?, opcode)
            }
            Operator::CallRef { type_index } | Operator::ReturnCallRef { type_index } => {
                let sig = self.sig(type_index)?;
                self.stacks.pop(ValType::Ref(RefType { nullable: true, heap: HeapType::Sig(sig) }))?;
                self.call(sig, opcode)
            }
            Operator::Throw { tag_index } => {
                let sig = self.tag(tag_index)?;
                self.stacks.pop_all(&types.types[sig].params)
            }
            Operator::ThrowRef => self.stacks.pop(ValType::Ref(RefType { nullable: true, ..EXN })),
            _ => self.of_values(operator),
        }
    }

    /// What moves values, and references.
    fn of_values(&mut self, operator: &Operator<'_>) -> Result<()> {
        match *operator {
            Operator::Drop => self.stacks.pop_any().map(drop),
            Operator::Select => self.select(),
            Operator::TypedSelect { ty } => {
                let ty = self.cx.val_type(ty, self.stacks.at)?;
                self.stacks.pop(ty)?;
                self.stacks.keep(&[ty])
            }
            Operator::TypedSelectMulti { .. } => Err(self.stacks.refused("invalid result arity")),
            Operator::LocalGet { local_index } => self.stacks.get(local_index),
            Operator::LocalSet { local_index } => self.stacks.set(local_index).map(drop),
            Operator::LocalTee { local_index } => {
                let ty = self.stacks.set(local_index)?;
                self.stacks.push(ty)
            }
            Operator::GlobalGet { global_index } => self.global(global_index, false),
            Operator::GlobalSet { global_index } => self.global(global_index, true),
            Operator::RefNull { hty } => match wasmparser::RefType::new(true, hty) {
                Some(ty) => {
                    let ty = self.cx.ref_type(ty, self.stacks.at)?;
                    self.stacks.push(ValType::Ref(ty))
                }
                None => Err(self.stacks.refused("unknown type")),
            },
            Operator::RefFunc { function_index } => {
                let func = FuncIndex::from_u32(function_index);
                let sig = self.known(self.cx.data().funcs.get(func), "unknown function")?;
                if !self.cx.is_declared(func) {
                    return Err(self.stacks.refused("undeclared function reference"));
                }
                self.stacks.push(ValType::Ref(RefType { nullable: false, heap: HeapType::Sig(sig) }))
            }
            Operator::RefIsNull => {
                self.stacks.pop_ref()?;
                self.stacks.push(ValType::I32)
            }
            Operator::RefAsNonNull => {
                let ty = self.stacks.pop_ref()?;
                self.push_non_null(ty)
            }
            Operator::BrOnNull { relative_depth } => {
                let ty = self.stacks.pop_ref()?;
                self.may_branch(relative_depth)?;
                self.push_non_null(ty)
            }
            Operator::BrOnNonNull { relative_depth } => {
                let label = self.stacks.label(relative_depth)?;
                let Some((&ValType::Ref(last), others)) = label.results(self.cx.types).split_last() else {
                    return Err(self.stacks.mismatch());
                };
                self.stacks.pop(ValType::Ref(RefType { nullable: true, ..last }))?;
                self.stacks.keep(others)
            }
            Operator::I64Add128 | Operator::I64Sub128 => {
                self.stacks.pop_all(&[ValType::I64; 2])?;
                self.stacks.keep(&[ValType::I64; 2])
            }
            Operator::I64MulWideS | Operator::I64MulWideU => self.stacks.keep(&[ValType::I64; 2]),
            _ => {
                let message = "an operator that is not supported in this build";
                Err(Error::fault_at(ErrorKind::Unsupported, message, self.stacks.at))
            }
        }
    }

    /// A block whose parameters are on the stack.
    fn enter(&mut self, kind: Kind, ty: BlockType) -> Result<()> {
        let block = match ty {
            BlockType::Empty => Block::Empty,
            BlockType::Type(ty) => Block::One(self.cx.val_type(ty, self.stacks.at)?),
            BlockType::FuncType(_) if !self.cx.features.multi_value() => {
                return Err(self.stacks.refused("multi-value is not enabled"));
            }
            BlockType::FuncType(ty) => Block::Func(self.sig(ty)?),
        };
        let params = block.params(self.cx.types);
        self.stacks.pop_all(params)?;
        self.stacks.open(kind, block)?;
        self.stacks.push_all(params)
    }

    fn may_branch(&mut self, depth: u32) -> Result<()> {
        let label = self.stacks.label(depth)?;
        self.stacks.keep(label.results(self.cx.types))
    }

    fn br_table(&self, targets: &BrTable<'_>) -> Result<()> {
        let default = self.stacks.label(targets.default())?;
        let default = default.results(self.cx.types);
        for target in targets.targets() {
            let label = self.stacks.label(target.map_err(invalid)?)?;
            let label = label.results(self.cx.types);
            if label.len() != default.len() {
                return Err(self.stacks.mismatch());
            }
            self.stacks.on_top(label)?;
        }
        self.stacks.on_top(default).map(drop)
    }

    fn call(&mut self, sig: SigId, opcode: u16) -> Result<()> {
        let ty = self.cx.func_type(sig);
        self.stacks.pop_all(&ty.params)?;
        if is_of(opcode, RETURNS) {
            self.stacks.each_matches(&ty.results, self.stacks.body().results(self.cx.types))
        } else {
            self.stacks.push_all(&ty.results)
        }
    }

    fn catch(&self, catch: &Catch) -> Result<()> {
        let (tag, label, with_ref) = match *catch {
            Catch::One { tag, label } => (Some(tag), label, false),
            Catch::OneRef { tag, label } => (Some(tag), label, true),
            Catch::All { label } => (None, label, false),
            Catch::AllRef { label } => (None, label, true),
        };
        let thrown: &[ValType] = match tag {
            Some(tag) => &self.cx.func_type(self.tag(tag)?).params,
            None => &[],
        };
        let label = self.stacks.label(label)?;
        let mut wanted = label.results(self.cx.types);
        if with_ref {
            let Some((&ValType::Ref(last), others)) = wanted.split_last() else { return Err(self.stacks.mismatch()) };
            self.stacks.matches(EXN, last)?;
            wanted = others;
        }
        self.stacks.each_matches(thrown, wanted)
    }

    /// Without a type that says so, only of numbers and vectors.
    fn select(&mut self) -> Result<()> {
        let mut operand = self.stacks.pop_any()?;
        match operand {
            Operand::Unknown => operand = self.stacks.pop_any()?,
            Operand::Known(ty) => self.stacks.pop(ty)?,
            Operand::Reference => {}
        }
        match operand {
            Operand::Reference | Operand::Known(ValType::Ref(_)) => Err(self.stacks.mismatch()),
            operand => self.stacks.push_operand(operand),
        }
    }

    fn push_non_null(&mut self, ty: Option<RefType>) -> Result<()> {
        self.stacks.push_operand(match ty {
            Some(ty) => Operand::Known(ValType::Ref(RefType { nullable: false, ..ty })),
            None => Operand::Reference,
        })
    }

    fn global(&mut self, global: u32, is_set: bool) -> Result<()> {
        let globals = &self.cx.data().globals;
        let global = self.known(globals.get(GlobalIndex::from_u32(global)), "unknown global")?;
        match (is_set, global.mutable) {
            (false, _) => self.stacks.push(global.content),
            (true, true) => self.stacks.pop(global.content),
            (true, false) => Err(self.stacks.refused("global is immutable")),
        }
    }
}

/// What operators name.
impl Check<'_> {
    fn known<T: Copy>(&self, item: Option<&T>, message: &'static str) -> Result<T> {
        match item {
            Some(&item) => Ok(item),
            None => Err(self.stacks.refused(message)),
        }
    }

    fn sig(&self, ty: u32) -> Result<SigId> {
        self.known(self.cx.data().types.get(TypeIndex::from_u32(ty)), "unknown type")
    }

    fn tag(&self, tag: u32) -> Result<SigId> {
        self.known(self.cx.data().tags.get(TagIndex::from_u32(tag)), "unknown tag")
    }

    /// Whether a memory's addresses have 64 bits.
    fn is_wide(&self, memory: u32) -> Result<bool> {
        // The specification's own tests have the number in their texts.
        let message = if memory == 0 { "unknown memory 0" } else { "unknown memory" };
        let memory = self.cx.data().memories.get(MemoryIndex::from_u32(memory));
        self.known(memory.map(|ty| &ty.memory64), message)
    }

    /// Whether a table's indices have 64 bits, and what it holds.
    fn table(&self, table: u32) -> Result<(bool, RefType)> {
        match self.cx.data().tables.get(TableIndex::from_u32(table)) {
            Some(ty) => Ok((ty.table64, ty.element)),
            None => Err(self.stacks.refused("unknown table")),
        }
    }

    fn elem(&self, elem: u32) -> Result<RefType> {
        let elem = self.cx.data().elems.get(ElemIndex::from_u32(elem));
        self.known(elem.map(|elem| &elem.ty), "unknown elem segment")
    }

    fn data_segment(&self, segment: u32) -> Result<()> {
        match self.cx.data_count {
            Some(count) if segment < count => Ok(()),
            Some(_) => Err(self.stacks.refused("unknown data segment")),
            None => Err(self.stacks.refused("data count section required")),
        }
    }
}
