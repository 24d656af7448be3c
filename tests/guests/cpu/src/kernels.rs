//! The kernels: each takes a number of rounds and gives a checksum.

use std::collections::BTreeMap;

/// A kernel: rounds in, checksum out.
pub type Kernel = fn(u32) -> u64;

/// All kernels, by name.
pub const ALL: &[(&str, Kernel)] = &[
    ("mix32", mix32),
    ("mix64", mix64),
    ("fib", fib),
    ("sieve", sieve),
    ("sort", sort),
    ("floats", floats),
    ("shapes", shapes),
    ("machine", machine),
    ("words", words),
    ("copies", copies),
];

/// A generator of 64-bit noise, the same everywhere.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn mix32(rounds: u32) -> u64 {
    let (mut a, mut b) = (0x9e37_79b9_u32, 1_u32);
    for i in 0..rounds * 20_000 {
        a = a.rotate_left(5) ^ b.wrapping_mul(0x85eb_ca6b);
        b = (b ^ (a >> 13)).wrapping_add(i) | 1;
        a = a.wrapping_sub(a % b).wrapping_add(((a as i32) / ((b >> 1) as i32 | 1)) as u32);
        b ^= a.leading_zeros() + b.count_ones() + a.trailing_zeros();
    }
    u64::from(a) << 32 | u64::from(b)
}

fn mix64(rounds: u32) -> u64 {
    let mut x = 1_u64;
    for i in 0..u64::from(rounds) * 20_000 {
        x = x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(i);
        x ^= x.rotate_right((x >> 59) as u32 | 1);
        x = x.wrapping_add(((x as i64) >> 3) as u64 / (i | 1)) ^ (x % (i + 7));
        x = x.rotate_left(32).wrapping_add((x as i8 as u64) ^ (x as i16 as u64) ^ (x as i32 as u64));
    }
    x
}

fn fib(rounds: u32) -> u64 {
    fn recurse(n: u64) -> u64 {
        if n < 2 { n } else { recurse(n - 1) + recurse(n - 2) }
    }
    (0..rounds).map(|round| recurse(18 + u64::from(round % 2))).sum()
}

fn sieve(rounds: u32) -> u64 {
    let mut sum = 0;
    for round in 0..rounds {
        let mut composite = vec![false; 20_000 + round as usize];
        for n in 2..composite.len() {
            if !composite[n] {
                sum += n as u64;
                (n * n..composite.len()).step_by(n).for_each(|multiple| composite[multiple] = true);
            }
        }
    }
    sum
}

fn sort(rounds: u32) -> u64 {
    let mut noise = Noise(88_172_645_463_325_252);
    let mut sum = 0_u64;
    for _ in 0..rounds {
        let mut keys: Vec<u32> = (0..2_000).map(|_| noise.next() as u32).collect();
        keys.sort_unstable_by_key(|key| key.swap_bytes());
        sum = keys.iter().fold(sum, |sum, &key| sum.rotate_left(7) ^ u64::from(key));
    }
    sum
}

fn floats(rounds: u32) -> u64 {
    let (mut x, mut y, mut single) = (0.5_f64, 0.25_f64, 1.5_f32);
    for i in 0..rounds * 10_000 {
        x = (x * 3.9 * (1.0 - x)).abs().sqrt().min(0.999).max(0.001);
        y = (y + x).fract() + f64::from(i % 7).floor() * 1e-3;
        single = (single * x as f32 + y as f32).clamp(-8.0, 8.0).copysign(x as f32 - 0.5);
    }
    let parts = [x as i32 as u32, (x * 1e9) as u32, (y * 1e9) as i64 as u32, (single * 1e6) as u32];
    let bits = x.to_bits() ^ y.to_bits().rotate_left(21) ^ u64::from(single.to_bits());
    parts.iter().fold(bits, |sum, &part| sum.rotate_left(9) ^ u64::from(part))
}

/// Something with an area, called through a table of functions.
trait Shape {
    fn area(&self, scale: u64) -> u64;
}

struct Square(u64);
struct Oblong(u64, u64);
struct Nested(Box<dyn Shape>);

impl Shape for Square {
    fn area(&self, scale: u64) -> u64 {
        self.0.wrapping_mul(self.0).wrapping_mul(scale)
    }
}

impl Shape for Oblong {
    fn area(&self, scale: u64) -> u64 {
        self.0.wrapping_mul(self.1).wrapping_add(scale)
    }
}

impl Shape for Nested {
    fn area(&self, scale: u64) -> u64 {
        self.0.area(scale ^ 0x55).rotate_left(3)
    }
}

fn shapes(rounds: u32) -> u64 {
    let mut noise = Noise(7);
    let shapes: Vec<Box<dyn Shape>> = (0..64)
        .map(|_| {
            let n = noise.next();
            let plain: Box<dyn Shape> =
                if n % 2 == 0 { Box::new(Square(n >> 40)) } else { Box::new(Oblong(n >> 40, n & 0xffff)) };
            if n % 3 == 0 { Box::new(Nested(plain)) } else { plain }
        })
        .collect();
    (0..u64::from(rounds) * 200).fold(0_u64, |sum, round| {
        shapes.iter().fold(sum, |sum, shape| sum.rotate_left(1).wrapping_add(shape.area(round)))
    })
}

/// A little stack machine: a wide switch in a loop.
fn machine(rounds: u32) -> u64 {
    let mut noise = Noise(3);
    let program: Vec<u8> = (0..256).map(|_| (noise.next() % 12) as u8).collect();
    let (mut a, mut b, mut c) = (1_u64, 2_u64, 3_u64);
    for _ in 0..rounds * 100 {
        let mut at = 0;
        while at < program.len() {
            match program[at] {
                0 => a = a.wrapping_add(b),
                1 => b = b.wrapping_mul(5).wrapping_add(c),
                2 => c ^= a.rotate_left(11),
                3 => (a, b) = (b, a),
                4 => (b, c) = (c, b),
                5 => a = a.wrapping_sub(c >> 3),
                6 => b = !b,
                7 => c = c.swap_bytes(),
                8 if a % 2 == 0 => at += 1,
                9 if b > c => at += 2,
                10 => a |= 1,
                _ => c = c.wrapping_add(at as u64),
            }
            at += 1;
        }
    }
    a ^ b.rotate_left(17) ^ c.rotate_left(39)
}

fn words(rounds: u32) -> u64 {
    let mut noise = Noise(11);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..rounds * 600 {
        let n = noise.next();
        *counts.entry(format!("{:x}-{}", n % 97, (n >> 32) % 5)).or_default() += n % 10;
    }
    counts.iter().fold(0, |sum: u64, (word, count)| {
        word.bytes().fold(sum.rotate_left(5) ^ count, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
    })
}

/// Bulk copies and fills, forwards and onto themselves.
fn copies(rounds: u32) -> u64 {
    let mut noise = Noise(5);
    let mut bytes: Vec<u8> = (0..8192_u32).map(|i| (i * 7 % 251) as u8).collect();
    for _ in 0..rounds * 50 {
        let n = noise.next() as usize;
        let (from, to, len) = (n % 4096, (n >> 16) % 4096, (n >> 28) % 4096);
        bytes.copy_within(from..from + len, to);
        bytes[to..to + len / 8].fill(n as u8);
    }
    bytes.iter().fold(0, |sum: u64, &byte| sum.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte))
}
