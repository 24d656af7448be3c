//! One string pool per component; a name is a `NameId`.
//!
//! Names are interned while a component is parsed and compared as integers until `flatten` is done. Behind `link`
//! nobody asks for them but to print.

use crate::arena::PrimaryMap;
use alloc::boxed::Box;
use hashbrown::HashMap;

crate::entity! {
    /// A string of a [`StringPool`]: equal ids of one pool are equal strings.
    NameId = "name";
}

/// Interned strings.
#[derive(Clone, Debug, Default)]
pub struct StringPool {
    texts: PrimaryMap<NameId, Box<str>>,
    ids: HashMap<Box<str>, NameId>,
}

impl StringPool {
    /// The id of `text`, new or old. O(length).
    pub fn intern(&mut self, text: &str) -> NameId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }

    /// The id of `text` if it was interned before. O(length), no allocation.
    pub fn lookup(&self, text: &str) -> Option<NameId> {
        self.ids.get(text).copied()
    }

    /// The text of an id of this pool.
    pub fn text(&self, id: NameId) -> &str {
        &self.texts[id]
    }
}
