//! One string pool per component; a name is a `NameId`.
//!
//! Names are interned while a component is parsed and compared as integers until `flatten` is done. Behind `link`
//! nobody asks for them but to print.

use crate::arena::PrimaryMap;
use crate::codec::{self, Codec, Reader, Writer};
use alloc::boxed::Box;
use coracle_error::fallible::boxed_str;
use coracle_error::{OutOfMemory, Result};
use core::hash::BuildHasher;
use hashbrown::{DefaultHashBuilder, HashTable};

crate::entity! {
    /// A string of a [`StringPool`]: equal ids of one pool are equal strings.
    NameId = "name";
}

/// Interned strings.
#[derive(Clone, Debug, Default)]
pub struct StringPool {
    texts: PrimaryMap<NameId, Box<str>>,
    /// All ids, by the hashes of their texts.
    ids: HashTable<NameId>,
    hasher: DefaultHashBuilder,
}

/// Pools are equal whose texts have the same numbers.
impl PartialEq for StringPool {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl StringPool {
    /// The id of `text`, new or old. O(length).
    pub fn intern(&mut self, text: &str) -> NameId {
        let hash = self.hash(text);
        let Self { texts, ids, hasher } = self;
        if let Some(&id) = ids.find(hash, |&id| *texts[id] == *text) {
            return id;
        }
        let id = texts.push(text.into());
        ids.insert_unique(hash, id, |&id| hasher.hash_one(&*texts[id]));
        id
    }

    /// As [`StringPool::intern`].
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn try_intern(&mut self, text: &str) -> Result<NameId> {
        if let Some(id) = self.lookup(text) {
            return Ok(id);
        }
        let hash = self.hash(text);
        let Self { texts, ids, hasher } = self;
        ids.try_reserve(1, |&id| hasher.hash_one(&*texts[id])).map_err(|_| OutOfMemory)?;
        let id = texts.try_push(boxed_str(text)?)?;
        ids.insert_unique(hash, id, |&id| hasher.hash_one(&*texts[id]));
        Ok(id)
    }

    /// The id of `text` if it was interned before. O(length), no allocation.
    pub fn lookup(&self, text: &str) -> Option<NameId> {
        self.ids.find(self.hash(text), |&id| *self.texts[id] == *text).copied()
    }

    /// The text of an id of this pool.
    #[inline]
    pub fn text(&self, id: NameId) -> &str {
        &self.texts[id]
    }

    /// The hash of a text, for tables of this pool's names.
    #[inline]
    pub(crate) fn hash(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }
}

codec::indices! { NameId }

impl Codec for StringPool {
    fn write(&self, to: &mut Writer) {
        self.texts.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let texts = PrimaryMap::<NameId, Box<str>>::read(from)?;
        let mut pool = Self::default();
        // Each is new, or its number would be another.
        for text in texts.into_values() {
            let next = pool.texts.next_key();
            if pool.try_intern(&text)? != next {
                return Err(codec::damaged());
            }
        }
        Ok(pool)
    }
}
