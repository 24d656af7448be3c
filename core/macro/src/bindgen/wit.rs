//! The WIT itself: where it is read from, where an item stands in it, and how it writes a function's type.

use crate::bindgen::options::Options;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use syn::{Error, Result};
use wit_parser::{Function, Handle, PackageId, Resolve, Span, Type, TypeDefKind, TypeId};

/// The files that were read.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<PathBuf>,
    /// Where the parser says that a source is, and where the options say so: bindings name the latter, which is the same
    /// on every machine.
    given: Vec<(String, String)>,
}

impl Sources {
    /// Reads what the options name.
    pub(crate) fn read(options: &Options, resolve: &mut Resolve) -> Result<(Self, Vec<PackageId>)> {
        let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
        let mut paths = options.paths.clone();
        if paths.is_empty() && package.join("wit").exists() {
            paths.push("wit".into());
        }
        let (mut sources, mut packages) = (Self::default(), Vec::new());
        for path in paths {
            packages.push(sources.push(resolve, &package, path)?);
        }
        if let Some(inline) = &options.inline {
            // The error says where in the text it is.
            packages = match resolve.push_str("bindgen.wit", inline) {
                Ok(id) => vec![id],
                Err(error) => return Err(fail(resolve.render_error(&error))),
            };
        }
        Ok((sources, packages))
    }

    fn push(&mut self, resolve: &mut Resolve, package: &Path, given: String) -> Result<PackageId> {
        let path = package.join(&given);
        let path = path.canonicalize().unwrap_or(path);
        let (id, sources) = match resolve.push_path(&path) {
            Ok(pushed) => pushed,
            Err(error) => return Err(fail(resolve.render_error(&error))),
        };
        self.files.extend(sources.paths().map(PathBuf::from));
        self.given.push((path.display().to_string(), given));
        Ok(id)
    }

    /// File and line of something.
    pub(crate) fn locate(&self, resolve: &Resolve, span: Span) -> String {
        let place = resolve.render_location(span);
        // The column is no use in a message that is read without the file.
        let place = place.rsplit_once(':').map_or(place.as_str(), |(place, _)| place);
        let given = self.given.iter().find_map(|(path, given)| Some((given, place.strip_prefix(path.as_str())?)));
        given.map_or_else(|| place.into(), |(given, rest)| format!("{given}{rest}"))
    }
}

/// A function's type as WIT writes it.
pub(crate) fn func_text(resolve: &Resolve, func: &Function) -> String {
    let params = func.params.iter().map(|param| format!("{}: {}", param.name, text(resolve, &param.ty)));
    let mut all = format!("func({})", params.collect::<Vec<_>>().join(", "));
    if let Some(ty) = &func.result {
        let _ = write!(all, " -> {}", text(resolve, ty));
    }
    if func.kind.is_async() { format!("async {all}") } else { all }
}

fn text(resolve: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Id(id) => structure(resolve, *id),
        Type::Bool => "bool".into(),
        Type::U8 => "u8".into(),
        Type::U16 => "u16".into(),
        Type::U32 => "u32".into(),
        Type::U64 => "u64".into(),
        Type::S8 => "s8".into(),
        Type::S16 => "s16".into(),
        Type::S32 => "s32".into(),
        Type::S64 => "s64".into(),
        Type::F32 => "f32".into(),
        Type::F64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::ErrorContext => "error-context".into(),
    }
}

fn structure(resolve: &Resolve, id: TypeId) -> String {
    let ty = &resolve.types[id];
    if let Some(name) = &ty.name {
        return name.clone();
    }
    let optional = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".into(), |ty| text(resolve, ty));
    let of = |what: &str, ty: &Option<Type>| match ty {
        Some(ty) => format!("{what}<{}>", text(resolve, ty)),
        None => what.into(),
    };
    let name = |id: &TypeId| resolve.types[*id].name.clone().unwrap_or_default();
    match &ty.kind {
        TypeDefKind::Option(ty) => format!("option<{}>", text(resolve, ty)),
        TypeDefKind::List(ty) => format!("list<{}>", text(resolve, ty)),
        TypeDefKind::FixedLengthList(ty, len) => format!("list<{}, {len}>", text(resolve, ty)),
        TypeDefKind::Map(key, value) => format!("map<{}, {}>", text(resolve, key), text(resolve, value)),
        TypeDefKind::Result(result) => match (&result.ok, &result.err) {
            (None, None) => "result".into(),
            (ok, None) => format!("result<{}>", optional(ok)),
            (ok, err) => format!("result<{}, {}>", optional(ok), optional(err)),
        },
        TypeDefKind::Tuple(tuple) => {
            let types: Vec<_> = tuple.types.iter().map(|ty| text(resolve, ty)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        TypeDefKind::Handle(Handle::Own(id)) => name(id),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", name(id)),
        TypeDefKind::Type(ty) => text(resolve, ty),
        TypeDefKind::Future(ty) => of("future", ty),
        TypeDefKind::Stream(ty) => of("stream", ty),
        // The others always have names.
        _ => "_".into(),
    }
}

/// An error at the macro's call.
pub(crate) fn fail(message: String) -> Error {
    Error::new(proc_macro2::Span::call_site(), message)
}
