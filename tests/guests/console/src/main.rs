//! Uses a console, clocks and random numbers, and asks for files, which a device does not grant.
//!
//! Its memory is small (`build.sh` says how small), so that it runs on a microcontroller too.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant, SystemTime};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    println!("arguments: {args:?}");
    println!("HOME: {:?}", std::env::var("HOME").ok());

    let mut words: HashMap<String, u32> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        for word in line.expect("a line").split_whitespace() {
            *words.entry(word.to_owned()).or_default() += 1;
        }
    }
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort();
    println!("words: {words:?}");

    let (start, wait) = (Instant::now(), Duration::from_millis(5));
    std::thread::sleep(wait);
    println!("slept long enough: {}", start.elapsed() >= wait);
    let date = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    println!("a time is known: {}", date > Duration::ZERO);

    eprintln!("now what is not granted");
    println!("a file: {:?}", std::fs::read("/etc/passwd").map_err(|error| error.kind()));
    println!("a folder: {:?}", std::fs::read_dir(".").map(drop).map_err(|error| error.kind()));

    std::io::stdout().flush().expect("it can be printed");
    std::process::exit(args.len() as i32);
}
