//! The plan as text: tables first, then one line per step.

use crate::module::EntityIndex;
use crate::plan::*;
use crate::types::TypeTable;
use crate::types::print::{PrintDef, PrintFunc};
use core::fmt;

/// Prints a plan.
#[derive(Clone, Copy)]
pub struct PrintPlan<'a>(pub &'a Plan, pub &'a TypeTable);

impl fmt::Display for PrintPlan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.imports(f)?;
        self.tables(f)?;
        self.calls(f)?;
        self.steps(f)
    }
}

impl PrintPlan<'_> {
    fn imports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self(plan, types) = self;
        for (index, import) in plan.imports.iter() {
            writeln!(f, "{index} = {:?}: {}", types.name(import.name), PrintDef(types, import.ty))?;
        }
        for (index, item) in plan.runtime_imports.iter() {
            write!(f, "{index} = {}", item.import)?;
            for &name in &item.path {
                write!(f, " {:?}", types.name(name))?;
            }
            writeln!(f, ": {}", PrintDef(types, item.ty))?;
        }
        Ok(())
    }

    fn tables(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self(plan, types) = self;
        for (index, info) in plan.component_instances.iter() {
            write!(f, "{index}")?;
            if let Some(parent) = info.parent {
                write!(f, " in {parent}")?;
            }
            f.write_str("\n")?;
        }
        for (index, origin) in plan.resources.iter() {
            write!(f, "{index} = ")?;
            match origin {
                ResourceOrigin::Imported(item) => writeln!(f, "{item}")?,
                ResourceOrigin::Abstract => f.write_str("abstract\n")?,
                ResourceOrigin::Defined { instance, rep, dtor } => {
                    write!(f, "{rep} of {instance}")?;
                    if let Some(dtor) = dtor {
                        write!(f, ", dtor {}", PrintCore(dtor, types))?;
                    }
                    f.write_str("\n")?;
                }
            }
        }
        Ok(())
    }

    fn calls(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self(plan, types) = self;
        for (index, options) in plan.options.iter() {
            write!(f, "{index} = {} {}", options.instance, options.encoding.name())?;
            if let Some(memory) = options.memory {
                write!(f, " {memory}{}", if options.ptr == Ptr::P64 { " (64-bit)" } else { "" })?;
            }
            for (name, func) in [("realloc", options.realloc), ("post-return", options.post_return)] {
                if let Some(func) = func {
                    write!(f, " {name} {func}")?;
                }
            }
            f.write_str("\n")?;
        }
        for (index, trampoline) in plan.trampolines.iter() {
            write!(f, "{index} {} = ", plan.trampoline_sig(types, index))?;
            match trampoline {
                Trampoline::LowerImport { import, options, .. } => writeln!(f, "lower {import} with {options}")?,
                Trampoline::ResourceNew { resource, instance } => writeln!(f, "new {resource} in {instance}")?,
                Trampoline::ResourceRep { resource, instance } => writeln!(f, "rep {resource} in {instance}")?,
                Trampoline::ResourceDrop { resource, instance } => writeln!(f, "drop {resource} in {instance}")?,
            }
        }
        for (index, spec) in plan.adapters.iter() {
            write!(f, "{index} {} = ", plan.adapter_sig(types, index))?;
            write!(f, "{} with {} as {}", PrintCore(&spec.callee, types), spec.lift, PrintFunc(types, spec.lift_ty))?;
            write!(f, " to {}", spec.lower)?;
            f.write_str("\n")?;
        }
        Ok(())
    }

    fn steps(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self(plan, types) = self;
        let (mut instances, mut memories, mut funcs) = (0, 0, 0);
        f.write_str("steps:\n")?;
        for step in &plan.steps {
            f.write_str("  ")?;
            match step {
                Step::Instantiate(what) => {
                    write!(f, "{} = instantiate ", RuntimeInstanceIndex::from_u32(instances))?;
                    instances += 1;
                    self.instantiate(f, what)?;
                }
                Step::ExtractMemory(export) => {
                    let def = CoreDef::Export(export.clone());
                    writeln!(f, "{} = {}", RuntimeMemoryIndex::from_u32(memories), PrintCore(&def, types))?;
                    memories += 1;
                }
                Step::ExtractFunc(def) => {
                    writeln!(f, "{} = {}", RuntimeFuncIndex::from_u32(funcs), PrintCore(def, types))?;
                    funcs += 1;
                }
                Step::DefineResource(resource) => writeln!(f, "define {resource}")?,
                Step::Adapters { first, end } => writeln!(f, "make {first} up to {end}")?,
            }
        }
        Ok(())
    }

    fn instantiate(&self, f: &mut fmt::Formatter<'_>, what: &Instantiate) -> fmt::Result {
        let &Self(_, types) = self;
        match what {
            Instantiate::Static { owner, module, args } => {
                write!(f, "{module} for {owner} (")?;
                for (i, arg) in args.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { ", " }, PrintCore(arg, types))?;
                }
            }
            Instantiate::Import { owner, module, args } => {
                write!(f, "{module} for {owner} (")?;
                for (i, (space, name, arg)) in args.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    let names = (types.name(*space), types.name(*name));
                    write!(f, "{comma}{:?} {:?} {}", names.0, names.1, PrintCore(arg, types))?;
                }
            }
        }
        f.write_str(")\n")
    }
}

struct PrintCore<'a>(&'a CoreDef, &'a TypeTable);

impl fmt::Display for PrintCore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            CoreDef::Trampoline(index) => write!(f, "{index}"),
            CoreDef::Adapter(index) => write!(f, "{index}"),
            CoreDef::Export(export) => {
                write!(f, "{}.", export.instance)?;
                match export.item {
                    ExportItem::Name(name) => write!(f, "{:?}", self.1.name(name)),
                    ExportItem::Index(EntityIndex::Func(i)) => write!(f, "{i}"),
                    ExportItem::Index(EntityIndex::Table(i)) => write!(f, "{i}"),
                    ExportItem::Index(EntityIndex::Memory(i)) => write!(f, "{i}"),
                    ExportItem::Index(EntityIndex::Global(i)) => write!(f, "{i}"),
                    ExportItem::Index(EntityIndex::Tag(i)) => write!(f, "{i}"),
                }
            }
        }
    }
}
