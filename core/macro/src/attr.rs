//! The attribute `#[component(…)]`.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, LitStr, Result, Token};

mod kw {
    syn::custom_keyword!(record);
    syn::custom_keyword!(variant);
    syn::custom_keyword!(name);
    syn::custom_keyword!(flags);
    syn::custom_keyword!(wasmtime_crate);
}

/// Which kind of component type a Rust type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Record,
    Variant,
    Enum,
}

/// One attribute on a type.
enum OnType {
    Style(Style),
    Crate(syn::Path),
}

impl Parse for OnType {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let look = input.lookahead1();
        if look.peek(kw::record) {
            input.parse::<kw::record>()?;
            Ok(Self::Style(Style::Record))
        } else if look.peek(kw::variant) {
            input.parse::<kw::variant>()?;
            Ok(Self::Style(Style::Variant))
        } else if look.peek(Token![enum]) {
            input.parse::<Token![enum]>()?;
            Ok(Self::Style(Style::Enum))
        } else if look.peek(kw::wasmtime_crate) {
            input.parse::<kw::wasmtime_crate>()?;
            input.parse::<Token![=]>()?;
            match input.peek(LitStr) {
                true => Ok(Self::Crate(input.parse::<LitStr>()?.parse()?)),
                false => Ok(Self::Crate(input.call(syn::Path::parse_mod_style)?)),
            }
        } else if input.peek(kw::flags) {
            Err(input.error("`flags` is not derived: use the macro `flags!`"))
        } else {
            Err(look.error())
        }
    }
}

fn component(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("component"))
}

/// The attributes on a type: its kind, and the façade crate's path if it is given.
pub(crate) fn on_type(attrs: &[Attribute]) -> Result<(Option<Style>, Option<syn::Path>)> {
    let (mut style, mut krate) = (None, None);
    for attr in component(attrs) {
        match attr.parse_args()? {
            OnType::Style(_) if style.is_some() => {
                return Err(Error::new_spanned(attr, "this type has a kind already"));
            }
            OnType::Style(found) => style = Some(found),
            OnType::Crate(path) => krate = Some(path),
        }
    }
    Ok((style, krate))
}

/// The name that a field, case or flag has in the component, if an attribute gives one.
pub(crate) fn name(attrs: &[Attribute]) -> Result<Option<String>> {
    let mut name = None;
    for attr in component(attrs) {
        if name.is_some() {
            return Err(Error::new_spanned(attr, "there is a name already"));
        }
        let literal = attr.parse_args_with(|input: ParseStream<'_>| {
            input.parse::<kw::name>()?;
            input.parse::<Token![=]>()?;
            input.parse::<LitStr>()
        })?;
        name = Some(literal.value());
    }
    Ok(name)
}
