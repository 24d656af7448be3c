//! A guest in the middle of a chain: what it is asked, it asks the next; a handle of its own stands for one of the next.

use bench::traffic::work as next;
use exports::bench::traffic::work::{Account, AccountBorrow, Guest, GuestAccount, Order, Reply};

wit_bindgen::generate!({ world: "middle", path: "../wit" });

struct Middle;

/// The handle of the next that one of ours stands for.
struct Theirs(next::Account);

impl Guest for Middle {
    type Account = Theirs;

    fn place(order: Order) -> Reply {
        let parts: Vec<_> = order.parts.iter().map(|p| next::Part { code: p.code, count: p.count }).collect();
        let (id, price, express, name) = (order.id, order.price, order.express, order.name);
        match next::place(&next::Order { id, price, express, name, parts }) {
            next::Reply::Accepted(count) => Reply::Accepted(count),
            next::Reply::Refused(why) => Reply::Refused(why),
            next::Reply::Later(when) => Reply::Later(when),
        }
    }

    fn shout(text: String) -> String {
        next::shout(&text)
    }

    fn split(text: String) -> Vec<String> {
        next::split(&text)
    }

    fn total(numbers: Vec<u32>) -> u64 {
        next::total(&numbers)
    }

    fn ranked(numbers: Vec<f64>) -> Vec<f64> {
        next::ranked(&numbers)
    }

    fn compare(a: AccountBorrow<'_>, b: AccountBorrow<'_>) -> u32 {
        next::compare(&a.get::<Theirs>().0, &b.get::<Theirs>().0)
    }
}

impl GuestAccount for Theirs {
    fn new(start: u32) -> Theirs {
        Theirs(next::Account::new(start))
    }

    fn add(&self, amount: u32) -> u32 {
        self.0.add(amount)
    }

    fn merge(a: Account, b: Account) -> Account {
        let (a, b) = (a.into_inner::<Theirs>(), b.into_inner::<Theirs>());
        Account::new(Theirs(next::Account::merge(a.0, b.0)))
    }
}

export!(Middle);
