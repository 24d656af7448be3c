//! The generator: what is known about a world while its bindings are written, and where things stand.
//!
//! Every interface becomes a module, imports at `ns::pkg::iface` and exports at `exports::ns::pkg::iface`; what stands
//! in the world itself becomes an item beside the macro. A [`Place`] is one of these spots: paths are written as seen
//! from there.

use crate::bindgen::names;
use crate::bindgen::options::Options;
use crate::bindgen::rules::{interface_names, keys};
use crate::bindgen::types::Infos;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use syn::{Error, Result};
use wit_parser::{
    Function, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey,
};

/// Whether something is imported or exported by the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Import,
    Export,
}

/// The module in which something is written.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    kind: Kind,
    interface: Option<(InterfaceId, WorldKey)>,
    /// Module names from the macro inwards.
    path: Vec<String>,
}

impl Place {
    /// Beside the macro.
    pub(crate) fn root() -> Self {
        Self { kind: Kind::Import, interface: None, path: Vec::new() }
    }
    /// Whether the guest imports or exports what stands here.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }
    /// The interface that stands here; `None` for the world.
    pub(crate) fn interface(&self) -> Option<InterfaceId> {
        self.interface.as_ref().map(|(id, _)| *id)
    }
    /// By which key the world knows the interface.
    pub(crate) fn key(&self) -> Option<&WorldKey> {
        self.interface.as_ref().map(|(_, key)| key)
    }
    /// Module names from the macro inwards.
    pub(crate) fn path(&self) -> &[String] {
        &self.path
    }
    /// The path from here to where the macro stands. Never empty: a module that a macro makes would be ambiguous with
    /// a crate of the same name.
    fn up(&self) -> TokenStream {
        if self.path.is_empty() { quote!(self::) } else { self.path.iter().map(|_| quote!(super::)).collect() }
    }
}

/// All that the writing of bindings has to know.
pub(crate) struct Generator<'a> {
    pub(crate) resolve: &'a Resolve,
    pub(crate) world: WorldId,
    pub(crate) options: &'a Options,
    pub(crate) infos: Infos,
    /// The hidden module of the façade.
    pub(crate) internal: TokenStream,
    /// Interfaces whose resources the host defines.
    pub(crate) imported: HashSet<InterfaceId>,
    /// From the macro to each interface's module, of bindings made here or of others.
    modules: HashMap<InterfaceId, TokenStream>,
    /// Embedder's error types by the type that they stand for: aliases beside the macro.
    errors: HashMap<TypeId, Ident>,
    /// Names that `with` gives, as aliases beside the macro.
    with: HashMap<String, Ident>,
    with_used: RefCell<BTreeSet<String>>,
}

impl<'a> Generator<'a> {
    /// Looks the world through.
    pub(crate) fn new(resolve: &'a Resolve, world: WorldId, options: &'a Options) -> Result<Self> {
        let root = &options.root;
        let with = options.with.keys().enumerate().map(|(n, key)| (key.clone(), format_ident!("__with_name{n}")));
        let mut this = Self {
            resolve,
            world,
            options,
            infos: Infos::new(resolve, world),
            internal: quote!(#root::component::__internal),
            imported: HashSet::new(),
            modules: HashMap::new(),
            errors: HashMap::new(),
            with: with.collect(),
            with_used: RefCell::default(),
        };
        this.find_modules();
        this.find_errors()?;
        this.refuse_async()?;
        Ok(this)
    }

    fn find_modules(&mut self) {
        for (kind, key, id) in self.interfaces() {
            let place = self.place(kind, &key, id);
            let mut path: TokenStream = idents(place.path());
            if kind == Kind::Import {
                self.imported.insert(id);
            }
            if let Some(other) = self.replacement(&key, None)
                && kind == Kind::Import
            {
                path = other;
            }
            self.modules.insert(id, path);
        }
    }

    fn find_errors(&mut self) -> Result<()> {
        for (n, (wit, _)) in self.options.trappable_errors.iter().enumerate() {
            let found = wit.rsplit_once('.').and_then(|(interface, ty)| {
                self.resolve.interfaces.iter().filter(|(id, _)| self.modules.contains_key(id)).find_map(|(id, def)| {
                    let same =
                        def.name.is_some() && interface_names(self.resolve, id).iter().any(|name| name == interface);
                    if same { def.types.get(ty).copied() } else { None }
                })
            });
            let Some(id) = found else {
                return Err(fail(format!("`trappable_error_type`: the world has no type `{wit}`")));
            };
            self.errors.insert(id, format_ident!("_TrappableError{n}"));
        }
        Ok(())
    }

    fn refuse_async(&self) -> Result<()> {
        let function = |func: &Function| match func.kind.is_async() {
            true => Err(fail(format!("`{}` is an async function, which is not supported yet", func.name))),
            false => Ok(()),
        };
        let mut types = Vec::new();
        for (_, item) in self.resolve.worlds[self.world].imports.iter().chain(&self.resolve.worlds[self.world].exports)
        {
            match item {
                WorldItem::Function(func) => function(func)?,
                WorldItem::Interface { id, .. } => {
                    let interface = &self.resolve.interfaces[*id];
                    interface.functions.values().try_for_each(function)?;
                    types.extend(interface.types.values().copied());
                }
                WorldItem::Type { id, .. } => types.push(*id),
            }
        }
        for id in types {
            let ty = &self.resolve.types[id];
            if matches!(
                ty.kind,
                TypeDefKind::Future(_) | TypeDefKind::Stream(_) | TypeDefKind::Type(Type::ErrorContext)
            ) {
                let name = ty.name.as_deref().unwrap_or_default();
                return Err(fail(format!("`{name}` is a future, stream or error-context, which is not supported yet")));
            }
        }
        Ok(())
    }

    /// All interfaces of the world, imports first.
    pub(crate) fn interfaces(&self) -> Vec<(Kind, WorldKey, InterfaceId)> {
        let world = &self.resolve.worlds[self.world];
        let imports = world.imports.iter().map(|item| (Kind::Import, item));
        let exports = world.exports.iter().map(|item| (Kind::Export, item));
        let found = imports.chain(exports).filter_map(|(kind, (key, item))| match item {
            WorldItem::Interface { id, .. } => Some((kind, key.clone(), *id)),
            WorldItem::Function(_) | WorldItem::Type { .. } => None,
        });
        found.collect()
    }

    /// The functions that the world imports itself.
    pub(crate) fn world_functions(&self) -> Vec<&'a Function> {
        let items = self.resolve.worlds[self.world].imports.values();
        let functions = items.filter_map(|item| match item {
            WorldItem::Function(func) => Some(func),
            _ => None,
        });
        functions.collect()
    }

    /// The module of an interface.
    pub(crate) fn place(&self, kind: Kind, key: &WorldKey, id: InterfaceId) -> Place {
        let mut path = Vec::new();
        if kind == Kind::Export {
            path.push("exports".into());
        }
        let interface = &self.resolve.interfaces[id];
        match (key, interface.package, &interface.name) {
            (WorldKey::Interface(_), Some(package), Some(name)) => {
                path.push(names::snake_or_escaped(&self.resolve.packages[package].name.namespace));
                path.push(self.package_module(package));
                path.push(names::snake_or_escaped(name));
            }
            (WorldKey::Name(name), ..) => path.push(names::snake_or_escaped(name)),
            (WorldKey::Interface(_), ..) => path.push("interface".into()),
        }
        Place { kind, interface: Some((id, key.clone())), path }
    }

    /// The package's name; with its version where there are several of that name.
    fn package_module(&self, id: PackageId) -> String {
        let name = &self.resolve.packages[id].name;
        let same = |(_, other): &(PackageId, &wit_parser::Package)| {
            (&other.name.namespace, &other.name.name) == (&name.namespace, &name.name)
        };
        let base = names::snake_or_escaped(&name.name);
        match &name.version {
            Some(version) if self.resolve.packages.iter().filter(same).count() > 1 => {
                let version = version.to_string().replace(['.', '-', '+'], "_");
                format!("{base}{}", names::snake_text(&version))
            }
            _ => base,
        }
    }

    /// An item of an owner, as seen from `place`.
    pub(crate) fn item(&self, place: &Place, owner: TypeOwner, item: &Ident) -> TokenStream {
        let up = place.up();
        match owner {
            TypeOwner::Interface(id) if place.interface() == Some(id) => quote!(#item),
            TypeOwner::Interface(id) => match self.modules.get(&id) {
                Some(path) => quote!(#up #path::#item),
                None => quote!(#item),
            },
            TypeOwner::World(_) | TypeOwner::None => quote!(#up #item),
        }
    }

    /// The module of an interface, as seen from beside the macro.
    pub(crate) fn module(&self, id: InterfaceId) -> TokenStream {
        let path = &self.modules[&id];
        quote!(self::#path)
    }

    /// The module of an interface, as seen from `place`.
    pub(crate) fn module_from(&self, place: &Place, id: InterfaceId) -> TokenStream {
        let (up, path) = (place.up(), &self.modules[&id]);
        quote!(#up #path)
    }

    /// The embedder's type for an error, as seen from `place`.
    pub(crate) fn trappable_error(&self, place: &Place, id: TypeId) -> Option<TokenStream> {
        let (name, up) = (self.errors.get(&id)?, place.up());
        Some(quote!(#up #name))
    }

    /// What `with` gives for an interface or an item of it, as seen from beside the macro.
    pub(crate) fn replacement(&self, key: &WorldKey, item: Option<&str>) -> Option<TokenStream> {
        keys(self.resolve, key, item).into_iter().find_map(|key| {
            let alias = self.with.get(&key.text)?;
            self.with_used.borrow_mut().insert(key.text.clone());
            let within = idents(&key.within);
            Some(if key.within.is_empty() { quote!(#alias) } else { quote!(#alias::#within) })
        })
    }

    /// What `with` gives for a resource at `place`, as seen from there.
    pub(crate) fn replacement_of_item(&self, place: &Place, name: &str) -> Option<TokenStream> {
        let up = place.up();
        let path = match place.key() {
            Some(key) => self.replacement(key, Some(name))?,
            None => {
                let alias = self.with.get(name)?;
                self.with_used.borrow_mut().insert(name.into());
                quote!(#alias)
            }
        };
        Some(quote!(#up #path))
    }

    /// Aliases beside the macro for the paths that options give.
    pub(crate) fn aliases(&self) -> TokenStream {
        let with = self.options.with.iter().map(|(key, path)| {
            let alias = &self.with[key];
            quote!(#[doc(hidden)] pub use #path as #alias;)
        });
        let errors = self.options.trappable_errors.iter().enumerate().map(|(n, (_, path))| {
            let alias = format_ident!("_TrappableError{n}");
            quote!(type #alias = #path;)
        });
        quote!(#(#with)* #(#errors)*)
    }

    /// Refuses options that named nothing.
    pub(crate) fn check_used(&self) -> Result<()> {
        let used = self.with_used.borrow();
        let unused: Vec<_> = self.options.with.keys().filter(|key| !used.contains(*key)).collect();
        if !unused.is_empty() {
            return Err(fail(format!("`with` names what the world does not have: {unused:?}")));
        }
        for (rules, what) in [(&self.options.imports, "imports"), (&self.options.exports, "exports")] {
            let unused = rules.unused();
            if !unused.is_empty() {
                return Err(fail(format!("`{what}` names what the world does not have: {unused:?}")));
            }
        }
        Ok(())
    }
}

/// Names joined to a path.
pub(crate) fn idents(names: &[String]) -> TokenStream {
    let names = names.iter().map(|name| Ident::new(name, Span::call_site()));
    quote!(#(#names)::*)
}

/// An error at the macro's call.
pub(crate) fn fail(message: String) -> Error {
    Error::new(Span::call_site(), message)
}
