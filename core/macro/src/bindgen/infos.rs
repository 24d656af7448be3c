//! What has to be known about a world's types before they are written.

use std::collections::HashMap;
use wit_parser::{Function, LiveTypes, Resolve, Type, TypeDefKind, TypeId, WorldId, WorldItem};

/// Whether something is imported or exported by the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Import,
    Export,
    /// Imported, with an identity of the host's for each import of the interface.
    Named,
}

/// What a type holds, at any depth, and how the world uses it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Info {
    /// Strings, lists or maps.
    pub(crate) lists: bool,
    /// Handles of resources, streams or futures.
    pub(crate) handles: bool,
    /// The error of some function's result.
    pub(crate) error: bool,
    /// Some exported function takes it.
    pub(crate) borrowed: bool,
    /// Some imported function takes it, or some function returns it.
    pub(crate) owned: bool,
}

/// The infos of all types.
pub(crate) struct Infos(HashMap<TypeId, Info>);

impl Infos {
    /// Looks through all types, and at the functions of the world.
    pub(crate) fn new(resolve: &Resolve, world: WorldId) -> Self {
        let mut infos = Self(HashMap::new());
        for (id, _) in resolve.types.iter() {
            infos.visit(resolve, id);
        }
        let world = &resolve.worlds[world];
        let imports = world.imports.values().map(|item| (Kind::Import, item));
        for (kind, item) in imports.chain(world.exports.values().map(|item| (Kind::Export, item))) {
            match item {
                WorldItem::Function(func) => infos.function(resolve, func, kind),
                WorldItem::Interface { id, .. } => {
                    resolve.interfaces[*id].functions.values().for_each(|func| infos.function(resolve, func, kind));
                }
                WorldItem::Type { .. } => {}
            }
        }
        infos
    }

    /// The info of a type.
    pub(crate) fn get(&self, id: TypeId) -> Info {
        self.0.get(&id).copied().unwrap_or_default()
    }

    fn function(&mut self, resolve: &Resolve, func: &Function, kind: Kind) {
        let mut params = LiveTypes::default();
        func.params.iter().for_each(|param| params.add_type(resolve, &param.ty));
        let mut results = LiveTypes::default();
        func.result.iter().for_each(|ty| results.add_type(resolve, ty));
        for id in params.iter() {
            let info = self.0.entry(id).or_default();
            *(if kind == Kind::Export { &mut info.borrowed } else { &mut info.owned }) = true;
        }
        for id in results.iter() {
            self.0.entry(id).or_default().owned = true;
        }
        if let Some((_, error)) = result_of(resolve, func)
            && let Some(info) = self.0.get_mut(&error)
        {
            info.error = true;
        }
    }

    fn visit(&mut self, resolve: &Resolve, id: TypeId) -> Info {
        if let Some(&info) = self.0.get(&id) {
            return info;
        }
        let mut info = Info::default();
        let mut inside = |this: &mut Self, ty: &Type| {
            let of = match ty {
                Type::String => Info { lists: true, ..Info::default() },
                Type::Id(id) => this.visit(resolve, *id),
                _ => Info::default(),
            };
            info.lists |= of.lists;
            info.handles |= of.handles;
        };
        match &resolve.types[id].kind {
            TypeDefKind::Record(record) => record.fields.iter().for_each(|field| inside(self, &field.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().for_each(|ty| inside(self, ty)),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().filter_map(|case| case.ty.as_ref()).for_each(|ty| inside(self, ty));
            }
            TypeDefKind::Result(result) => {
                [&result.ok, &result.err].into_iter().flatten().for_each(|ty| inside(self, ty));
            }
            TypeDefKind::Option(ty) | TypeDefKind::Type(ty) | TypeDefKind::FixedLengthList(ty, _) => inside(self, ty),
            TypeDefKind::List(ty) => {
                inside(self, ty);
                info.lists = true;
            }
            TypeDefKind::Map(key, value) => {
                inside(self, key);
                inside(self, value);
                info.lists = true;
            }
            TypeDefKind::Handle(_) | TypeDefKind::Future(_) | TypeDefKind::Stream(_) => info.handles = true,
            TypeDefKind::Resource | TypeDefKind::Flags(_) | TypeDefKind::Enum(_) | TypeDefKind::Unknown => {}
        }
        self.0.insert(id, info);
        info
    }
}

/// The definition that a chain of `use`s and aliases leads to.
pub(crate) fn definition(resolve: &Resolve, mut id: TypeId) -> TypeId {
    while let TypeDefKind::Type(Type::Id(next)) = resolve.types[id].kind {
        id = next;
    }
    id
}

/// The payload of `ok`, and the defined type of `error`, of a function that returns a result with such an error.
pub(crate) fn result_of(resolve: &Resolve, func: &Function) -> Option<(Option<Type>, TypeId)> {
    let Some(Type::Id(id)) = func.result else { return None };
    let TypeDefKind::Result(result) = &resolve.types[id].kind else { return None };
    match result.err {
        Some(Type::Id(error)) => Some((result.ok, definition(resolve, error))),
        _ => None,
    }
}
