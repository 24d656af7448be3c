//! Kernels that print checksums: `cpu [KERNEL [N]]`; without arguments, all of them once.
//!
//! Each works on a kind of code that a compiler may get wrong: integers of both widths, floats, memory, recursion,
//! indirect calls, wide switches. What they print depends on nothing but the arguments.
//! `cpu trap KIND` ends in the trap of that kind, after it has printed a line.

mod kernels;
mod traps;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => kernels::ALL.iter().for_each(|(name, kernel)| println!("{name} {:016x}", kernel(1))),
        ["trap", kind] => return traps::run(kind),
        [name, n @ ..] => {
            let times = n.first().and_then(|n| n.parse().ok()).unwrap_or(1);
            let Some((_, kernel)) = kernels::ALL.iter().find(|(known, _)| known == name) else {
                eprintln!("no kernel `{name}`");
                return ExitCode::from(2);
            };
            println!("{name} {:016x}", kernel(times));
        }
    }
    ExitCode::SUCCESS
}
