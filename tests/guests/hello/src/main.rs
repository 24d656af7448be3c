//! Greets whoever is named, then computes a small table: which start below a bound needs most Collatz steps to reach 1.
//!
//! Millions of steps in one small function, so a runtime that promotes hot functions promotes it.

/// Steps from `n` down to 1.
#[inline(never)]
fn steps(mut n: u64) -> u32 {
    let mut count = 0;
    while n != 1 {
        n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
        count += 1;
    }
    count
}

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    match names.as_slice() {
        [] => println!("Hello, component world!"),
        names => println!("Hello, {}!", names.join(" and ")),
    }
    println!("{:>8} {:>8} {:>6}", "below", "start", "steps");
    let (mut best, mut start) = (0, 1);
    for n in 1..100_000 {
        let count = steps(n);
        if count > best {
            (best, start) = (count, n);
        }
        if [9, 99, 999, 9_999, 99_999].contains(&n) {
            println!("{:>8} {start:>8} {best:>6}", n + 1);
        }
    }
}
