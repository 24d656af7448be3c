//! The guest that asks: `run(n)` asks for `n` rounds of work of the kinds that were chosen when it was built.

use bench::traffic::work::{compare, place, ranked, shout, split, total, Account, Order, Part, Reply};

wit_bindgen::generate!({ world: "driver", path: "../wit" });

struct Driver;

fn mix(sum: u32, value: u32) -> u32 {
    (sum ^ value).wrapping_mul(0x0100_0193).wrapping_add(sum >> 15)
}

/// Orders of up to five parts; every third is refused with its own name.
fn records(round: u32) -> u32 {
    (0..100).fold(round, |sum, id| {
        let parts = (0..id % 6).map(|k| Part { code: (k * 7) as u16, count: id + k }).collect();
        let name = ["skiff", "a boat that carries six", "raft"][id as usize % 3].to_owned();
        let order = Order { id, price: f64::from(id) * 1.25, express: id % 4 == 0, name, parts };
        mix(sum, match place(&order) {
            Reply::Accepted(count) => count,
            Reply::Refused(why) => why.len() as u32,
            Reply::Later(when) => when.map_or(7, |when| when as u32),
        })
    })
}

/// Texts of 12 bytes, of a kilobyte, and of many words.
fn strings(round: u32) -> u32 {
    let long = "rowing against the stream, ".repeat(38);
    let mut sum = round;
    for _ in 0..20 {
        sum = mix(sum, shout("twelve bytes").len() as u32);
        sum = mix(sum, shout(&long).bytes().map(u32::from).sum());
        sum = mix(sum, split("a list of eight words or so, split").len() as u32);
    }
    sum
}

/// Lists of 4 to 4,096 numbers.
fn lists(round: u32) -> u32 {
    let mut sum = round;
    for size in [4, 64, 4_096] {
        let numbers: Vec<u32> = (0..size).map(|k| k * 2_654_435 ^ round).collect();
        sum = mix(sum, total(&numbers) as u32);
        let floats: Vec<f64> = numbers.iter().take(512).map(|number| f64::from(number % 977)).collect();
        sum = ranked(&floats).iter().step_by(16).fold(sum, |sum, number| mix(sum, *number as u32));
    }
    sum
}

/// Handles that are made, borrowed, given away and dropped.
fn resources(round: u32) -> u32 {
    (0..60).fold(round, |sum, k| {
        let (a, b) = (Account::new(k), Account::new(sum & 255));
        a.add(3);
        let difference = compare(&a, &b);
        mix(sum, Account::merge(a, b).add(difference))
    })
}

impl Guest for Driver {
    fn run(n: u32) -> u32 {
        let chosen = |feature: bool, work: fn(u32) -> u32, round: u32| if feature { work(round) } else { 0 };
        let chain = cfg!(feature = "chain");
        (0..n).fold(0, |sum, round| {
            let sum = mix(sum, chosen(chain || cfg!(feature = "records"), records, round));
            let sum = mix(sum, chosen(chain || cfg!(feature = "strings"), strings, round));
            let sum = mix(sum, chosen(chain || cfg!(feature = "lists"), lists, round));
            mix(sum, chosen(chain || cfg!(feature = "resources"), resources, round))
        })
    }
}

export!(Driver);
