//! `coracle run --invoke`: finds a function, reads its arguments from text, prints its results.

use crate::report::{self, Outcome, UsageError};
use crate::signature;
use crate::state::State;
use coracle::component::types::{ComponentFunc, ComponentInstance, ComponentItem};
use coracle::component::wasm_wave::untyped::UntypedFuncCall;
use coracle::component::{Component, ComponentExportIndex, Instance, Type, Val};
use coracle::{Error, Result, Store};

/// Brackets within brackets that an argument's text may have; its reader recurses.
const DEEPEST: usize = 200;

/// Exports that are looked through for an unqualified name; a component can have more, but only one
/// that is made for it.
const MOST_EXPORTS: usize = 20_000;

/// Types within a type that are looked through for a case.
const MOST_TYPES: usize = 1000;

/// Words that stand for values in WAVE; a case of that name has `%` before it.
const WORDS: [&str; 8] = ["true", "false", "some", "none", "ok", "err", "inf", "nan"];

/// Names that an error lists.
const MOST_SHOWN: usize = 20;

/// Calls what `call` says and prints the results. The arguments are checked before `start` runs any
/// of the guest's code.
pub(crate) fn invoke(
    call: &str,
    component: &Component,
    start: impl FnOnce() -> Result<(Store<State>, Instance)>,
) -> Outcome {
    let call = Call::parse(call).map_err(UsageError::error)?;
    let found = find(&call, component).map_err(UsageError::error)?;
    let args = arguments(&call, &found).map_err(UsageError::error)?;

    let (mut store, instance) = start()?;
    let func = instance
        .get_func(&mut store, found.index)
        .ok_or_else(|| Error::msg(format!("`{}` is no function", found.label())))?;
    let mut results = vec![Val::Bool(false); found.ty.results().len()];
    func.call(&mut store, &args, &mut results)?;
    print(results)?;
    Ok(0)
}

fn print(mut results: Vec<Val>) -> Result<()> {
    let text = match results.len() {
        0 => "()".to_owned(),
        1 => results.remove(0).to_wave()?,
        _ => Val::Tuple(results).to_wave()?,
    };
    report::print(format!("{text}\n").as_bytes()).map(drop)
}

/// The text of `--invoke`, cut into its parts.
#[derive(Debug, PartialEq, Eq)]
struct Call<'a> {
    /// The instances on the way to the function; none where the name is unqualified.
    path: Vec<String>,
    func: &'a str,
    /// With the parentheses; empty where there are none.
    args: &'a str,
}

impl<'a> Call<'a> {
    fn parse(text: &'a str) -> std::result::Result<Self, String> {
        let text = text.trim();
        let (name, args) = text.split_at(text.find('(').unwrap_or(text.len()));
        let name = name.trim_end();
        let (path, func) = if let Some((path, func)) = name.rsplit_once('#') {
            (path.split('#').map(str::to_owned).collect(), func)
        } else if !name.starts_with('[') && name.contains(['.', '/', ':', '@']) {
            let (base, version) = match name.split_once('@') {
                Some((base, version)) => (base, format!("@{version}")),
                None => (name, String::new()),
            };
            let Some((instance, func)) = base.rsplit_once('.') else {
                return Err(format!("`{name}` names no function; write `{name}#FUNCTION(…)`"));
            };
            (vec![format!("{instance}{version}")], func)
        } else {
            (Vec::new(), name)
        };
        if func.is_empty() || path.iter().any(String::is_empty) {
            return Err(format!("`{text}` is no call; write `FUNCTION(ARGS)` or `NS:PKG/IFACE@1.0.0#FUNCTION(ARGS)`"));
        }
        Ok(Self { path, func, args })
    }
}

/// A function that can be called.
struct Found {
    path: Vec<String>,
    name: String,
    ty: ComponentFunc,
    index: ComponentExportIndex,
}

impl Found {
    fn label(&self) -> String {
        let mut label = String::new();
        for instance in &self.path {
            label += instance;
            label.push('#');
        }
        label + &self.name
    }
}

fn find(call: &Call<'_>, component: &Component) -> std::result::Result<Found, String> {
    if !call.path.is_empty() {
        return qualified(call, component);
    }
    let all = functions(component);
    let (mut found, others): (Vec<Found>, Vec<Found>) = all.into_iter().partition(|found| found.name == call.func);
    // The root's own name is the whole name, so it is not ambiguous.
    if let Some(at) = found.iter().position(|found| found.path.is_empty()) {
        return Ok(found.swap_remove(at));
    }
    match found.len() {
        0 => Err(format!(
            "no function `{}` is exported{}",
            call.func,
            shown("; these are", others.iter().map(Found::label))
        )),
        1 => Ok(found.remove(0)),
        _ => Err(format!(
            "several functions `{}` are exported; name one of them in full{}",
            call.func,
            shown(":", found.iter().map(Found::label))
        )),
    }
}

fn qualified(call: &Call<'_>, component: &Component) -> std::result::Result<Found, String> {
    let mut at: Option<ComponentExportIndex> = None;
    for name in &call.path {
        let Some((ComponentItem::ComponentInstance(_), index)) = component.get_export(at.as_ref(), name) else {
            let all = functions(component);
            let mut names: Vec<String> = all.into_iter().filter_map(|found| found.path.into_iter().next()).collect();
            names.dedup();
            return Err(format!("no instance `{name}` is exported{}", shown("; these are", names.into_iter())));
        };
        at = Some(index);
    }
    match component.get_export(at.as_ref(), call.func) {
        Some((ComponentItem::ComponentFunc(ty), index)) => {
            Ok(Found { path: call.path.clone(), name: call.func.to_owned(), ty, index })
        }
        Some(_) => Err(format!("`{}` of `{}` is no function", call.func, call.path.join("#"))),
        None => {
            let all = functions(component);
            let siblings = all.iter().filter(|found| found.path.len() == call.path.len());
            Err(format!(
                "`{}` exports no function `{}`{}",
                call.path.join("#"),
                call.func,
                shown("; these are exported", siblings.map(Found::label))
            ))
        }
    }
}

/// A list for an error message; nothing if there is nothing to list.
fn shown(head: &str, names: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (position, name) in names.enumerate() {
        if position == MOST_SHOWN {
            text += "\n  …";
            break;
        }
        if position == 0 {
            text += head;
        }
        text += "\n  ";
        text += &name;
    }
    text
}

/// All functions that the component exports at any depth.
fn functions(component: &Component) -> Vec<Found> {
    let engine = component.engine();
    let mut out = Vec::new();
    let mut todo: Vec<(Vec<String>, Option<ComponentExportIndex>, Option<ComponentInstance>)> =
        vec![(Vec::new(), None, None)];
    let mut seen = 0;
    while let Some((path, parent, instance)) = todo.pop() {
        let ty = component.component_type();
        let names: Vec<String> = match &instance {
            Some(instance) => instance.exports(engine).map(|(name, _)| name.to_owned()).collect(),
            None => ty.exports(engine).map(|(name, _)| name.to_owned()).collect(),
        };
        let mut nested = Vec::new();
        for name in names {
            seen += 1;
            if seen > MOST_EXPORTS {
                return out;
            }
            match component.get_export(parent.as_ref(), &name) {
                Some((ComponentItem::ComponentFunc(ty), index)) => {
                    out.push(Found { path: path.clone(), name, ty, index });
                }
                Some((ComponentItem::ComponentInstance(instance), index)) => {
                    let path = path.iter().cloned().chain([name]).collect();
                    nested.push((path, Some(index), Some(instance)));
                }
                _ => {}
            }
        }
        todo.extend(nested.into_iter().rev());
    }
    out
}

fn arguments(call: &Call<'_>, found: &Found) -> std::result::Result<Vec<Val>, String> {
    let params: Vec<(&str, Type)> = found.ty.params().collect();
    let expected = format!("the function is {}", signature::func(&found.name, &found.ty));
    let args = if call.args.is_empty() { "()" } else { call.args };
    if depth(args) > DEEPEST {
        return Err(format!("the arguments are nested deeper than {DEEPEST} brackets"));
    }
    // The reader wants a name it knows as one; spans count from its first letter.
    let text = format!("f{args}");
    let read = UntypedFuncCall::parse(&text)
        .map_err(|error| format!("the arguments `{args}` are no WAVE text: {error}\n{expected}"))?;
    let given: Vec<_> = match read.params_node() {
        Some(node) => node.as_tuple().map_err(|error| format!("{error}\n{expected}"))?.collect(),
        None => Vec::new(),
    };
    // What may be left out at the end are options, as WAVE has it.
    let needed = params.iter().rposition(|(_, ty)| !is_option(ty)).map_or(0, |last| last + 1);
    if given.len() < needed || given.len() > params.len() {
        let want = if params.len() == 1 { "1 argument".to_owned() } else { format!("{} arguments", params.len()) };
        return Err(format!("`{}` takes {want}, {} given\n{expected}", found.name, given.len()));
    }
    let mut values = Vec::with_capacity(params.len());
    for (position, (name, ty)) in params.iter().enumerate() {
        let Some(node) = given.get(position) else {
            values.push(Val::Option(None));
            continue;
        };
        let shown = &text[node.span()];
        let value = node.to_wasm_value::<Val>(ty, &text).map_err(|error| {
            let hint = unmarked(ty, shown);
            let ty = signature::ty(ty);
            let hint = hint.map_or(String::new(), |case| {
                format!("\n`{case}` is a word of WAVE's; the case of that name is written `%{case}`")
            });
            format!("argument {} (`{name}`) is a {ty}, which `{shown}` is not: {error}{hint}\n{expected}", position + 1)
        })?;
        values.push(value);
    }
    Ok(values)
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Option(_))
}

/// The case of a type that is called like a word of WAVE's, where the text has that word without its mark.
fn unmarked(ty: &Type, text: &str) -> Option<&'static str> {
    let said = |word: &&&'static str| {
        text.match_indices(**word).any(|(at, _)| {
            let letter = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || "-%".contains(sign));
            !letter(text[..at].chars().next_back()) && !letter(text[at + word.len()..].chars().next())
        })
    };
    let mut said = WORDS.iter().filter(said).peekable();
    said.peek()?;
    let cases = cases(ty);
    said.find(|word| cases.iter().any(|case| case == **word)).copied()
}

/// The names of the cases in a type, as far as somebody would look.
fn cases(ty: &Type) -> Vec<String> {
    let (mut found, mut todo, mut seen) = (Vec::new(), vec![ty.clone()], 0);
    while let Some(ty) = todo.pop() {
        seen += 1;
        if seen > MOST_TYPES {
            break;
        }
        match ty {
            Type::List(list) => todo.push(list.ty()),
            Type::Option(option) => todo.push(option.ty()),
            Type::Result(result) => todo.extend([result.ok(), result.err()].into_iter().flatten()),
            Type::Tuple(tuple) => todo.extend(tuple.types()),
            Type::Record(record) => todo.extend(record.fields().map(|field| field.ty)),
            Type::Enum(cases) => found.extend(cases.names().map(str::to_owned)),
            Type::Variant(variant) => {
                for case in variant.cases() {
                    found.push(case.name.to_owned());
                    todo.extend(case.ty);
                }
            }
            _ => {}
        }
    }
    found
}

/// How deep brackets stand in each other; those in strings count too, which errs on the safe side.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> (Vec<String>, String, String) {
        let call = Call::parse(text).unwrap();
        (call.path, call.func.to_owned(), call.args.to_owned())
    }

    fn parts(path: &[&str], func: &str, args: &str) -> (Vec<String>, String, String) {
        (path.iter().map(|part| (*part).to_owned()).collect(), func.to_owned(), args.to_owned())
    }

    #[test]
    fn all_spellings() {
        assert_eq!(call("f"), parts(&[], "f", ""));
        assert_eq!(call(" f (1, \"a#b.c\") "), parts(&[], "f", "(1, \"a#b.c\")"));
        assert_eq!(call("a:b/c@1.0.0#f(1)"), parts(&["a:b/c@1.0.0"], "f", "(1)"));
        assert_eq!(call("a:b/c.f@1.0.0(1)"), parts(&["a:b/c@1.0.0"], "f", "(1)"));
        assert_eq!(call("a:b/c.f@1.0.0-rc.1()"), parts(&["a:b/c@1.0.0-rc.1"], "f", "()"));
        assert_eq!(call("a:b/c.f()"), parts(&["a:b/c"], "f", "()"));
        assert_eq!(call("calc.add(1)"), parts(&["calc"], "add", "(1)"));
        assert_eq!(call("a#b#f()"), parts(&["a", "b"], "f", "()"));
        assert_eq!(call("a:b/c#[static]r.new()"), parts(&["a:b/c"], "[static]r.new", "()"));
    }

    #[test]
    fn no_calls() {
        for bad in ["", "  ", "(1)", "a:b/c#", "#f", "a:b/c@1.0.0(1)", "a##f", ".f"] {
            assert!(Call::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nesting_is_measured() {
        assert_eq!(depth("(1, [2, {a: (3)}])"), 4);
        assert_eq!(depth(")))("), 1);
    }
}
