//! Which flags a function has, and under which keys an interface or an item of it can be named in options.

use crate::bindgen::names;
use heck::ToUpperCamelCase;
use std::cell::RefCell;
use std::collections::BTreeSet;
use syn::LitStr;
use wit_parser::{Function, InterfaceId, PackageId, Resolve, WorldKey};

/// What is asked of a function's binding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) asynchronous: bool,
    pub(crate) trappable: bool,
    pub(crate) store: bool,
    pub(crate) tracing: bool,
    pub(crate) verbose: bool,
    /// The rule's name must be the function's, not one that its interface or package has.
    pub(crate) exact: bool,
    /// That the function is `async` in WIT changes nothing.
    pub(crate) ignore_wit: bool,
    /// The export may be missing.
    pub(crate) optional: bool,
    /// The function is `async` in WIT, and runs beside others.
    pub(crate) concurrent: bool,
}

impl Flags {
    /// What either asks for.
    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            asynchronous: self.asynchronous | other.asynchronous,
            trappable: self.trappable | other.trappable,
            store: self.store | other.store,
            tracing: self.tracing | other.tracing,
            verbose: self.verbose | other.verbose,
            exact: self.exact | other.exact,
            ignore_wit: self.ignore_wit | other.ignore_wit,
            optional: self.optional | other.optional,
            concurrent: self.concurrent | other.concurrent,
        }
    }
}

/// Rules by name, the first that fits; and the flags of functions for which there is none.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    rules: Vec<(LitStr, Flags)>,
    default: Flags,
    used: RefCell<BTreeSet<usize>>,
}

impl Rules {
    /// Adds a rule for a name, or for everything else.
    pub(crate) fn push(&mut self, name: Option<LitStr>, flags: Flags) {
        match name {
            Some(name) => self.rules.push((name, flags)),
            None => self.default = self.default.union(flags),
        }
    }

    /// The flags of functions that no rule names.
    pub(crate) fn default_flags(&self) -> Flags {
        self.default
    }

    /// The flags of a function of an interface, or of the world.
    pub(crate) fn function(&self, resolve: &Resolve, key: Option<&WorldKey>, func: &Function) -> Flags {
        let mut flags = self.item(resolve, key, &func.name);
        if func.kind.is_async() && !flags.ignore_wit {
            flags.asynchronous = true;
            flags.store = true;
            flags.concurrent = true;
        }
        flags
    }

    /// The flags of an item of an interface, or of the world.
    pub(crate) fn item(&self, resolve: &Resolve, key: Option<&WorldKey>, item: &str) -> Flags {
        let keys = match key {
            Some(key) => keys(resolve, key, Some(item)),
            None => vec![Key { text: item.into(), within: Vec::new() }],
        };
        let Some((own, mut flags)) = self.first(keys) else { return self.default };
        // An interface that may be missing has all its functions where it is there.
        flags.optional &= own;
        flags
    }

    /// Whether an interface of the world may be missing.
    pub(crate) fn optional(&self, resolve: &Resolve, key: &WorldKey) -> bool {
        self.first(keys(resolve, key, None)).map_or(self.default, |(_, flags)| flags).optional
    }

    /// The first rule that fits one of the keys, and whether it is about the item itself.
    fn first(&self, keys: Vec<Key>) -> Option<(bool, Flags)> {
        for key in keys {
            for (n, (name, flags)) in self.rules.iter().enumerate() {
                if name.value() == key.text && (key.within.is_empty() || !flags.exact) {
                    self.used.borrow_mut().insert(n);
                    return Some((key.within.is_empty(), *flags));
                }
            }
        }
        None
    }

    /// The names of rules that nothing had use for.
    pub(crate) fn unused(&self) -> Vec<&LitStr> {
        let used = self.used.borrow();
        self.rules.iter().enumerate().filter(|(n, _)| !used.contains(n)).map(|(_, (name, _))| name).collect()
    }
}

/// One way to name an item in an option.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    /// Where the item lies in what the key names, as Rust names from the outside in.
    pub(crate) within: Vec<String>,
}

/// All keys for an interface, or for an item of it, the most specific first: with version and without, the item, its
/// interface, its package, its namespace.
pub(crate) fn keys(resolve: &Resolve, key: &WorldKey, item: Option<&str>) -> Vec<Key> {
    let id = match key {
        WorldKey::Interface(id) => *id,
        WorldKey::Name(name) => {
            let text = item.map_or_else(|| name.clone(), |item| format!("{name}.{item}"));
            return vec![Key { text, within: Vec::new() }];
        }
    };
    let mut found = Vec::new();
    let mut within = Vec::new();
    if let Some(item) = item {
        for name in interface_names(resolve, id) {
            found.push(Key { text: format!("{name}.{item}"), within: Vec::new() });
        }
        within.push(item.to_upper_camel_case());
    }
    let mut add = |texts: Vec<String>, within: &[String]| {
        let within: Vec<_> = within.iter().rev().cloned().collect();
        found.extend(texts.into_iter().map(|text| Key { text, within: within.clone() }));
    };
    add(interface_names(resolve, id), &within);
    let interface = &resolve.interfaces[id];
    let (Some(name), Some(package)) = (&interface.name, interface.package) else {
        return found;
    };
    within.push(names::snake_or_escaped(name));
    add(package_names(resolve, package), &within);
    let package = &resolve.packages[package].name;
    within.push(names::snake_or_escaped(&package.name));
    add(vec![package.namespace.clone()], &within);
    found
}

/// The names of an interface, with version and without.
pub(crate) fn interface_names(resolve: &Resolve, id: InterfaceId) -> Vec<String> {
    let full = resolve.id_of(id).unwrap_or_default();
    let mut names = vec![full.clone()];
    if let Some((name, _)) = full.split_once('@') {
        names.push(name.into());
    }
    names
}

fn package_names(resolve: &Resolve, id: PackageId) -> Vec<String> {
    let name = &resolve.packages[id].name;
    let mut names = vec![name.to_string()];
    if name.version.is_some() {
        names.push(format!("{}:{}", name.namespace, name.name));
    }
    names
}
