//! Allocation: trees of boxes, shared pointers, queues and buffers that grow, shrink and die in mixed order.

use programs::{mix, Numbers};
use std::collections::VecDeque;
use std::rc::Rc;

/// A search tree without balance.
#[derive(Default)]
struct Tree(Option<Box<(Tree, u32, Tree)>>);

impl Tree {
    fn insert(&mut self, key: u32) {
        match &mut self.0 {
            Some(node) if key < node.1 => node.0.insert(key),
            Some(node) => node.2.insert(key),
            None => self.0 = Some(Box::new((Tree::default(), key, Tree::default()))),
        }
    }

    fn depth(&self) -> u32 {
        self.0.as_ref().map_or(0, |node| 1 + node.0.depth().max(node.2.depth()))
    }
}

/// A list whose ends are shared.
enum List {
    End,
    Link(u32, Rc<List>),
}

fn total(list: &List) -> u32 {
    let (mut at, mut sum) = (list, 0_u32);
    while let List::Link(value, rest) = at {
        (sum, at) = (mix(sum, *value), rest);
    }
    sum
}

fn round(i: u32) -> u32 {
    let mut numbers = Numbers::from(i * 2 + 9);
    let mut tree = Tree::default();
    (0..800).for_each(|_| tree.insert(numbers.next()));
    let mut sum = tree.depth();

    let mut lists: Vec<Rc<List>> = vec![Rc::new(List::End)];
    for _ in 0..600 {
        let rest = lists[numbers.next() as usize % lists.len()].clone();
        lists.push(Rc::new(List::Link(numbers.next(), rest)));
    }
    // Long chains go one link at a time: dropping them at once would be as deep as they are long.
    sum = lists.iter().fold(sum, |sum, list| mix(sum, total(list)));
    while lists.pop().is_some() {}

    let mut queue: VecDeque<Vec<u8>> = VecDeque::new();
    for k in 0..1_500_u32 {
        let size = (numbers.next() % 900) as usize;
        let mut buffer = Vec::new();
        buffer.extend(std::iter::repeat(k as u8).take(size));
        buffer.push(size as u8);
        queue.push_back(buffer);
        if queue.len() > 48 {
            let at = numbers.next() as usize % queue.len();
            let taken = queue.swap_remove_front(at).unwrap_or_default();
            sum = mix(sum, taken.len() as u32 + u32::from(taken[taken.len() / 2]));
        }
    }
    queue.iter().fold(sum, |sum, buffer| mix(sum, buffer.len() as u32))
}

programs::rounds!(round);
