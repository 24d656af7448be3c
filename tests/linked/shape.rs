//! Random graphs: which component calls which, and in what way it is given the other's functions.

use crate::ty::{Core, Dice, Ty};

/// Core values that cross before parameters go through memory.
const MAX_FLAT_PARAMS: usize = 16;

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];

/// Components in the order in which they are made; the last one is the root.
///
/// Each hands a value on to others and gives back what comes of it. Where `handles` is set, the first one is another: it
/// defines the resource `r`.
pub(crate) struct Graph {
    pub(crate) ty: Ty,
    pub(crate) echo: Echo,
    pub(crate) handles: bool,
    pub(crate) nodes: Vec<Node>,
}

/// How a component hands on a value of the type.
pub(crate) enum Echo {
    /// In the core value that it is.
    One(Core),
    /// From parameters; the last component stores them, at these places, for its result.
    Flat(Vec<Core>, Vec<(u32, &'static str)>),
    /// Through memory both ways, so a result can be the next one's parameter.
    Memory,
}

/// A component that hands values on.
pub(crate) struct Node {
    pub(crate) encoding: &'static str,
    pub(crate) post_return: bool,
    /// Whose `r` it imports. Not necessarily of who defines it: all pass it on.
    pub(crate) resource: usize,
    pub(crate) deps: Vec<Dep>,
    /// Through whom a value goes, one after the other; through nobody at the end.
    pub(crate) path: Vec<usize>,
    /// To whom it lends, and to whom it gives a resource; itself, if it is to drop it.
    pub(crate) lend: usize,
    pub(crate) eat: usize,
}

/// What a component imports of one before it.
pub(crate) struct Dep {
    pub(crate) node: usize,
    pub(crate) via: Via,
}

/// In which way functions are imported, and given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// One by one.
    Funcs,
    /// As an instance, which the other exports.
    Instance,
    /// As an instance, made of functions that the other exports.
    Built,
}

impl Graph {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let depth = 1 + dice.below(3) as u32;
        let mut ty = Ty::random(dice, depth);
        let handles = ty.has_handles() || dice.below(2) == 0;
        if dice.below(3) == 0 {
            ty = padded(ty);
        }
        let echo = Echo::of(&ty).unwrap_or_else(|| {
            ty = padded(ty.clone());
            Echo::Memory
        });
        let mut graph = Self { ty, echo, handles, nodes: Vec::new() };
        for number in 0..2 + dice.below(5) {
            let node = graph.node(number, dice);
            graph.nodes.push(node);
        }
        graph
    }

    /// Whether the component of that number defines the resource.
    pub(crate) fn defines(&self, node: usize) -> bool {
        self.handles && node == 0
    }

    fn node(&self, number: usize, dice: &mut Dice) -> Node {
        let first = usize::from(self.handles);
        // The one before it always, so that all are part of the graph.
        let mut deps: Vec<usize> = (0..number).filter(|&n| n + 1 == number || dice.below(2) == 0).collect();
        // Some of them twice.
        deps.extend((0..number).filter(|_| dice.below(8) == 0));
        let mut path: Vec<usize> = deps.iter().copied().filter(|&dep| dep >= first).collect();
        let turn = dice.below(path.len().max(1) as u64);
        path.rotate_left(turn);
        if !matches!(self.echo, Echo::Memory | Echo::One(_)) {
            path.truncate(1);
        }
        deps.sort_unstable();
        deps.dedup();
        let any = |dice: &mut Dice| deps.get(dice.below(deps.len().max(1) as u64)).copied().unwrap_or(number);
        let (lend, other) = (any(dice), any(dice));
        Node {
            encoding: ENCODINGS[dice.below(3)],
            post_return: dice.below(2) == 0,
            resource: dice.below(number.max(1) as u64),
            path,
            lend,
            eat: if dice.below(3) == 0 { number } else { other },
            deps: deps.iter().map(|&node| Dep { node, via: via(dice) }).collect(),
        }
    }
}

impl Echo {
    /// `None` where the last component would have to know how variants are stored.
    fn of(ty: &Ty) -> Option<Self> {
        let flat = ty.flat();
        match flat.len() {
            1 => Some(Self::One(flat[0])),
            2..=MAX_FLAT_PARAMS => {
                let mut stores = Vec::new();
                stored(ty, 0, &mut stores)?;
                Some(Self::Flat(flat, stores))
            }
            _ => Some(Self::Memory),
        }
    }
}

fn via(dice: &mut Dice) -> Via {
    [Via::Funcs, Via::Instance, Via::Built][dice.below(3)]
}

/// The type and more core values than go through parameters.
fn padded(ty: Ty) -> Ty {
    Ty::Tuple(vec![ty, Ty::FixedList(Ty::Scalar("u8").into(), MAX_FLAT_PARAMS + 1)])
}

/// Where each core value of a type is stored, and by what; gives back where the type ends and how it is aligned.
fn stored(ty: &Ty, at: u32, stores: &mut Vec<(u32, &'static str)>) -> Option<(u32, u32)> {
    let (size, store) = match ty {
        Ty::Scalar("string") | Ty::List(_) | Ty::Map(..) => {
            let at = at.next_multiple_of(4);
            stores.extend([(at, "i32.store"), (at + 4, "i32.store")]);
            return Some((at + 8, 4));
        }
        Ty::Scalar("bool" | "s8" | "u8") => (1, "i32.store8"),
        Ty::Scalar("s16" | "u16") => (2, "i32.store16"),
        Ty::Scalar("s64" | "u64") => (8, "i64.store"),
        Ty::Scalar("f32") => (4, "f32.store"),
        Ty::Scalar("f64") => (8, "f64.store"),
        Ty::Scalar(_) | Ty::Own => (4, "i32.store"),
        Ty::Enum(count) => [(1, "i32.store8"), (2, "i32.store16")][usize::from(*count > 256)],
        Ty::Flags(count) => match count {
            0..=8 => (1, "i32.store8"),
            9..=16 => (2, "i32.store16"),
            _ => (4, "i32.store"),
        },
        Ty::Record(types) | Ty::Tuple(types) => return all_stored(&types.iter().collect::<Vec<_>>(), at, stores),
        Ty::FixedList(ty, count) => return all_stored(&vec![&**ty; *count], at, stores),
        Ty::Variant(_) | Ty::Option(_) | Ty::Result(..) => return None,
    };
    let at = at.next_multiple_of(size);
    stores.push((at, store));
    Some((at + size, size))
}

fn all_stored(types: &[&Ty], at: u32, stores: &mut Vec<(u32, &'static str)>) -> Option<(u32, u32)> {
    let mut align = 1;
    for ty in types {
        align = align.max(stored(ty, 0, &mut Vec::new())?.1);
    }
    let mut end = at.next_multiple_of(align);
    for ty in types {
        end = stored(ty, end, stores)?.0;
    }
    Some((end.next_multiple_of(align), align))
}
