//! Images: what bytes say, before any engine.

use coracle_image::component::ComponentImage;
use coracle_image::module::Bytes;
use coracle_image::parse::features::{Features, Trust};
use coracle_image::parse::module::parse_module;
use std::path::Path;

fn bytes(text: &str) -> Bytes {
    Bytes::Shared(wat::parse_str(text).unwrap().into())
}

fn image(text: &str) -> ComponentImage {
    ComponentImage::parse(&Features::default(), bytes(text), Trust::None).unwrap()
}

/// All files of a folder and of its folders that end in `.wat`.
fn texts(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "wat") {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn two_parses_give_equal_images() {
    let mut found = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../component/tests/golden"), &mut found);
    let (mut equal, mut modules) = (0, 0);
    for text in &found {
        // Some goldens are of components that are refused.
        let Ok(binary) = wat::parse_str(text) else { continue };
        let features = Features::default();
        let parse = || ComponentImage::parse(&features, Bytes::Shared(binary.clone().into()), Trust::None);
        let (Ok(first), Ok(second)) = (parse(), parse()) else { continue };
        assert_eq!(first, second, "{text}");
        equal += 1;
        modules += first.modules.len() + first.adapters.len();
    }
    assert!(equal > 5 && modules > 5, "{equal} images with {modules} modules");
    let module = "(module (type $t (func (param i32))) (import \"\" \"f\" (func (type $t))) (table 1 (ref null $t)))";
    let parse = || parse_module(&Features::default(), bytes(module), Trust::None).unwrap();
    assert_eq!(parse(), parse());
}

#[test]
fn images_tell_what_differs() {
    let with = |number: u32| image(&format!("(component (core module (func (result i32) (i32.const {number}))))"));
    assert_ne!(with(1), with(2), "other bytes are another image");
    assert_eq!(with(1).graph.id(), with(2).graph.id(), "handles are shared where exports are equal");
}

/// Graphs whose module types differ only in what a reference leads to are different graphs.
#[test]
fn identity_knows_what_references_lead_to() {
    let with = |inner: &str| {
        image(&format!(
            "(component (core module $m (type $t (func (param {inner}))) (type $u (func (param (ref null $t))))
               (func (export \"f\") (type $u)) (table (export \"t\") 1 (ref null $u)))
             (export \"m\" (core module $m)))"
        ))
    };
    assert_ne!(with("i32").graph.id(), with("i64").graph.id());
    assert_eq!(with("i32").graph.id(), with("i32").graph.id());
    // The other types of a component are no part of it.
    let other = image(
        "(component (core module (type (func (param f64)))) (core module $m (type $t (func (param i32)))
           (type $u (func (param (ref null $t)))) (func (export \"f\") (type $u)) (table (export \"t\") 1 (ref null $u)))
         (export \"m\" (core module $m)))",
    );
    assert_eq!(with("i32").graph.id(), other.graph.id());
}
