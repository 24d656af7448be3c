//! The input of `bindgen!`: a world, or options in braces.

use crate::bindgen::rules::{Flags, Rules};
use crate::krate;
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::collections::BTreeMap;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitBool, LitStr, Path, Result, Token, braced, bracketed, token};

/// Environment variables that ask for generated code in files.
const TO_FILE: [&str; 2] = ["CORACLE_DEBUG_BINDGEN", "WASMTIME_DEBUG_BINDGEN"];

/// Whether types that a guest gets as parameters own what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// Always.
    #[default]
    Owning,
    /// Not where references do; a type that is needed both ways is defined twice, if so asked.
    Borrowing { duplicate: bool },
}

/// A path that is given for something in WIT.
pub(crate) struct Given {
    /// The name of the latter, where errors about it point.
    pub(crate) wit: LitStr,
    pub(crate) path: Path,
}

/// All options, as given.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) root: TokenStream,
    pub(crate) paths: Vec<String>,
    pub(crate) inline: Option<String>,
    pub(crate) world: Option<String>,
    pub(crate) only_interfaces: bool,
    pub(crate) imports: Rules,
    pub(crate) exports: Rules,
    pub(crate) with: BTreeMap<String, Given>,
    pub(crate) named_imports: BTreeMap<String, Given>,
    pub(crate) trappable_errors: Vec<Given>,
    pub(crate) derives: Vec<Path>,
    pub(crate) ownership: Ownership,
    pub(crate) anyhow: bool,
    pub(crate) require_send: bool,
    pub(crate) stringify: bool,
    pub(crate) to_file: bool,
    pub(crate) skip_forwarding: bool,
    pub(crate) component_type: bool,
}

/// What may be said once.
#[derive(Default)]
struct Said {
    root: Option<Path>,
    imports: bool,
    exports: bool,
}

impl Options {
    fn option(&mut self, input: ParseStream<'_>, said: &mut Said) -> Result<()> {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        match name.to_string().as_str() {
            "path" if input.peek(token::Bracket) => {
                let list;
                bracketed!(list in input);
                let list = Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?;
                self.paths.extend(list.iter().map(LitStr::value));
            }
            "path" => self.paths.push(text(input)?),
            "world" => once(&name, &mut self.world, text(input)?)?,
            "inline" => once(&name, &mut self.inline, text(input)?)?,
            "interfaces" => {
                let body = text(input)?;
                let package = format!("package coracle:bindgen;\nworld interfaces {{\n{body}\n}}\n");
                once(&name, &mut self.inline, package)?;
                once(&name, &mut self.world, "coracle:bindgen/interfaces".into())?;
                self.only_interfaces = true;
            }
            "imports" => self.imports = rules(input, &name, &mut said.imports)?,
            "exports" => self.exports = rules(input, &name, &mut said.exports)?,
            "with" => self.with.extend(by_name(pairs::<Token![:]>(input, Path::parse_mod_style)?)),
            "named_imports" => self.named_imports.extend(by_name(pairs::<Token![:]>(input, Path::parse_mod_style)?)),
            "trappable_error_type" => self.trappable_errors.extend(pairs::<Token![=>]>(input, Path::parse)?),
            "additional_derives" => {
                let list;
                bracketed!(list in input);
                self.derives.extend(Punctuated::<Path, Token![,]>::parse_terminated(&list)?);
            }
            "ownership" => self.ownership = ownership(input)?,
            "wasmtime_crate" => said.root = Some(input.parse()?),
            "anyhow" => self.anyhow = flag(input)?,
            "require_store_data_send" => self.require_send = flag(input)?,
            "stringify" => self.stringify = flag(input)?,
            "skip_mut_forwarding_impls" => self.skip_forwarding = flag(input)?,
            "include_component_type" => self.component_type = flag(input)?,
            "debug" | "include_generated_code_from_file" => self.to_file |= flag(input)?,
            _ => return Err(Error::new(name.span(), format!("there is no option `{name}`"))),
        }
        Ok(())
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        let mut said = Said::default();
        let from_rules = facade(input)?;
        if input.peek(token::Brace) {
            let content;
            braced!(content in input);
            while !content.is_empty() {
                options.option(&content, &mut said)?;
                if !content.is_empty() {
                    content.parse::<Token![,]>()?;
                }
            }
        } else {
            options.world = input.parse::<Option<LitStr>>()?.map(|world| world.value());
            if input.parse::<Option<Token![in]>>()?.is_some() {
                options.paths.push(input.parse::<LitStr>()?.value());
            }
        }
        options.to_file |= TO_FILE.iter().any(|name| std::env::var_os(name).is_some());
        // What is written as text cannot say `$crate`.
        let from_rules = from_rules.filter(|_| !options.stringify && !options.to_file);
        options.root = match (said.root, from_rules) {
            (Some(path), _) => path.into_token_stream(),
            (None, Some(root)) => root,
            (None, None) => krate::root().into_token_stream(),
        };
        Ok(options)
    }
}

/// `[$crate]`, which the façade's macros put before what they are given.
pub(crate) fn facade(input: ParseStream<'_>) -> Result<Option<TokenStream>> {
    if !input.peek(token::Bracket) {
        return Ok(None);
    }
    let content;
    bracketed!(content in input);
    content.parse().map(Some)
}

fn text(input: ParseStream<'_>) -> Result<String> {
    Ok(input.parse::<LitStr>()?.value())
}

fn flag(input: ParseStream<'_>) -> Result<bool> {
    Ok(input.parse::<LitBool>()?.value)
}

fn once(name: &Ident, slot: &mut Option<String>, value: String) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(again(name)),
    }
}

fn again(name: &Ident) -> Error {
    Error::new(name.span(), format!("`{name}` says again what was said before"))
}

/// `{ "name" SEPARATOR path, … }`
fn pairs<S: Parse>(input: ParseStream<'_>, path: fn(ParseStream<'_>) -> Result<Path>) -> Result<Vec<Given>> {
    let content;
    braced!(content in input);
    let mut pairs = Vec::new();
    while !content.is_empty() {
        let wit = content.parse()?;
        content.parse::<S>()?;
        pairs.push(Given { wit, path: path(&content)? });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(pairs)
}

fn by_name(pairs: Vec<Given>) -> impl Iterator<Item = (String, Given)> {
    pairs.into_iter().map(|given| (given.wit.value(), given))
}

/// `{ "name": flag | flag, default: flag, … }`
fn rules(input: ParseStream<'_>, option: &Ident, said: &mut bool) -> Result<Rules> {
    if std::mem::replace(said, true) {
        return Err(again(option));
    }
    let exports = option == "exports";
    let content;
    braced!(content in input);
    let mut rules = Rules::default();
    while !content.is_empty() {
        let name = match content.parse::<Option<Token![default]>>()? {
            Some(_) => None,
            None => Some(content.parse::<LitStr>()?),
        };
        content.parse::<Token![:]>()?;
        let mut flags = Flags::default();
        while !content.is_empty() && !content.peek(Token![,]) {
            set(&mut flags, &content.call(Ident::parse_any)?, exports)?;
            if content.parse::<Option<Token![|]>>()?.is_none() {
                break;
            }
        }
        rules.push(name, flags);
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(rules)
}

fn set(flags: &mut Flags, flag: &Ident, exports: bool) -> Result<()> {
    let slot = match flag.to_string().as_str() {
        "async" => &mut flags.asynchronous,
        "trappable" => &mut flags.trappable,
        "store" => &mut flags.store,
        "tracing" => &mut flags.tracing,
        "verbose_tracing" => &mut flags.verbose,
        "exact" => &mut flags.exact,
        "ignore_wit" => &mut flags.ignore_wit,
        "optional" if exports => &mut flags.optional,
        "optional" => return Err(Error::new(flag.span(), "only exports can be `optional`")),
        "task_exit" => {
            let message = "`task_exit` is in Wasmtime 48's documentation alone: its `bindgen!` refuses it too";
            return Err(Error::new(flag.span(), message));
        }
        _ => return Err(Error::new(flag.span(), format!("there is no flag `{flag}`"))),
    };
    *slot = true;
    Ok(())
}

fn ownership(input: ParseStream<'_>) -> Result<Ownership> {
    let kind = input.parse::<Ident>()?;
    match kind.to_string().as_str() {
        "Owning" => Ok(Ownership::Owning),
        "Borrowing" => {
            let content;
            braced!(content in input);
            let field = content.parse::<Ident>()?;
            if field != "duplicate_if_necessary" {
                let message = format!("`Borrowing` has no `{field}`, but `duplicate_if_necessary`");
                return Err(Error::new(field.span(), message));
            }
            content.parse::<Token![:]>()?;
            let duplicate = flag(&content)?;
            content.parse::<Option<Token![,]>>()?;
            Ok(Ownership::Borrowing { duplicate })
        }
        _ => Err(Error::new(kind.span(), format!("there is no ownership `{kind}`, but `Owning` and `Borrowing`"))),
    }
}
