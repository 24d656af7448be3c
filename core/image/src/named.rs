//! What has names, in order and by name.

use crate::codec::{Codec, Reader, Writer};
use crate::keyed::{Hasher, TextTable};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::TryVec;
use core::ops::Index;

/// A list of things, each with another name.
#[derive(Clone, Debug)]
pub struct Named<T> {
    list: Vec<(Box<str>, T)>,
    /// Positions in the list, by name.
    names: TextTable<u32>,
    hasher: Hasher,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        let (list, names, hasher) = Default::default();
        Self { list, names, hasher }
    }
}

/// The table follows from the list.
impl<T: PartialEq> PartialEq for Named<T> {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl<T: Copy> Named<T> {
    /// Adds one more; no other has its name.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn push(&mut self, name: Box<str>, item: T) -> Result<()> {
        let Self { list, names, hasher } = self;
        list.make_room(1)?;
        let text_of = |&at: &u32| list.get(at as usize).map_or(&*name, |(name, _)| name);
        names.try_insert(hasher, list.len() as u32, text_of)?;
        list.push((name, item));
        Ok(())
    }

    /// What a name leads to.
    pub fn get(&self, name: &str) -> Option<T> {
        self.position(name).map(|at| self.list[at].1)
    }

    /// Where in the list a name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        let at = self.names.find(&self.hasher, name, |&at| &self.list[at as usize].0)?;
        Some(*at as usize)
    }

    /// All of them, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, (Box<str>, T)> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<T> Index<usize> for Named<T> {
    type Output = (Box<str>, T);
    fn index(&self, at: usize) -> &Self::Output {
        &self.list[at]
    }
}

impl<'a, T> IntoIterator for &'a Named<T> {
    type Item = &'a (Box<str>, T);
    type IntoIter = core::slice::Iter<'a, (Box<str>, T)>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl<T: Codec + Copy> Codec for Named<T> {
    fn write(&self, to: &mut Writer) {
        self.list.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Self {
        let mut named = Self::default();
        for (name, item) in Vec::<(Box<str>, T)>::read(from) {
            if let Err(error) = named.push(name, item) {
                from.fail(&error);
            }
        }
        named
    }
}
