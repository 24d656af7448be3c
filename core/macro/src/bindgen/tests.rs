//! What goldens cannot say: mistakes, and the forms that the input may have.

use super::{Options, expand};

fn generate(input: &str) -> Result<String, String> {
    let options: Options = syn::parse_str(input).map_err(|e| e.to_string())?;
    let code = expand(&options).map_err(|e| e.to_string())?;
    syn::parse2::<syn::File>(code.clone()).map_err(|e| format!("{e}: {code}"))?;
    Ok(code.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

const WIT: &str = r#"
    package a:b@1.0.0;

    interface types {
        enum errno { no-entry, busy }
        resource file { read: func(len: u64) -> result<list<u8>, errno>; }
        move: func() -> errno;
    }

    world my-world {
        import types;
        import log: func(text: string);
        export main: func(a: string) -> string;
    }
"#;

fn world(options: &str) -> Result<String, String> {
    generate(&format!("{{ inline: {WIT:?}, {options} }}"))
}

#[test]
fn mistakes_are_named() {
    for (options, want) in [
        ("imports: { \"a:b/types.nothing\": trappable }", "`imports` names what the world does not have"),
        ("exports: { \"nothing\": optional }", "`exports` names what the world does not have"),
        ("imports: { \"log\": optional }", "only exports can be `optional`"),
        ("imports: { \"log\": async }, imports: { default: store }", "`imports` says again what was said before"),
        ("with: { \"x:y\": z }", "`with` names what the world does not have"),
        ("named_imports: { \"a:b/other\": Id }", "`named_imports`: the world does not import `a:b/other`"),
        ("trappable_error_type: { \"a:b/types.nothing\" => E }", "there is no type `a:b/types.nothing`"),
        (
            "trappable_error_type: { \"a:b/types.errno\" => E, \"a:b/types@1.0.0.errno\" => F }",
            "names `a:b/types@1.0.0.errno` twice",
        ),
        ("exports: { \"main\": task_exit }", "`task_exit` is in Wasmtime 48's documentation alone"),
        ("imports: { default: fast }", "there is no flag `fast`"),
        ("ownership: Sharing", "there is no ownership `Sharing`"),
        ("ownership: Borrowing { twice: true }", "`Borrowing` has no `twice`"),
        ("colour: true", "there is no option `colour`"),
        ("world: \"other\"", "other"),
    ] {
        let error = world(options).unwrap_err();
        assert!(error.contains(want), "{options}: {error}");
    }
    assert!(generate("\"w\" in \"no/such/path\"").is_err());
    let error = generate("{ inline: \"package a:b;\\nworld w {\\n  export f: func(a: nope);\\n}\" }").unwrap_err();
    assert!(error.contains("bindgen.wit:3:21") && error.contains("nope"), "{error}");
}

#[test]
fn each_name_that_is_nowhere_is_an_error() {
    let options =
        format!("{{ inline: {WIT:?}, with: {{ \"x:y\": z }}, imports: {{ \"no\": store, \"log\": store }} }}");
    let errors = expand(&syn::parse_str(&options).unwrap()).unwrap_err();
    let errors: Vec<_> = errors.into_iter().map(|error| error.to_string()).collect();
    assert_eq!(
        errors,
        ["with", "imports"].map(|option| {
            let name = if option == "with" { "x:y" } else { "no" };
            format!("`{option}` names what the world does not have: `{name}`")
        })
    );
}

#[test]
fn the_facade_is_named_by_whom_it_is_known_to() {
    for (given, root) in [("", ":: coracle"), ("wasmtime_crate: other::path,", "other :: path")] {
        let code = world(given).unwrap();
        assert!(code.contains(&format!("& {root} :: component :: InstancePre")), "{given}: {code}");
    }
    // The façade's rules put their `$crate` in front; an option outdoes it.
    for (given, root) in [("", "facade"), ("wasmtime_crate: ::other,", ":: other")] {
        let code = generate(&format!("[facade] {{ inline: {WIT:?}, {given} }}")).unwrap();
        assert!(code.contains(&format!("& {root} :: component :: InstancePre")), "{given}: {code}");
    }
}

#[test]
fn the_short_forms() {
    let golden = |input: &str| generate(input).map(|code| code.contains("pub struct RecordsPre"));
    assert_eq!(golden(r#"in "tests/golden/records.wit""#), Ok(true));
    assert_eq!(golden(r#""records" in "tests/golden/records.wit""#), Ok(true));
    assert_eq!(golden(r#""a:b/records" in "tests/golden/records.wit""#), Ok(true));
    assert_eq!(
        golden(r#"{ path: ["tests/golden/records.wit", "tests/golden/versions.wit"], world: "a:b/records" }"#),
        Ok(true)
    );
}

#[test]
fn interfaces_need_no_world() {
    let code = generate(r#"{ path: "tests/golden/records.wit", interfaces: "import a:b/types;" }"#).unwrap();
    assert!(code.contains("pub fn add_to_linker") && !code.contains("Pre <"), "{code}");
}

#[test]
fn bindings_as_a_text() {
    let options = syn::parse_str(&format!("[$crate] {{ inline: {WIT:?}, stringify: true }}"));
    let options: Options = match options {
        Ok(options) => options,
        // Outside of the compiler `$crate` is no token.
        Err(_) => syn::parse_str(&format!("{{ inline: {WIT:?}, stringify: true }}")).unwrap(),
    };
    let text: syn::LitStr = syn::parse2(expand(&options).unwrap()).unwrap();
    assert!(text.value().contains("struct MyWorldPre"));
    assert!(syn::parse_str::<syn::File>(&text.value()).is_ok());
}

#[test]
fn bindings_in_a_file() {
    let code = generate(&format!("{{ inline: {WIT:?}, debug: true }}")).unwrap();
    let path: syn::LitStr =
        syn::parse_str(code.split_once("include ! (").unwrap().1.split_once(") ;").unwrap().0).unwrap();
    let text = std::fs::read_to_string(path.value()).unwrap();
    assert!(text.lines().count() > 1 && text.contains("pub struct MyWorldPre"), "{text}");
}

/// Other tools read the constant: it is a world as this one's parser decodes it.
#[test]
fn the_world_as_bytes() {
    let options = syn::parse_str(&format!("{{ inline: {WIT:?}, include_component_type: true }}")).unwrap();
    let code: syn::File = syn::parse2(expand(&options).unwrap()).unwrap();
    let items = code.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) => Some(&module.content.as_ref()?.1),
        _ => None,
    });
    let bytes = items.flatten().find_map(|item| match item {
        syn::Item::Const(item) if item.ident == "COMPONENT_TYPE" => match &*item.expr {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::ByteStr(bytes), .. }) => Some(bytes.value()),
            _ => None,
        },
        _ => None,
    });
    let (resolve, world) = wit_parser::decoding::decode_world(&bytes.unwrap()).unwrap();
    let world = &resolve.worlds[world];
    assert_eq!((world.name.as_str(), world.imports.len(), world.exports.len()), ("my-world", 2, 1));
}
