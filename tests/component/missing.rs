//! What a linker lacks is told at once.

use coracle::component::{Component, Linker, MissingImports};
use coracle::{Engine, ErrorKind, Result};

const WANTS: &str = r#"(component
  (import "one" (func))
  (import "a:b/c@1.2.0" (instance (export "here" (func)) (export "their" (func)) (export "f" (func))))
  (import "a:b/d@1.0.0" (instance (export "r" (type (sub resource))) (export "make" (func))))
  (import "mod" (core module)))"#;

#[test]
fn all_of_it() -> Result<()> {
    let engine = Engine::default();
    let component = Component::new(&engine, WANTS)?;
    let mut linker = Linker::<()>::new(&engine);
    let mut instance = linker.instance("a:b/c@1.2.0")?;
    instance.func_wrap("here", |_, (): ()| Ok(()))?;
    instance.func_wrap("there", |_, (): ()| Ok(()))?;
    let error = linker.instantiate_pre(&component).err().expect("much is missing");
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.to_string().contains("`one`") && error.to_string().contains("4 more"), "{error}");
    let missing = error.downcast_ref::<MissingImports>().expect("it says what");
    let told: Vec<_> = missing.iter().map(|one| (one.kind(), one.instance(), one.name(), one.near())).collect();
    // Compact builds guess nothing.
    let near = |name: &str| if cfg!(feature = "compact") { Vec::new() } else { vec![name.to_owned()] };
    let (there, other) = (near("there"), near("a:b/c@1.2.0"));
    let want: [(_, _, _, &[String]); 5] = [
        ("function", None, "one", &[]),
        ("function", Some("a:b/c@1.2.0"), "their", &there),
        ("function", Some("a:b/c@1.2.0"), "f", &[]),
        ("instance", None, "a:b/d@1.0.0", &other),
        ("module", None, "mod", &[]),
    ];
    assert_eq!(told, want);
    Ok(())
}

#[test]
fn one_alone() -> Result<()> {
    let engine = Engine::default();
    let component = Component::new(&engine, r#"(component (import "one" (func)))"#)?;
    let error = Linker::<()>::new(&engine).instantiate_pre(&component).err().expect("it is missing");
    assert_eq!(error.kind(), ErrorKind::Link);
    let missing = error.downcast_ref::<MissingImports>().expect("it says what");
    assert_eq!(missing.to_string(), error.to_string());
    assert_eq!(missing.iter().len(), 1);
    Ok(())
}
