//! Function bodies that somebody made up to hurt a translator. Each is `(i32) -> i32`, exported as `f`.

use wasm_encoder::{
    BlockType, Catch, CodeSection, ExportKind, ExportSection, Function, FunctionSection, InstructionSink, Module,
    TagKind, TagSection, TagType, TypeSection, ValType,
};

/// Types that every module of these has: `f`'s own, one of a thousand results, one with none at all, a tag's.
const OWN: u32 = 0;
const MANY: u32 = 1;
const NOTHING: u32 = 2;

/// Operands of a block of type `MANY`.
pub(crate) const CARRIED: usize = 1_000;

fn with_locals(locals: u32, write: impl FnOnce(&mut InstructionSink<'_>)) -> Vec<u8> {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([], vec![ValType::I32; CARRIED]);
    types.ty().function([], []);
    module.section(&types);
    let mut functions = FunctionSection::new();
    functions.function(OWN);
    module.section(&functions);
    let mut tags = TagSection::new();
    tags.tag(TagType { kind: TagKind::Exception, func_type_idx: NOTHING });
    module.section(&tags);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    module.section(&exports);
    let mut code = CodeSection::new();
    let mut body = Function::new([(locals, ValType::I32)]);
    write(&mut body.instructions());
    body.instructions().end();
    code.function(&body);
    module.section(&code);
    module.finish()
}

fn body(write: impl FnOnce(&mut InstructionSink<'_>)) -> Vec<u8> {
    with_locals(1, write)
}

fn step(i: &mut InstructionSink<'_>) {
    i.local_get(0).i32_const(3).i32_add().local_set(0);
}

/// One straight line.
pub(crate) fn line(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| step(i));
        i.local_get(0);
    })
}

/// A loop of 300,000 turns in front of it.
pub(crate) fn line_with_loop(n: usize) -> Vec<u8> {
    body(|i| {
        i.loop_(BlockType::Empty);
        i.local_get(1).i32_const(1).i32_add().local_tee(1).i32_const(300_000).i32_lt_u().br_if(0).end();
        (0..n).for_each(|_| step(i));
        i.local_get(0);
    })
}

/// An expression so deep; of notes of a local.
pub(crate) fn deep(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| _ = i.local_get(0));
        (1..n).for_each(|_| _ = i.i32_add());
    })
}

/// The same with a block at each level, before which notes are settled.
pub(crate) fn deep_blocks(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| _ = i.local_get(0).block(BlockType::Empty).end());
        (1..n).for_each(|_| _ = i.i32_add());
    })
}

/// Each level notes the local, and then the local is set.
pub(crate) fn deep_sets(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| {
            i.local_get(0);
            step(i);
        });
        (1..n).for_each(|_| _ = i.i32_add());
    })
}

/// A thousand notes of another local below, and many blocks and sets above.
pub(crate) fn notes_below(n: usize) -> Vec<u8> {
    body(|i| {
        (0..1_000).for_each(|_| _ = i.local_get(1));
        (0..n).for_each(|_| {
            i.block(BlockType::Empty);
            step(i);
            i.end();
        });
        (1..1_000).for_each(|_| _ = i.i32_add());
        i.local_get(0).i32_add();
    })
}

/// Branches to one label far away.
pub(crate) fn far_label(n: usize) -> Vec<u8> {
    body(|i| {
        i.block(BlockType::Empty);
        (0..n).for_each(|_| _ = i.local_get(1).br_if(0));
        step(i);
        i.end().local_get(0);
    })
}

/// Branches that each take a thousand operands along, one cell from where they belong.
pub(crate) fn carried(n: usize) -> Vec<u8> {
    body(|i| {
        i.block(BlockType::FunctionType(MANY)).i32_const(7);
        (0..CARRIED).for_each(|at| _ = if at % 2 == 0 { i.local_get(0) } else { i.i32_const(1) });
        (0..n).for_each(|_| _ = i.local_get(1).br_if(0));
        i.br(0).end();
        (1..CARRIED).for_each(|_| _ = i.i32_add());
    })
}

/// The same by a table of so many labels.
pub(crate) fn carried_by_table(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| _ = i.block(BlockType::FunctionType(MANY)));
        i.i32_const(7);
        (0..CARRIED).for_each(|at| _ = if at % 2 == 0 { i.local_get(0) } else { i.i32_const(1) });
        i.local_get(1).br_table(0..n as u32, 0);
        (0..n).for_each(|_| _ = i.end());
        (1..CARRIED).for_each(|_| _ = i.i32_add());
    })
}

/// A table of so many labels, which are two; the third is the default.
pub(crate) fn table(n: usize) -> Vec<u8> {
    body(|i| {
        i.block(BlockType::Empty).block(BlockType::Empty).block(BlockType::Empty);
        i.local_get(0).br_table((0..n as u32).map(|at| at % 2), 2).end();
        i.i32_const(10).return_().end();
        i.i32_const(11).return_().end();
        i.i32_const(12);
    })
}

/// A table of so many labels, each another.
pub(crate) fn table_of_labels(n: usize) -> Vec<u8> {
    body(|i| {
        (0..=n).for_each(|_| _ = i.block(BlockType::Empty));
        i.local_get(0).br_table(0..n as u32, n as u32);
        (0..=n).for_each(|_| {
            i.end();
            step(i);
        });
        i.local_get(0);
    })
}

/// Blocks within blocks.
pub(crate) fn blocks(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| _ = i.block(BlockType::Empty));
        i.local_get(1).br_if(n as u32 - 1);
        step(i);
        (0..n).for_each(|_| _ = i.end());
        i.local_get(0);
    })
}

/// Loops within loops.
pub(crate) fn loops(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| _ = i.loop_(BlockType::Empty));
        step(i);
        i.local_get(1).br_if(n as u32 - 1);
        (0..n).for_each(|_| _ = i.end());
        i.local_get(0);
    })
}

/// Conditions within conditions.
pub(crate) fn ifs(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| _ = i.local_get(0).if_(BlockType::Empty));
        step(i);
        (0..n).for_each(|_| _ = i.else_().end());
        i.local_get(0);
    })
}

/// Handlers within handlers, and an exception that the outermost catches.
pub(crate) fn tries(n: usize) -> Vec<u8> {
    body(|i| {
        i.block(BlockType::Empty).try_table(BlockType::Empty, [Catch::All { label: 0 }]);
        (1..n).for_each(|_| _ = i.try_table(BlockType::Empty, []));
        step(i);
        i.throw(0);
        (0..n).for_each(|_| _ = i.end());
        i.end().local_get(0);
    })
}

/// Locals that [`thrown`] sets in turn.
pub(crate) const SET: usize = 400;

/// So many ways to one handler, each with other values in locals; none is taken.
pub(crate) fn thrown(n: usize) -> Vec<u8> {
    with_locals(SET as u32 + 1, |i| {
        i.block(BlockType::Empty).try_table(BlockType::Empty, [Catch::All { label: 0 }]);
        for k in 0..n {
            i.local_get(1).if_(BlockType::Empty).throw(0).end();
            i.local_get(0).i32_const(k as i32).i32_add().local_set(2 + (k % SET) as u32);
        }
        i.end().end().local_get(2);
        (1..SET as u32).for_each(|k| _ = i.local_get(2 + k).i32_add());
    })
}

/// So many locals, and a sum of some.
pub(crate) fn locals(n: usize) -> Vec<u8> {
    with_locals(n as u32, |i| {
        i.local_get(0).local_set(n as u32);
        i.local_get(n as u32).local_get(1).i32_add();
    })
}

/// So many locals, and as many levels of loops that join them all.
pub(crate) fn locals_in_loops(n: usize) -> Vec<u8> {
    with_locals(n as u32, |i| {
        (0..n).for_each(|_| _ = i.loop_(BlockType::Empty));
        (1..=n as u32).for_each(|local| _ = i.local_get(local).i32_const(1).i32_add().local_set(local));
        (0..n).for_each(|_| _ = i.i32_const(0).br_if(0).end());
        i.local_get(0).local_get(1).i32_add();
    })
}

/// Calls itself as often as it is told, and then traps. Before that call stands a long line.
pub(crate) fn traps_deep(n: usize) -> Vec<u8> {
    body(|i| {
        (0..n).for_each(|_| _ = i.local_get(1).i32_const(1).i32_add().local_set(1));
        i.local_get(0).i32_eqz().if_(BlockType::Empty).unreachable().end();
        i.local_get(0).i32_const(1).i32_sub().call(0);
    })
}
