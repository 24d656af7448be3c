//! WIT names → Rust names.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span};
use wit_parser::{Function, FunctionKind, Resolve};

/// Words that cannot be identifiers, or might not be one day; they get an underscore.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// `snake_case` without regard to keywords, for use within a longer name.
pub(crate) fn snake_text(name: &str) -> String {
    name.to_snake_case()
}

/// `snake_case`, for functions, parameters, fields and modules.
pub(crate) fn snake(name: &str) -> Ident {
    ident(&snake_or_escaped(name))
}

/// The text of [`snake`].
pub(crate) fn snake_or_escaped(name: &str) -> String {
    let snake = name.to_snake_case();
    if KEYWORDS.contains(&snake.as_str()) { snake + "_" } else { snake }
}

/// `UpperCamelCase`, for cases.
pub(crate) fn camel(name: &str) -> Ident {
    let camel = name.to_upper_camel_case();
    ident(&if camel == "Self" { "Self_".into() } else { camel })
}

/// `UpperCamelCase` of a type or world, which must not be mistaken for the trait `Host`.
pub(crate) fn ty(name: &str) -> Ident {
    match name {
        "host" => ident("Host_"),
        _ => camel(name),
    }
}

/// The trait of a resource's functions.
pub(crate) fn host_trait(resource: &str) -> Ident {
    ident(&format!("Host{}", resource.to_upper_camel_case()))
}

/// The exported functions of a resource.
pub(crate) fn guest(resource: &str) -> Ident {
    ident(&format!("Guest{}", resource.to_upper_camel_case()))
}

/// The trait of the functions of a host trait that ask for the store.
pub(crate) fn with_store(host_trait: &Ident) -> Ident {
    ident(&format!("{host_trait}WithStore"))
}

/// `SHOUTY_SNAKE_CASE`, for flags.
pub(crate) fn shouty(name: &str) -> Ident {
    ident(&name.to_shouty_snake_case())
}

/// The method of a host trait that stands for a function.
pub(crate) fn method(func: &Function) -> Ident {
    match func.kind {
        FunctionKind::Constructor(_) => ident("new"),
        _ => snake(func.item_name()),
    }
}

/// The method that makes an interface's error of the embedder's.
pub(crate) fn convert(error: &str) -> Ident {
    ident(&format!("convert_{}", snake_text(error)))
}

/// What comes behind `call_` and `func_` in the methods for an exported function.
pub(crate) fn export(func: &Function) -> String {
    snake_text(func.item_name())
}

/// The field that keeps an exported function; unlike its method's name, it also tells the resource.
pub(crate) fn field(resolve: &Resolve, func: &Function) -> Ident {
    let resource = func.kind.resource().and_then(|id| resolve.types[id].name.as_deref()).unwrap_or_default();
    let name = snake_text(func.item_name());
    // A method and a static function of one resource cannot have the same name, so these cannot meet.
    ident(&match func.kind {
        FunctionKind::Constructor(_) => format!("constructor_{}", snake_text(resource)),
        _ if resource.is_empty() => format!("free_{name}"),
        _ => format!("member_{}_{name}", snake_text(resource)),
    })
}
