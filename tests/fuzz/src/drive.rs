//! The targets as programs of their own: input from seeds, for so many seconds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, process};

/// Bytes of the longest input.
const LONGEST: u64 = 4096;

/// Runs a target: `--seconds N` (60), `--seed N` (the time) to begin with, `--count N` inputs at most.
pub fn main(name: &str, target: fn(&[u8])) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |time| time.as_secs());
    let first = option("--seed").unwrap_or(now << 20);
    let count = option("--count").unwrap_or(u64::MAX);
    let end = Instant::now() + Duration::from_secs(option("--seconds").unwrap_or(60));
    let replayed = replay(name, target);
    let mut done = 0;
    while done < count && Instant::now() < end {
        let seed = first + done;
        check(name, target, &input(seed), || format!("seed {seed}"));
        done += 1;
    }
    println!("{name}: {replayed} known inputs and {done} new ones from seed {first} on: nothing found");
}

/// The number behind an option of the command line.
pub fn option(wanted: &str) -> Option<u64> {
    let mut args = env::args().skip_while(|arg| arg != wanted).skip(1);
    args.next().and_then(|value| value.parse().ok())
}

/// What was found once: files and their bytes.
pub fn known(name: &str) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regress").join(name);
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some((file.path(), fs::read(file.path()).ok()?)))
}

fn replay(name: &str, target: fn(&[u8])) -> usize {
    known(name).map(|(file, bytes)| check(name, target, &bytes, || file.display().to_string())).count()
}

fn check(name: &str, target: fn(&[u8]), bytes: &[u8], which: impl Fn() -> String) {
    if catch_unwind(AssertUnwindSafe(|| target(bytes))).is_err() {
        let file = format!("{name}.found");
        let kept = fs::write(&file, bytes).map_or_else(|error| error.to_string(), |()| format!("kept as {file}"));
        eprintln!("{name}: {} fails; {kept}", which());
        process::exit(1);
    }
}

/// The input of a seed: bytes by xorshift, runs of small numbers among them, since those lead further.
pub fn input(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    };
    let len = next() % LONGEST;
    let mut bytes = Vec::with_capacity(len as usize + 16);
    while (bytes.len() as u64) < len {
        let small = next() % 4 == 0;
        for _ in 0..next() % 16 + 1 {
            bytes.push(if small { next() % 8 } else { next() } as u8);
        }
    }
    bytes
}
