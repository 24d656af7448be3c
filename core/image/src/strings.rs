//! One string pool per component; a name is a `NameId`.
//!
//! Names are interned while a component is parsed and compared as integers until `flatten` is done. Behind `link`
//! nobody asks for them but to print.

use crate::arena::PrimaryMap;
use crate::codec::{self, Codec, Reader, Writer};
use crate::keyed::{Hasher, TextTable};
use alloc::alloc::{Layout, handle_alloc_error};
use alloc::boxed::Box;
use coracle_error::Result;
use coracle_error::fallible::boxed_str;

crate::entity! {
    /// A string of a [`StringPool`]: equal ids of one pool are equal strings.
    NameId = "name";
}

/// Interned strings.
#[derive(Clone, Debug, Default)]
pub struct StringPool {
    texts: PrimaryMap<NameId, Box<str>>,
    /// All ids, by their texts.
    ids: TextTable<NameId>,
    hasher: Hasher,
}

/// Pools are equal whose texts have the same numbers.
impl PartialEq for StringPool {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl StringPool {
    /// The id of `text`, new or old. O(length). Where there is no memory for it, the process ends.
    pub fn intern(&mut self, text: &str) -> NameId {
        self.try_intern(text).unwrap_or_else(|_| handle_alloc_error(Layout::for_value(text)))
    }

    /// As [`StringPool::intern`].
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn try_intern(&mut self, text: &str) -> Result<NameId> {
        if let Some(id) = self.lookup(text) {
            return Ok(id);
        }
        let Self { texts, ids, hasher } = self;
        let copy = boxed_str(text)?;
        texts.make_room(1)?;
        // The id is there before its text is, so that nothing is left of a name that there is no memory for.
        ids.try_insert(hasher, texts.next_key(), |&id| texts.get(id).map_or(text, |text| text))?;
        Ok(texts.push(copy))
    }

    /// The id of `text` if it was interned before. O(length), no allocation.
    pub fn lookup(&self, text: &str) -> Option<NameId> {
        self.ids.find(&self.hasher, text, |&id| &self.texts[id]).copied()
    }

    /// The text of an id of this pool.
    #[inline]
    pub fn text(&self, id: NameId) -> &str {
        &self.texts[id]
    }

    /// How texts are hashed, in tables of this pool's names.
    #[inline]
    pub(crate) fn hasher(&self) -> &Hasher {
        &self.hasher
    }
}

codec::indices! { NameId }

impl Codec for StringPool {
    fn write(&self, to: &mut Writer) {
        self.texts.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Self {
        let mut pool = Self { texts: Codec::read(from), ..Self::default() };
        let Self { texts, ids, hasher } = &mut pool;
        for (id, text) in texts.iter() {
            // Each is new, or its number would be another.
            if ids.find(hasher, text, |&id| &texts[id]).is_some() {
                from.damaged();
            } else if let Err(error) = ids.try_insert(hasher, id, |&id| &texts[id]) {
                from.fail(&error);
            }
        }
        pool
    }
}
