//! Every real component of the corpus parses and flattens; how long it takes is printed.

#[path = "support/engine.rs"]
mod support;

use coracle_component::component::Component;
use std::path::Path;
use std::time::Instant;

#[test]
fn corpus_flattens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: not found: {}", folder.display());
        return;
    };
    let (engine, mut ran) = (support::engine(), 0);
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().unwrap();
        let Ok(bytes) = std::fs::read(entry.path().join(format!("{name}.wasm"))) else { continue };
        let start = Instant::now();
        let result = Component::from_binary(&engine, &bytes);
        let took = start.elapsed();
        match result {
            Ok(_) => println!("{name}: {} bytes in {took:?}", bytes.len()),
            // What is made with asynchronous calls is refused by that name.
            Err(error) => {
                println!("{name}: {error}");
                assert!(name.starts_with("p3-") && error.to_string().contains("async"), "{name}: {error:?}");
            }
        }
        ran += 1;
    }
    println!("{ran} components");
    assert!(ran > 0);
}
