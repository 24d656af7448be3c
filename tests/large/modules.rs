//! Modules with very many of one thing.

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TagKind, TagSection, TagType, TypeSection, ValType,
};

/// What there may be many of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Thing {
    Types,
    Imports,
    Functions,
    Exports,
    Globals,
    Tags,
    Tables,
    Datas,
    PassiveDatas,
    Elems,
    ElemItems,
}

pub(crate) const THINGS: [Thing; 11] = [
    Thing::Types,
    Thing::Imports,
    Thing::Functions,
    Thing::Exports,
    Thing::Globals,
    Thing::Tags,
    Thing::Tables,
    Thing::Datas,
    Thing::PassiveDatas,
    Thing::Elems,
    Thing::ElemItems,
];

/// How many of it validation lets pass.
pub(crate) fn most(thing: Thing) -> usize {
    match thing {
        // The size of the module's own type is bounded too.
        Thing::Imports | Thing::Exports => 200_000,
        Thing::Tables | Thing::Datas | Thing::PassiveDatas | Thing::Elems => 100_000,
        _ => 1_000_000,
    }
}

/// How many of it a store takes that has no limits of its own.
pub(crate) fn most_alive(thing: Thing) -> usize {
    match thing {
        Thing::Tables => 10_000,
        _ => most(thing),
    }
}

/// A module with `n` of it, whose export `f: (i32) -> i32` is the function that is defined last.
pub(crate) fn many(thing: Thing, n: usize) -> Vec<u8> {
    let of = |wanted: bool| if wanted { n as u32 } else { 0 };
    let (is, functions) = (|other: Thing| thing as u32 == other as u32, of(matches!(thing, Thing::Functions)).max(1));
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([], []);
    for at in 2..of(is(Thing::Types)) {
        // Each another: the number, in digits of four types.
        let digit =
            |place: u32| [ValType::I32, ValType::I64, ValType::F32, ValType::F64][(at >> (2 * place) & 3) as usize];
        types.ty().function((0..10).map(digit), [ValType::F64, ValType::F64]);
    }
    module.section(&types);
    let mut imports = ImportSection::new();
    for at in 0..of(is(Thing::Imports)) - u32::from(is(Thing::Imports)) {
        imports.import("m", &format!("i{at}"), wasm_encoder::EntityType::Function(1));
    }
    let imported = imports.len();
    module.section(&imports);
    let mut section = FunctionSection::new();
    (0..functions).for_each(|_| _ = section.function(0));
    module.section(&section);
    let table =
        |minimum| TableType { element_type: RefType::FUNCREF, table64: false, minimum, maximum: None, shared: false };
    let mut tables = TableSection::new();
    (0..of(is(Thing::Tables)).max(1)).for_each(|_| _ = tables.table(table(u64::from(of(is(Thing::ElemItems)).max(1)))));
    module.section(&tables);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
    module.section(&memories);
    let mut tags = TagSection::new();
    (0..of(is(Thing::Tags))).for_each(|_| _ = tags.tag(TagType { kind: TagKind::Exception, func_type_idx: 1 }));
    module.section(&tags);
    let mut globals = GlobalSection::new();
    for at in 0..of(is(Thing::Globals)) {
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(ty, &ConstExpr::i32_const(at as i32));
    }
    module.section(&globals);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, imported + functions - 1);
    for at in 1..of(is(Thing::Exports)) {
        exports.export(&format!("e{at}"), ExportKind::Func, imported);
    }
    module.section(&exports);
    let mut elems = ElementSection::new();
    let zero = ConstExpr::i32_const(0);
    (0..of(is(Thing::Elems))).for_each(|_| _ = elems.active(Some(0), &zero, Elements::Functions([0][..].into())));
    if is(Thing::ElemItems) {
        elems.active(Some(0), &zero, Elements::Functions(vec![0; n][..].into()));
    }
    module.section(&elems);
    let mut code = CodeSection::new();
    for at in 0..functions {
        let mut body = Function::new([]);
        body.instructions().local_get(0);
        if at + 1 == functions {
            body.instructions().i32_const(1).i32_add();
        }
        body.instructions().end();
        code.function(&body);
    }
    module.section(&code);
    let mut datas = DataSection::new();
    (0..of(is(Thing::Datas))).for_each(|at| _ = datas.active(0, &ConstExpr::i32_const((at & 0x7fff) as i32), [7]));
    (0..of(is(Thing::PassiveDatas))).for_each(|_| _ = datas.passive([7]));
    module.section(&datas);
    module.finish()
}
