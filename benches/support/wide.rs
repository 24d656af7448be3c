//! Components with as many exports as one likes, side by side or nested.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CodeSection, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentInstanceSection, ComponentTypeSection, ExportKind, ExportSection, Function,
    FunctionSection, InstanceSection, Module, ModuleSection, PrimitiveValType, TypeSection, ValType,
};

/// How deep a component of [`wide`] may nest: the validator refuses about a hundred levels.
#[allow(dead_code)] // Not all who use this file go that deep.
pub(crate) const DEEP: u32 = 90;

/// A component that exports `count` functions, each `func(v: u32) -> u32` and each lifted by itself.
///
/// With a `depth` of 1 they are the root's: `f0`, `f1` and so on. With more, each level is an instance with as many of
/// them as every other, under versioned names too, and the next level as `down`.
pub(crate) fn wide(count: u32, depth: u32) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(&module()));
    let mut core = InstanceSection::new();
    core.instantiate::<_, &str>(0, []);
    component.section(&core);
    let mut alias = ComponentAliasSection::new();
    alias.alias(Alias::CoreInstanceExport { instance: 0, kind: ExportKind::Func, name: "f" });
    component.section(&alias);
    let mut types = ComponentTypeSection::new();
    types.function().params([("v", PrimitiveValType::U32)]).result(Some(PrimitiveValType::U32.into()));
    component.section(&types);
    let mut lifts = CanonicalFunctionSection::new();
    (0..count).for_each(|_| {
        lifts.lift(0, 0, []);
    });
    component.section(&lifts);

    let mut exports = ComponentExportSection::new();
    if depth == 1 {
        (0..count).for_each(|i| {
            exports.export(name(i), ComponentExportKind::Func, i, None);
        });
    } else {
        let each = count / depth;
        let mut instances = ComponentInstanceSection::new();
        for level in 0..depth {
            let funcs = (0..each).map(|i| (name(i), ComponentExportKind::Func, level * each + i));
            let below = level.checked_sub(1).map(|below| ("down".to_owned(), ComponentExportKind::Instance, below));
            let members: Vec<_> = funcs.chain(below).collect();
            instances.export_items(members.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index)));
        }
        component.section(&instances);
        exports.export("down", ComponentExportKind::Instance, depth - 1, None);
    }
    component.section(&exports);
    component.finish()
}

/// The name of the export of that number in its instance. Every other one has a version.
pub(crate) fn name(i: u32) -> String {
    if i.is_multiple_of(2) { format!("f{i}") } else { format!("bench:wide/f{i}@1.2.{i}") }
}

/// A core module whose `f` gives back what it is given.
fn module() -> Module {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    let mut funcs = FunctionSection::new();
    funcs.function(0);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut body = Function::new([]);
    body.instructions().local_get(0).end();
    let mut code = CodeSection::new();
    code.function(&body);
    module.section(&types).section(&funcs).section(&exports).section(&code);
    module
}
