//! The guest at the end of every chain: it does the work.

use exports::bench::traffic::work::{Account, AccountBorrow, Guest, GuestAccount, Order, Reply};
use std::cell::Cell;

wit_bindgen::generate!({ world: "library", path: "../wit" });

struct Library;

/// The thing behind a handle.
struct Sum(Cell<u32>);

impl Guest for Library {
    type Account = Sum;

    fn place(order: Order) -> Reply {
        let count: u32 = order.parts.iter().map(|part| part.count.wrapping_mul(part.code.into())).sum();
        match order.id % 3 {
            0 => Reply::Accepted(count ^ order.price as u32 ^ u32::from(order.express)),
            1 => Reply::Refused(order.name),
            _ => Reply::Later(order.express.then_some(u64::from(count))),
        }
    }

    fn shout(text: String) -> String {
        let mut text = text;
        text.make_ascii_uppercase();
        text
    }

    fn split(text: String) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn total(numbers: Vec<u32>) -> u64 {
        numbers.iter().map(|number| u64::from(*number)).sum()
    }

    fn ranked(numbers: Vec<f64>) -> Vec<f64> {
        let mut numbers = numbers;
        numbers.sort_unstable_by(f64::total_cmp);
        numbers
    }

    fn compare(a: AccountBorrow<'_>, b: AccountBorrow<'_>) -> u32 {
        let (a, b) = (a.get::<Sum>().0.get(), b.get::<Sum>().0.get());
        a.abs_diff(b)
    }
}

impl GuestAccount for Sum {
    fn new(start: u32) -> Sum {
        Sum(Cell::new(start))
    }

    fn add(&self, amount: u32) -> u32 {
        self.0.set(self.0.get().wrapping_add(amount));
        self.0.get()
    }

    fn merge(a: Account, b: Account) -> Account {
        let sum = a.get::<Sum>().0.get().wrapping_add(b.get::<Sum>().0.get());
        Account::new(Sum::new(sum))
    }
}

export!(Library);
