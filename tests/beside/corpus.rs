//! Every real component of the corpus parses and flattens, and how long that takes is printed; ignored where the
//! corpus is not there.

use crate::place::shared;
use coracle::component::Component;
use coracle::{Config, Engine, TierPolicy};
use std::time::Instant;

pub(crate) fn corpus_flattens() {
    let entries = std::fs::read_dir(shared("corpus")).expect("the folder of the corpus");
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Off);
    let (engine, mut ran) = (Engine::new(&config).expect("the settings fit together"), 0);
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
