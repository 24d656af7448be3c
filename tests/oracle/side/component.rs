//! Components: a value goes to the host and back, through one guest or two; and bytes that nobody vouches for are
//! lifted as a value.

use crate::guest::{self, Mishap, Realloc};
use crate::ty::{Dice, Ty};
use crate::{Seen, raw, why};
use coracle::component::{Component, Instance, InstancePre, Linker, Resource, ResourceType, Val};
use coracle::{AsContextMut, Engine, Result, Store};

/// What stands between a value and the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Whatever the type allows, there and back.
    Values,
    /// Whatever lies in a guest's memory and registers.
    Raw,
}

/// What the host saw.
#[derive(Default)]
struct State {
    seen: Vec<String>,
}

/// What is behind the handles that cross.
struct Thing;

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];

/// The case of a seed: what is seen, and the component's text.
pub fn components(engine: &Engine, shape: Shape, seed: u64, values: usize) -> (Vec<Seen>, String) {
    let mut dice = Dice::new(seed);
    for _ in 0..8 {
        dice.roll();
    }
    let ty = Ty::random(&mut dice, 3);
    let mut encoding = || ENCODINGS[dice.below(3)];
    let encodings = [encoding(), encoding()];
    let count = 1 + dice.below(2);
    let realloc = realloc(&mut dice);
    let text = match shape {
        Shape::Values => guest::component(&ty, &encodings[..count], realloc),
        Shape::Raw => raw::component(&ty, &encodings[..count], realloc, &mut dice),
    };
    let seen = match prepare(engine, &ty, &text) {
        Ok(pre) => {
            let run = if shape == Shape::Values { echo } else { go };
            (0..values).flat_map(|_| run(engine, &pre, &ty, &mut dice)).collect()
        }
        Err(error) => vec![(format!("not made: {error:#}"), false)],
    };
    (seen, text)
}

fn realloc(dice: &mut Dice) -> Realloc {
    const MISHAPS: [Mishap; 4] = [Mishap::Unaligned, Mishap::PastTheEnd, Mishap::Nowhere, Mishap::Trap];
    match dice.below(6) {
        0 => Realloc::Edge,
        1 => Realloc::Hostile(1 + dice.below(4), MISHAPS[dice.below(4)]),
        _ => Realloc::Bump,
    }
}

fn prepare(engine: &Engine, ty: &Ty, text: &str) -> Result<InstancePre<State>> {
    let binary = wat::parse_str(text).expect("the text of a component");
    let component = Component::new(engine, binary)?;
    let mut linker: Linker<State> = Linker::new(engine);
    linker.root().resource("r", ResourceType::host::<Thing>(), |_, _| Ok(()))?;
    let of = ty.clone();
    linker.root().func_new("host", move |mut store, _, params, results| {
        let value = to_reps(&mut store, &of, params[0].clone())?;
        store.data_mut().seen.push(format!("{value:?}"));
        results[0] = to_handles(&mut store, &of, value)?;
        Ok(())
    })?;
    linker.instantiate_pre(&component)
}

fn fresh(engine: &Engine, pre: &InstancePre<State>) -> (Store<State>, Instance) {
    let mut store = Store::new(engine, State::default());
    let instance = pre.instantiate(&mut store).expect("nothing in it can fail");
    (store, instance)
}

/// A value with resources for representations.
fn to_handles(mut store: impl AsContextMut, ty: &Ty, value: Val) -> Result<Val> {
    ty.handles(value, &mut |rep| {
        let Val::U32(rep) = rep else { unreachable!("a representation stands where a handle goes") };
        Ok(Val::Resource(Resource::<Thing>::new_own(rep).try_into_resource_any(&mut store)?))
    })
}

/// A value with representations for the resources in it, which it consumes.
fn to_reps(mut store: impl AsContextMut, ty: &Ty, value: Val) -> Result<Val> {
    ty.handles(value, &mut |handle| {
        let Val::Resource(handle) = handle else { unreachable!("a handle stands where the type has one") };
        Ok(Val::U32(Resource::<Thing>::try_from_resource_any(handle, &mut store)?.rep()))
    })
}

/// What the host saw of a call, and how it ended.
fn end(store: &mut Store<State>, end: Result<String>) -> Vec<Seen> {
    let mut seen: Vec<Seen> = store.data_mut().seen.drain(..).map(|value| (format!("host: {value}"), false)).collect();
    seen.push(match end {
        Ok(text) => (text, false),
        Err(error) => why(&error),
    });
    seen
}

/// A value that the type allows, through a new instance.
fn echo(engine: &Engine, pre: &InstancePre<State>, ty: &Ty, dice: &mut Dice) -> Vec<Seen> {
    let (mut store, instance) = fresh(engine, pre);
    let echo = instance.get_func(&mut store, "echo").expect("it is exported");
    let value = ty.value(dice);
    let called = to_handles(&mut store, ty, value).and_then(|sent| {
        let mut back = [Val::Bool(false)];
        echo.call(&mut store, &[sent], &mut back)?;
        let [back] = back;
        Ok(format!("back: {:?}", to_reps(&mut store, ty, back)?))
    });
    end(&mut store, called)
}

/// Numbers that a guest passes for a value, and one that it returns for one; and its memory where that went well. Each
/// through a new instance: what an error leaves of one differs.
fn go(engine: &Engine, pre: &InstancePre<State>, ty: &Ty, dice: &mut Dice) -> Vec<Seen> {
    let mut seen = Vec::new();
    for name in ["go", "out"] {
        let (mut store, instance) = fresh(engine, pre);
        let func = instance.get_func(&mut store, name).expect("it is exported");
        let params = raw::params(ty, name, dice);
        let mut results = vec![Val::Bool(false); func.ty(&store).results().len()];
        let called = func.call(&mut store, &params, &mut results).and_then(|()| match results.pop() {
            Some(value) => Ok(format!("{name}: {:?}", to_reps(&mut store, ty, value)?)),
            None => Ok(name.into()),
        });
        let well = called.is_ok();
        seen.extend(end(&mut store, called));
        if well && !has_floats(ty) {
            let memory = instance.get_func(&mut store, "memory").expect("it is exported");
            let mut bytes = [Val::Bool(false)];
            let looked = memory.call(&mut store, &[], &mut bytes).map(|()| summed(&bytes[0]));
            seen.extend(end(&mut store, looked));
        }
    }
    seen
}

/// Whether a NaN may be in it, whose bits each runtime may choose.
fn has_floats(ty: &Ty) -> bool {
    let mut texts = Vec::new();
    texts.push(ty.text(&mut Vec::new()));
    ty.text(&mut texts);
    texts.iter().any(|text| text.contains("f32") || text.contains("f64"))
}

fn summed(bytes: &Val) -> String {
    let Val::List(bytes) = bytes else { unreachable!("a list of bytes") };
    let bytes = bytes.iter().map(|byte| if let Val::U8(byte) = byte { *byte } else { 0 });
    format!("memory: {:#x}", crate::sum(bytes))
}
