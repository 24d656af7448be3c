//! Programs that do something: a generator beside `wasm-smith`.
//!
//! `wasm-smith` knows all of wasm, but what it writes seldom gets far: addresses are out of bounds, indirect calls meet
//! empty tables, loops run until the fuel is gone. Here loops are counted, addresses masked, tables filled, divisors
//! odd, and calls go downwards; each of that with exceptions, so that traps occur too. A program is one module or two,
//! the second of which imports from the first: functions, a memory, a table and a global.
//!
//! # Invariants
//! - What is generated is valid; a module that the engine refuses is a finding.
//! - A prefix of the input decides a prefix of the program, nearly; where the input ends, the program does soon.

mod body;
mod ops;

use arbitrary::Unstructured;
use ops::Ty;
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, FuncType, FunctionSection, GlobalSection, GlobalType, HeapType, ImportSection, MemorySection,
    MemoryType, Module, RefType, TableSection, TableType, TagKind, TagSection, TagType, TypeSection, ValType,
};

/// The type of a block without values.
const EMPTY: u8 = 0x40;

/// Functions that the host gives: `(i32, i64, f32, f64) -> i32` and `(f64) -> (i64, f32)`.
pub const HOST: [(&[ValType], &[ValType]); 2] = [
    (&[ValType::I32, ValType::I64, ValType::F32, ValType::F64], &[ValType::I32]),
    (&[ValType::F64], &[ValType::I64, ValType::F32]),
];

/// A generated program.
pub struct Program {
    /// Modules, in the order of instantiation. The first imports `host`, the second also `first`.
    pub modules: Vec<Vec<u8>>,
    /// How it is run: eight bits that the input chose.
    pub mode: u8,
    /// Nothing in it depends on which NaN arithmetic returns.
    pub coy: bool,
}

/// A function's type.
#[derive(Clone, Debug, PartialEq)]
struct Sig {
    params: Vec<Ty>,
    results: Vec<Ty>,
}

#[derive(Clone, Copy, Debug)]
struct Mem {
    wide: bool,
    ty: MemoryType,
}

#[derive(Clone, Copy, Debug)]
struct Table {
    wide: bool,
    elem: Ty,
    /// A power of two.
    len: u32,
}

/// What the bodies of a module can name.
#[derive(Default)]
pub struct Env {
    types: Vec<Sig>,
    /// Types of all functions, imports first.
    funcs: Vec<u32>,
    imported: u32,
    mems: Vec<Mem>,
    tables: Vec<Table>,
    /// Types, and whether they may be set.
    globals: Vec<(Ty, bool)>,
    /// For each tag: its parameters, and the types of blocks that leave them, without and with the exception.
    tags: Vec<(Vec<Ty>, u32, u32)>,
    /// Functions in tables: table, place, function.
    placed: Vec<(usize, u32, u32)>,
    /// The passive segment of elements.
    passive: u32,
    /// No NaN's bits are ever seen: nothing depends on which NaN arithmetic returns.
    coy: bool,
}

/// The program that the input describes.
pub fn program(input: &mut Unstructured<'_>) -> Program {
    let mode = input.arbitrary().unwrap_or(0);
    let shape: u8 = input.arbitrary().unwrap_or(0);
    let coy = mode & 0x40 != 0;
    let (first, env) = module(input, shape, coy, None);
    let mut modules = vec![first];
    if shape & 3 == 3 {
        modules.push(module(input, shape >> 1, coy, Some(&env)).0);
    }
    Program { modules, mode, coy }
}

fn leb(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn sleb(bytes: &mut Vec<u8>, mut value: i64) {
    while !(-64..64).contains(&value) {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8 & 0x7f);
}

fn below(input: &mut Unstructured<'_>, n: u8) -> u8 {
    input.arbitrary::<u8>().unwrap_or(0) % n
}

fn encoded(ty: Ty) -> ValType {
    match ty {
        Ty::I32 => ValType::I32,
        Ty::I64 => ValType::I64,
        Ty::F32 => ValType::F32,
        Ty::F64 => ValType::F64,
        Ty::V128 => ValType::V128,
        Ty::Func => ValType::FUNCREF,
        Ty::Extern => ValType::EXTERNREF,
        Ty::Exn => ValType::EXNREF,
        Ty::Ref(index) => ValType::Ref(RefType { nullable: true, heap_type: HeapType::Concrete(index) }),
    }
}

fn sig(input: &mut Unstructured<'_>, coy: bool) -> Sig {
    const TYPES: [Ty; 12] = [
        Ty::I32,
        Ty::I64,
        Ty::F32,
        Ty::F64,
        Ty::I32,
        Ty::I64,
        Ty::I32,
        Ty::V128,
        Ty::Func,
        Ty::Extern,
        Ty::F64,
        Ty::I32,
    ];
    let mut some = |most: u8| -> Vec<Ty> {
        let count = below(input, most);
        (0..count).map(|_| TYPES[usize::from(below(input, 12))]).collect()
    };
    let (params, results) = (some(6), some(8));
    // One result is the rule.
    let results = match results.len() {
        0 => Vec::new(),
        1..=4 => results[..1].to_vec(),
        _ => results[..results.len() - 3].to_vec(),
    };
    let vectors = |types: Vec<Ty>| types.into_iter().map(|ty| if coy && ty == Ty::V128 { Ty::F32 } else { ty });
    Sig { params: vectors(params).collect(), results: vectors(results).collect() }
}

impl Env {
    /// The index of a type, new or old.
    fn index(&mut self, params: &[Ty], results: &[Ty]) -> u32 {
        let wanted = Sig { params: params.to_vec(), results: results.to_vec() };
        let at = self.types.iter().position(|sig| *sig == wanted).unwrap_or_else(|| {
            self.types.push(wanted);
            self.types.len() - 1
        });
        at as u32
    }
}

/// What the module has besides functions.
fn items(env: &mut Env, input: &mut Unstructured<'_>, shape: u8, first: Option<&Env>) {
    let memory = |wide: bool, shared: bool, small: bool| Mem {
        wide,
        ty: MemoryType {
            minimum: if small { 20_000 } else { 1 },
            maximum: (shared || small).then_some(if small { 30_000 } else { 3 }),
            memory64: wide,
            shared,
            page_size_log2: small.then_some(0),
        },
    };
    match first {
        Some(first) => env.mems.push(first.mems[0]),
        None => env.mems.push(match shape >> 2 & 7 {
            0 | 3..=5 => memory(false, false, false),
            1 => memory(true, false, false),
            2 => memory(false, true, false),
            6 => memory(false, false, true),
            _ => memory(true, true, false),
        }),
    }
    if shape & 0x20 != 0 {
        env.mems.push(memory(shape & 0x40 != 0, shape & 0x80 != 0, false));
    }
    env.tables.push(match first {
        Some(first) => first.tables[0],
        None => Table { wide: shape & 0x10 != 0, elem: Ty::Func, len: 64 },
    });
    let (wide, elem) = (shape & 0x40 != 0, if shape & 0x80 != 0 { Ty::Extern } else { Ty::Func });
    env.tables.push(Table { wide, elem, len: 16 });
    env.globals.push((Ty::I32, true));
    for ty in [Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::V128, Ty::Func, Ty::Extern] {
        env.globals.push((ty, true));
    }
    env.globals.push((Ty::I32, false));
    for _ in 0..=below(input, 2) {
        let params = sig(input, env.coy).params;
        let mut kept = params.clone();
        kept.push(Ty::Exn);
        let (plain, with_ref) = (env.index(&[], &params), env.index(&[], &kept));
        env.index(&params, &[]);
        env.tags.push((params, plain, with_ref));
    }
}

fn module(input: &mut Unstructured<'_>, shape: u8, coy: bool, first: Option<&Env>) -> (Vec<u8>, Env) {
    let mut env = Env { coy, ..Env::default() };
    let mut imports = ImportSection::new();
    let plain = |ty: ValType| match ty {
        ValType::I32 => Ty::I32,
        ValType::I64 => Ty::I64,
        ValType::F32 => Ty::F32,
        _ => Ty::F64,
    };
    for (at, (params, results)) in HOST.iter().enumerate() {
        let of = |types: &[ValType]| types.iter().map(|ty| plain(*ty)).collect::<Vec<_>>();
        let ty = env.index(&of(params), &of(results));
        imports.import("host", &at.to_string(), EntityType::Function(ty));
        env.funcs.push(ty);
    }
    if let Some(first) = first {
        for func in (first.imported..first.funcs.len() as u32).take(3) {
            let sig = &first.types[first.funcs[func as usize] as usize];
            let ty = env.index(&sig.params, &sig.results);
            imports.import("first", &format!("f{func}"), EntityType::Function(ty));
            env.funcs.push(ty);
        }
    }
    env.imported = env.funcs.len() as u32;
    items(&mut env, input, shape, first);
    for _ in 0..=below(input, 6) {
        let sig = sig(input, coy);
        let ty = env.index(&sig.params, &sig.results);
        env.funcs.push(ty);
        // Some more of the same type, which one place of a table can lead to, and tail calls.
        if below(input, 2) == 1 {
            env.funcs.push(ty);
        }
    }
    let place = if first.is_some() { 32 } else { 0 };
    for func in 0..(env.funcs.len() as u32).min(24) {
        env.placed.push((0, place + func, func));
    }
    env.passive = 1;
    if env.tables[1].elem == Ty::Func {
        env.passive = 2;
        env.placed.extend((0..env.funcs.len().min(8)).map(|at| (1, at as u32, (env.funcs.len() - 1 - at) as u32)));
    }
    if first.is_some() {
        imports.import("first", "m0", env.mems[0].ty);
        imports.import("first", "t0", table_type(&env.tables[0]));
        imports.import("first", "g0", GlobalType { val_type: ValType::I32, mutable: true, shared: false });
    }
    let bytes = sections(&env, input, imports, first.is_some());
    (bytes, env)
}

fn table_type(table: &Table) -> TableType {
    TableType {
        element_type: if table.elem == Ty::Extern { RefType::EXTERNREF } else { RefType::FUNCREF },
        table64: table.wide,
        minimum: u64::from(table.len),
        maximum: Some(u64::from(table.len) + 4),
        shared: false,
    }
}

fn sections(env: &Env, input: &mut Unstructured<'_>, imports: ImportSection, second: bool) -> Vec<u8> {
    let skip = usize::from(second);
    let mut code = CodeSection::new();
    let mut functions = FunctionSection::new();
    for func in env.imported..env.funcs.len() as u32 {
        functions.function(env.funcs[func as usize]);
        let (locals, bytes) = body::body(env, input, func);
        let mut made = wasm_encoder::Function::new_with_locals_types(locals.into_iter().map(encoded));
        made.raw(bytes);
        code.function(&made);
    }
    let mut module = Module::new();
    let mut types = TypeSection::new();
    for sig in &env.types {
        types.ty().func_type(&FuncType::new(
            sig.params.iter().map(|ty| encoded(*ty)),
            sig.results.iter().map(|ty| encoded(*ty)),
        ));
    }
    let mut tables = TableSection::new();
    for table in &env.tables[skip..] {
        tables.table(table_type(table));
    }
    let mut mems = MemorySection::new();
    for mem in &env.mems[skip..] {
        mems.memory(mem.ty);
    }
    let mut tags = TagSection::new();
    for (params, ..) in &env.tags {
        let of = |sig: &Sig| sig.params == *params && sig.results.is_empty();
        let func_type_idx = env.types.iter().position(of).expect("interned with the tag") as u32;
        tags.tag(TagType { kind: TagKind::Exception, func_type_idx });
    }
    module.section(&types).section(&imports).section(&functions).section(&tables).section(&mems).section(&tags);
    module.section(&globals(env, skip)).section(&exports(env)).section(&elements(env));
    module.section(&DataCountSection { count: 2 }).section(&code);
    let mut data = DataSection::new();
    // Pointers to pointers, all aligned and small.
    let pointers: Vec<u8> =
        (0..body::POINTERS / 4 + 64).flat_map(|at| (at * 52 % body::POINTERS).to_le_bytes()).collect();
    let start = if env.mems[0].wide { ConstExpr::i64_const(0) } else { ConstExpr::i32_const(0) };
    data.active(0, &start, pointers).passive((0..40).map(|at: u8| at.wrapping_mul(37)));
    module.section(&data);
    module.finish()
}

fn globals(env: &Env, skip: usize) -> GlobalSection {
    let mut globals = GlobalSection::new();
    for &(ty, mutable) in &env.globals[skip..] {
        let init = match ty {
            Ty::I32 => ConstExpr::i32_const(0x800),
            Ty::I64 => ConstExpr::i64_const(-3),
            Ty::F32 => ConstExpr::f32_const(1.5_f32.into()),
            Ty::F64 => ConstExpr::f64_const(2.5_f64.into()),
            Ty::V128 => ConstExpr::v128_const(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10),
            Ty::Extern => ConstExpr::ref_null(HeapType::EXTERN),
            _ => ConstExpr::ref_func(0),
        };
        globals.global(GlobalType { val_type: encoded(ty), mutable, shared: false }, &init);
    }
    globals
}

fn exports(env: &Env) -> ExportSection {
    let mut exports = ExportSection::new();
    for func in env.imported..env.funcs.len() as u32 {
        exports.export(&format!("f{func}"), ExportKind::Func, func);
    }
    for mem in 0..env.mems.len() as u32 {
        exports.export(&format!("m{mem}"), ExportKind::Memory, mem);
    }
    for global in 0..env.globals.len() as u32 {
        exports.export(&format!("g{global}"), ExportKind::Global, global);
    }
    exports.export("t0", ExportKind::Table, 0);
    exports
}

fn elements(env: &Env) -> ElementSection {
    let mut elements = ElementSection::new();
    for (index, table) in env.tables.iter().enumerate().filter(|(_, table)| table.elem == Ty::Func) {
        let here: Vec<(u32, u32)> =
            env.placed.iter().filter(|(of, ..)| *of == index).map(|(_, at, func)| (*at, *func)).collect();
        let at = here.first().map_or(0, |(at, _)| *at);
        let start = if table.wide { ConstExpr::i64_const(i64::from(at)) } else { ConstExpr::i32_const(at as i32) };
        let funcs: Vec<u32> = here.iter().map(|(_, func)| *func).collect();
        elements.active(Some(index as u32), &start, Elements::Functions(funcs.into()));
    }
    elements.passive(Elements::Functions([0, 1].as_slice().into()));
    elements
}
