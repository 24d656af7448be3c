//! The generator: what is known about a world while its bindings are written, and where things stand.
//!
//! All bindings stand in one module of their own, whose names the macro hands on one by one. So they are the same in a
//! module and in the body of a function, where `super` would not lead to what stands beside a module; and nothing that
//! the embedder's module imports gets in their way.
//! In it every interface becomes a module, imports at `ns::pkg::iface`, exports at `exports::ns::pkg::iface` and named
//! imports at `named_imports::ns::pkg::iface`; what stands in the world itself becomes an item beside them. A [`Place`]
//! is one of these spots: paths are written as seen from there.

use crate::bindgen::api::Api;
use crate::bindgen::infos::{Infos, Kind};
use crate::bindgen::names;
use crate::bindgen::options::{Given, Options};
use crate::bindgen::rules::{interface_names, keys};
use crate::bindgen::wit::Sources;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use syn::{Error, Path, PathSegment, Result, Token};
use wit_parser::{Function, InterfaceId, PackageId, Resolve, TypeId, TypeOwner, WorldId, WorldItem, WorldKey};

/// The module for the paths that options give, as aliases.
const GIVEN: &str = "__given";

/// The module in which something is written.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    kind: Kind,
    interface: Option<(InterfaceId, WorldKey)>,
    /// Module names from the root inwards.
    path: Vec<String>,
    /// The alias of the type of the identity of a named import.
    identity: Option<Ident>,
}

impl Place {
    /// The root.
    pub(crate) fn root() -> Self {
        Self { kind: Kind::Import, interface: None, path: Vec::new(), identity: None }
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
    /// Module names from the root inwards.
    pub(crate) fn path(&self) -> &[String] {
        &self.path
    }
    /// The type of the identity of a named import, as seen from here.
    pub(crate) fn identity(&self) -> Option<TokenStream> {
        self.identity.as_ref().map(|alias| self.given(alias))
    }
    /// The path from here to the root. Never empty: a module that a macro makes would be ambiguous with a crate of the
    /// same name.
    fn up(&self) -> TokenStream {
        if self.path.is_empty() { quote!(self::) } else { self.path.iter().map(|_| quote!(super::)).collect() }
    }
    /// An alias of a path that options give, as seen from here.
    fn given(&self, alias: &Ident) -> TokenStream {
        let (up, given) = (self.up(), Ident::new(GIVEN, Span::call_site()));
        quote!(#up #given::#alias)
    }
}

/// An interface that the world imports.
pub(crate) struct Import {
    /// Of the interface itself, with a label or without.
    pub(crate) key: WorldKey,
    pub(crate) id: InterfaceId,
    /// The name of the import where it is not the interface's.
    pub(crate) label: Option<String>,
    /// The key in the world.
    pub(crate) world_key: WorldKey,
    /// The first import of the interface; its module is that of the others too.
    pub(crate) first: bool,
}

/// All that the writing of bindings has to know.
pub(crate) struct Generator<'a> {
    pub(crate) resolve: &'a Resolve,
    pub(crate) world: WorldId,
    pub(crate) options: &'a Options,
    pub(crate) sources: &'a Sources,
    pub(crate) infos: Infos,
    pub(crate) api: Api,
    /// Interfaces whose resources the host defines.
    pub(crate) imported: HashSet<InterfaceId>,
    pub(crate) imports: Vec<Import>,
    /// From the root to each interface's module, of bindings made here or of others.
    modules: HashMap<InterfaceId, TokenStream>,
    /// Embedder's error types by the type that they stand for, as aliases.
    errors: HashMap<TypeId, Ident>,
    /// Names that `with` gives, as aliases.
    with: HashMap<String, Ident>,
    with_used: RefCell<BTreeSet<String>>,
}

impl<'a> Generator<'a> {
    /// Looks the world through.
    pub(crate) fn new(
        resolve: &'a Resolve,
        world: WorldId,
        options: &'a Options,
        sources: &'a Sources,
    ) -> Result<Self> {
        let with = options.with.keys().enumerate().map(|(n, key)| (key.clone(), format_ident!("__with_name{n}")));
        let mut this = Self {
            resolve,
            world,
            options,
            sources,
            infos: Infos::new(resolve, world),
            api: Api::new(&options.root, options.anyhow),
            imported: HashSet::new(),
            imports: Vec::new(),
            modules: HashMap::new(),
            errors: HashMap::new(),
            with: with.collect(),
            with_used: RefCell::default(),
        };
        this.find_imports();
        this.find_modules();
        this.find_errors()?;
        Ok(this)
    }

    fn find_imports(&mut self) {
        let mut seen = HashMap::new();
        for (key, item) in &self.resolve.worlds[self.world].imports {
            let WorldItem::Interface { id, .. } = item else { continue };
            let interface = &self.resolve.interfaces[*id];
            let mut import = Import { key: key.clone(), id: *id, label: None, world_key: key.clone(), first: true };
            if interface.name.is_some() {
                let original = interface.clone_of.unwrap_or(*id);
                import.first = !seen.contains_key(&original);
                let module = *seen.entry(original).or_insert(*id);
                if let WorldKey::Name(label) = key {
                    import.label = Some(label.clone());
                }
                import.key = WorldKey::Interface(module);
                self.imported.insert(*id);
                import.id = module;
                // Types of this import are those of the module.
                let place = self.place(Kind::Import, &import.key, module);
                self.modules.insert(*id, idents(place.path()));
            }
            self.imported.insert(import.id);
            self.imports.push(import);
        }
    }

    fn find_modules(&mut self) {
        for (key, id) in self.imports.iter().map(|import| (import.key.clone(), import.id)).collect::<Vec<_>>() {
            let path = match self.replacement(&key, None) {
                Some(other) => other,
                None => idents(self.place(Kind::Import, &key, id).path()),
            };
            let same = self.resolve.interfaces[id].clone_of.unwrap_or(id);
            for (other, known) in &mut self.modules {
                if self.resolve.interfaces[*other].clone_of.unwrap_or(*other) == same && self.imported.contains(other) {
                    known.clone_from(&path);
                }
            }
            self.modules.insert(id, path);
        }
        for (key, id) in self.exported() {
            self.modules.insert(id, idents(self.place(Kind::Export, &key, id).path()));
        }
    }

    fn find_errors(&mut self) -> Result<()> {
        for (n, Given { wit, .. }) in self.options.trappable_errors.iter().enumerate() {
            let (alias, name) = (format_ident!("_TrappableError{n}"), wit.value());
            let Some((interface, ty)) = self.error_type(&name) else {
                let message = format!("`trappable_error_type`: there is no type `{name}` in the WIT that was read");
                return Err(Error::new(wit.span(), message));
            };
            for (id, def) in &self.resolve.interfaces {
                if self.original(id) == self.original(interface)
                    && let Some(ty) = def.types.get(ty)
                    && self.errors.insert(*ty, alias.clone()).is_some()
                {
                    return Err(Error::new(wit.span(), format!("`trappable_error_type` names `{name}` twice")));
                }
            }
        }
        Ok(())
    }

    /// Interface and type of a name with or without version: those of exactly that name before the first that it fits,
    /// which are different where one package of several versions has none.
    ///
    /// The world need not reach the type: options are shared between worlds.
    fn error_type<'n>(&self, wit: &'n str) -> Option<(InterfaceId, &'n str)> {
        let (interface, ty) = wit.rsplit_once('.')?;
        let having =
            || self.resolve.interfaces.iter().filter(|(_, def)| def.name.is_some() && def.types.contains_key(ty));
        let exact = having().filter(|(id, _)| self.resolve.id_of(*id).as_deref() == Some(interface));
        let fits = having().filter(|(id, _)| interface_names(self.resolve, *id).iter().any(|name| name == interface));
        exact.chain(fits).map(|(id, _)| (id, ty)).next()
    }

    /// The interface as it was read; each import of it under a label has one of its own.
    fn original(&self, id: InterfaceId) -> InterfaceId {
        self.resolve.interfaces[id].clone_of.unwrap_or(id)
    }

    /// The interfaces that the world exports.
    pub(crate) fn exported(&self) -> Vec<(WorldKey, InterfaceId)> {
        let exports = self.resolve.worlds[self.world].exports.iter();
        let found = exports.filter_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } => Some((key.clone(), *id)),
            WorldItem::Function(_) | WorldItem::Type { .. } => None,
        });
        found.collect()
    }

    /// The interfaces of `named_imports`, with the place of their bindings.
    pub(crate) fn named(&self) -> Result<Vec<(Place, InterfaceId)>> {
        let named = self.options.named_imports.iter().enumerate().map(|(n, (key, given))| {
            let import = self.imports.iter().find(|import| interface_names(self.resolve, import.id).contains(key));
            let Some(import) = import else {
                let message = format!("`named_imports`: the world does not import `{key}`");
                return Err(Error::new(given.wit.span(), message));
            };
            let mut place = self.place(Kind::Named, &import.key, import.id);
            place.identity = Some(format_ident!("__named_import_name{n}"));
            Ok((place, import.id))
        });
        named.collect()
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
        match kind {
            Kind::Import => {}
            Kind::Export => path.push("exports".into()),
            Kind::Named => path.push("named_imports".into()),
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
        Place { kind, interface: Some((id, key.clone())), path, identity: None }
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
            TypeOwner::Interface(id) if self.is_here(place, id) => quote!(#item),
            TypeOwner::Interface(id) => match self.modules.get(&id) {
                Some(path) => quote!(#up #path::#item),
                None => quote!(#item),
            },
            TypeOwner::World(_) | TypeOwner::None => quote!(#up #item),
        }
    }

    /// Whether the types of an interface are defined at `place`. Those of a named import stand where it has no names.
    pub(crate) fn is_here(&self, place: &Place, id: InterfaceId) -> bool {
        place.interface() == Some(id) && place.kind() != Kind::Named
    }

    /// The module of an interface, as seen from `place`.
    pub(crate) fn module(&self, place: &Place, id: InterfaceId) -> TokenStream {
        let (up, path) = (place.up(), &self.modules[&id]);
        quote!(#up #path)
    }

    /// The embedder's type for an error, as seen from `place`.
    pub(crate) fn trappable_error(&self, place: &Place, id: TypeId) -> Option<TokenStream> {
        Some(place.given(self.errors.get(&id)?))
    }

    /// What `with` gives for an interface or an item of it, as seen from the root, without `self::`.
    pub(crate) fn replacement(&self, key: &WorldKey, item: Option<&str>) -> Option<TokenStream> {
        let given = Ident::new(GIVEN, Span::call_site());
        keys(self.resolve, key, item).into_iter().find_map(|key| {
            let alias = self.with.get(&key.text)?;
            self.with_used.borrow_mut().insert(key.text.clone());
            let within = idents(&key.within);
            Some(if key.within.is_empty() { quote!(#given::#alias) } else { quote!(#given::#alias::#within) })
        })
    }

    /// What `with` gives for a resource at `place`, as seen from there.
    pub(crate) fn replacement_of_item(&self, place: &Place, name: &str) -> Option<TokenStream> {
        let Some(key) = place.key() else {
            let alias = self.with.get(name)?;
            self.with_used.borrow_mut().insert(name.into());
            return Some(place.given(alias));
        };
        let (up, path) = (place.up(), self.replacement(key, Some(name))?);
        Some(quote!(#up #path))
    }

    /// A derive that options give, as seen from `place`: in the world's own types as from beside the macro, in an
    /// interface's as from its module, which is where Wasmtime's macro puts it.
    pub(crate) fn derive_path(&self, place: &Place, n: usize, path: &Path) -> TokenStream {
        match place.interface() {
            Some(_) => path.to_token_stream(),
            None => place.given(&format_ident!("__derive{n}")),
        }
    }

    /// The module of aliases for the paths that options give, which are written as seen from beside the macro.
    pub(crate) fn given(&self) -> Option<TokenStream> {
        let with = self.options.with.iter().map(|(key, given)| {
            let (alias, path) = (&self.with[key], from_outside(&given.path));
            quote!(pub use #path as #alias;)
        });
        let named = self.options.named_imports.values().enumerate().map(|(n, given)| {
            let (alias, path) = (format_ident!("__named_import_name{n}"), from_outside(&given.path));
            quote!(pub use #path as #alias;)
        });
        let errors = self.options.trappable_errors.iter().enumerate().map(|(n, given)| {
            let (alias, path) = (format_ident!("_TrappableError{n}"), from_outside(&given.path));
            quote!(pub type #alias = #path;)
        });
        // What the embedder's module merely imports cannot be handed on to everybody, nor need it be.
        let derives = self.options.derives.iter().enumerate().map(|(n, path)| {
            let (alias, path) = (format_ident!("__derive{n}"), from_outside(path));
            quote!(pub(super) use #path as #alias;)
        });
        let derives = derives.take_while(|_| self.has_world_types());
        let all: TokenStream = with.chain(named).chain(errors).chain(derives).collect();
        let given = Ident::new(GIVEN, Span::call_site());
        (!all.is_empty()).then(|| quote!(mod #given { pub use super::super::*; #all }))
    }

    /// Refuses options that named nothing.
    pub(crate) fn check_used(&self) -> Result<()> {
        let used = self.with_used.borrow();
        let with =
            self.options.with.iter().filter(|(key, _)| !used.contains(*key)).map(|(_, given)| ("with", &given.wit));
        let imports = self.options.imports.unused().into_iter().map(|name| ("imports", name));
        let exports = self.options.exports.unused().into_iter().map(|name| ("exports", name));
        let unused = with.chain(imports).chain(exports).map(|(option, name)| {
            let text = name.value();
            Error::new(name.span(), format!("`{option}` names what the world does not have: `{text}`"))
        });
        let together = unused.reduce(|mut all, one| {
            all.combine(one);
            all
        });
        together.map_or(Ok(()), Err)
    }
}

/// A path that was written beside the macro, as seen from the module of aliases two levels below.
fn from_outside(path: &Path) -> Path {
    let mut path = path.clone();
    let (Some(first), None) = (path.segments.first(), path.leading_colon) else { return path };
    let relative = first.ident == "super" || first.ident == "self";
    if !relative {
        return path;
    }
    let inner = path.segments.into_iter().skip_while(|segment| segment.ident == "self");
    let up = || PathSegment::from(Ident::from(<Token![super]>::default()));
    path.segments = [up(), up()].into_iter().chain(inner).collect();
    path
}

/// Names joined to a path.
pub(crate) fn idents(names: &[String]) -> TokenStream {
    let names = names.iter().map(|name| Ident::new(name, Span::call_site()));
    quote!(#(#names)::*)
}
