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

/// All options, as given.
pub(crate) struct Options {
    pub(crate) root: TokenStream,
    pub(crate) paths: Vec<String>,
    pub(crate) inline: Option<String>,
    pub(crate) world: Option<String>,
    pub(crate) only_interfaces: bool,
    pub(crate) imports: Rules,
    pub(crate) exports: Rules,
    pub(crate) with: BTreeMap<String, Path>,
    pub(crate) trappable_errors: Vec<(String, Path)>,
    pub(crate) derives: Vec<Path>,
    pub(crate) require_send: bool,
    pub(crate) stringify: bool,
    pub(crate) skip_forwarding: bool,
}

impl Options {
    fn empty() -> Self {
        Self {
            root: TokenStream::new(),
            paths: Vec::new(),
            inline: None,
            world: None,
            only_interfaces: false,
            imports: Rules::default(),
            exports: Rules::default(),
            with: BTreeMap::new(),
            trappable_errors: Vec::new(),
            derives: Vec::new(),
            require_send: false,
            stringify: false,
            skip_forwarding: false,
        }
    }

    fn option(&mut self, input: ParseStream<'_>, root: &mut Option<Path>) -> Result<()> {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        let text = |input: ParseStream<'_>| Ok::<_, Error>(input.parse::<LitStr>()?.value());
        let flag = |input: ParseStream<'_>| Ok::<_, Error>(input.parse::<LitBool>()?.value);
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
            "imports" => self.imports = rules(input)?,
            "exports" => self.exports = rules(input)?,
            "with" => self.with.extend(pairs::<Token![:]>(input)?),
            "trappable_error_type" => self.trappable_errors.extend(pairs::<Token![=>]>(input)?),
            "additional_derives" => {
                let list;
                bracketed!(list in input);
                self.derives.extend(Punctuated::<Path, Token![,]>::parse_terminated(&list)?);
            }
            "wasmtime_crate" => *root = Some(input.parse()?),
            "require_store_data_send" => self.require_send = flag(input)?,
            "stringify" => self.stringify = flag(input)?,
            "skip_mut_forwarding_impls" => self.skip_forwarding = flag(input)?,
            // They change how the macro's output can be looked at, not the output.
            "debug" | "include_generated_code_from_file" => drop(flag(input)?),
            "ownership" => ownership(input)?,
            "anyhow" | "include_component_type" => {
                if flag(input)? {
                    return Err(Error::new(name.span(), format!("`{name}` is not supported")));
                }
            }
            "named_imports" => return Err(Error::new(name.span(), "`named_imports` is not supported")),
            _ => return Err(Error::new(name.span(), format!("there is no option `{name}`"))),
        }
        Ok(())
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::empty();
        let mut root = None;
        if input.peek(token::Brace) {
            let content;
            braced!(content in input);
            while !content.is_empty() {
                options.option(&content, &mut root)?;
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
        options.root = root.unwrap_or_else(krate::root).into_token_stream();
        Ok(options)
    }
}

fn once(name: &Ident, slot: &mut Option<String>, value: String) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(name.span(), format!("`{name}` says again what was said before"))),
    }
}

/// `{ "name" SEPARATOR path, … }`
fn pairs<S: Parse>(input: ParseStream<'_>) -> Result<Vec<(String, Path)>> {
    let content;
    braced!(content in input);
    let mut pairs = Vec::new();
    while !content.is_empty() {
        let key = content.parse::<LitStr>()?.value();
        content.parse::<S>()?;
        pairs.push((key, content.call(Path::parse_mod_style)?));
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(pairs)
}

/// `{ "name": flag | flag, default: flag, … }`
fn rules(input: ParseStream<'_>) -> Result<Rules> {
    let content;
    braced!(content in input);
    let mut rules = Rules::default();
    while !content.is_empty() {
        let name = match content.parse::<Option<Token![default]>>()? {
            Some(_) => None,
            None => Some(content.parse::<LitStr>()?.value()),
        };
        content.parse::<Token![:]>()?;
        let mut flags = Flags::default();
        loop {
            if content.is_empty() || content.peek(Token![,]) {
                break;
            }
            let flag = content.call(Ident::parse_any)?;
            match flag.to_string().as_str() {
                "trappable" => flags.trappable = true,
                "store" => flags.store = true,
                "tracing" => flags.tracing = true,
                "verbose_tracing" => flags.verbose = true,
                "exact" => flags.exact = true,
                "async" => return Err(Error::new(flag.span(), "`async` functions are not supported yet")),
                _ => return Err(Error::new(flag.span(), format!("there is no flag `{flag}`"))),
            }
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

fn ownership(input: ParseStream<'_>) -> Result<()> {
    let kind = input.parse::<Ident>()?;
    match kind.to_string().as_str() {
        "Owning" => Ok(()),
        _ => Err(Error::new(kind.span(), "only `Owning` is supported")),
    }
}
