//! Names of imports and exports: the only parser of them, and the one rule by which versions match.
//!
//! A name with a version, `ns:pkg/iface@1.2.3`, stands on a *track*: everything that semver calls compatible with it.
//! The track is named by a prefix of the name, `ns:pkg/iface@1` or `…@0.2`, which is also the specification's
//! canonical interface name. So one rule serves both: releases `1.x.y` share `@1`, `0.2.x` share `@0.2`; a release
//! `0.0.x` and every pre-release stand alone. Build metadata has no say in the track.
//!
//! # Invariants
//! - A track's key is a prefix of the name: finding it allocates nothing.
//! - Exact beats track; on a track the highest version inserted wins, the later of two equal ones.

use crate::error::{Error, ErrorKind, Result};
use crate::strings::{NameId, StringPool};
use alloc::string::String;
use alloc::vec::Vec;
use hashbrown::HashMap;
use semver::Version;

/// The version part of a name, and what it is compatible with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<'a> {
    /// The name without what can be cut from its version: its canonical interface name, and the name of its track.
    pub canonical: &'a str,
    /// The version, if it is spelled out.
    pub version: Option<Version>,
}

impl<'a> Versioned<'a> {
    /// Reads the version of `name`: a whole one or a canonical one (`@1`, `@0.2`). `None` where there is neither.
    pub fn parse(name: &'a str) -> Option<Self> {
        let at = name.find('@')? + 1;
        let text = &name[at..];
        match Version::parse(text) {
            Ok(version) => {
                Some(Self { canonical: &name[..at + canonical_len(&version, text)], version: Some(version) })
            }
            Err(_) => is_canonical(text).then_some(Self { canonical: name, version: None }),
        }
    }

    /// Whether it may stand for another version at all: not a pre-release, and not `0.0.x`.
    pub fn has_track(&self) -> bool {
        match &self.version {
            Some(v) => v.pre.is_empty() && (v.major > 0 || v.minor > 0),
            None => true,
        }
    }
}

/// How many bytes of the version's text belong to the canonical name ("Canonical Interface Name").
fn canonical_len(version: &Version, text: &str) -> usize {
    let parts = if !version.pre.is_empty() || (version.major == 0 && version.minor == 0) {
        return text.find('+').unwrap_or(text.len());
    } else if version.major > 0 {
        1
    } else {
        2
    };
    text.match_indices('.').nth(parts - 1).map_or(text.len(), |(dot, _)| dot)
}

/// Whether a version text is canonical without being a whole version: `1`, `0.2`.
fn is_canonical(text: &str) -> bool {
    let number = |part: &str| {
        !part.is_empty() && !part.starts_with('0') && part.len() <= 19 && part.bytes().all(|b| b.is_ascii_digit())
    };
    match text.split_once('.') {
        None => number(text),
        Some(("0", minor)) => number(minor),
        Some(_) => false,
    }
}

/// How a name led to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// By exactly that name.
    Exact,
    /// By its track: this is the highest version on it.
    Track,
    /// By its canonical interface name, where that is what the entry is called.
    Canonical,
}

/// A map from names to values that knows about versions. Names are ids of one pool, which every call is given.
#[derive(Clone, Debug)]
pub struct NameMap<V> {
    entries: Vec<(NameId, V)>,
    exact: HashMap<NameId, u32>,
    tracks: HashMap<NameId, (u32, Version)>,
    /// Canonical names from which something was cut.
    suffixed: HashMap<NameId, u32>,
}

impl<V> Default for NameMap<V> {
    fn default() -> Self {
        let (exact, tracks, suffixed) = Default::default();
        Self { entries: Vec::new(), exact, tracks, suffixed }
    }
}

impl<V> NameMap<V> {
    /// Adds an entry. `suffix` is what was cut from the version of a canonical name (`versionsuffix`).
    ///
    /// With `shadow`, a repeated name replaces the old value, which keeps its place on its track.
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is there already and may not be shadowed.
    pub fn insert(
        &mut self,
        pool: &mut StringPool,
        name: &str,
        suffix: Option<&str>,
        value: V,
        shadow: bool,
    ) -> Result<()> {
        let id = pool.intern(name);
        if let Some(&old) = self.exact.get(&id) {
            if !shadow {
                return Err(Error::fault(ErrorKind::Link, alloc::format!("map entry `{name}` defined twice")));
            }
            self.entries[old as usize].1 = value;
            return Ok(());
        }
        let position = self.entries.len() as u32;
        self.entries.push((id, value));
        self.exact.insert(id, position);
        let full: String;
        let named = match suffix {
            Some(suffix) => {
                self.suffixed.insert(id, position);
                full = alloc::format!("{name}{suffix}");
                Versioned::parse(&full)
            }
            None => Versioned::parse(name),
        };
        let Some(named) = named.filter(Versioned::has_track) else { return Ok(()) };
        let key = pool.intern(named.canonical);
        // A canonical name without its suffix does not say its version; it yields to any that does.
        let version = named.version.unwrap_or(Version::new(0, 0, 0));
        match self.tracks.get(&key) {
            Some((_, old)) if *old > version => {}
            _ => {
                self.tracks.insert(key, (position, version));
            }
        }
        Ok(())
    }

    /// What `name` resolves to: the entry's own name, its value, and how it was found. At most two look-ups in the
    /// pool; no allocation.
    pub fn resolve(&self, pool: &StringPool, name: &str) -> Option<(NameId, &V, Match)> {
        let (position, how) = self.position(pool, name)?;
        let (own, value) = &self.entries[position as usize];
        Some((*own, value, how))
    }

    fn position(&self, pool: &StringPool, name: &str) -> Option<(u32, Match)> {
        if let Some(&position) = pool.lookup(name).and_then(|id| self.exact.get(&id)) {
            return Some((position, Match::Exact));
        }
        let named = Versioned::parse(name)?;
        let key = pool.lookup(named.canonical)?;
        if named.has_track() {
            return self.tracks.get(&key).map(|&(position, _)| (position, Match::Track));
        }
        // Without a track only build metadata can differ, and only where the entry says that it was cut off.
        self.suffixed.get(&key).map(|&position| (position, Match::Canonical))
    }

    /// The value that `name` resolves to.
    #[inline]
    pub fn get(&self, pool: &StringPool, name: &str) -> Option<&V> {
        self.position(pool, name).map(|(position, _)| &self.entries[position as usize].1)
    }

    /// The value of exactly this name.
    pub fn get_exact(&self, name: NameId) -> Option<&V> {
        self.exact.get(&name).map(|&position| &self.entries[position as usize].1)
    }

    /// The value of exactly this name, for change.
    pub fn get_exact_mut(&mut self, name: NameId) -> Option<&mut V> {
        self.exact.get(&name).map(|&position| &mut self.entries[position as usize].1)
    }

    /// All entries in order of insertion.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (NameId, &V)> + ExactSizeIterator {
        self.entries.iter().map(|(name, value)| (*name, value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(names: &[&str]) -> (StringPool, NameMap<String>) {
        let (mut pool, mut map) = (StringPool::default(), NameMap::default());
        for name in names {
            map.insert(&mut pool, name, None, (*name).into(), false).unwrap();
        }
        (pool, map)
    }

    #[test]
    fn every_line_of_the_rule() {
        let rows: &[(&[&str], &str, Option<&str>)] = &[
            // Exact first, whatever else is on the track.
            (&["a:b/c@1.0.0", "a:b/c@1.2.0"], "a:b/c@1.0.0", Some("a:b/c@1.0.0")),
            // Then the highest on the track, even when lower than what is asked for.
            (&["a:b/c@1.0.0", "a:b/c@1.2.0"], "a:b/c@1.1.0", Some("a:b/c@1.2.0")),
            (&["a:b/c@1.0.1"], "a:b/c@1.1.0", Some("a:b/c@1.0.1")),
            (&["a:b/c@1.2.0", "a:b/c@1.0.0"], "a:b/c@1.9.9", Some("a:b/c@1.2.0")),
            (&["a:b/c@0.2.0"], "a:b/c@0.2.7", Some("a:b/c@0.2.0")),
            (&["a:b/c@0.2.0"], "a:b/c@0.3.0", None),
            (&["a:b/c@1.0.0"], "a:b/c@2.0.0", None),
            (&["a:b/c@0.0.1"], "a:b/c@0.0.2", None),
            (&["a:b/c@0.0.1"], "a:b/c@0.0.1", Some("a:b/c@0.0.1")),
            // Pre-releases are exact in both roles.
            (&["a:b/c@1.0.0-pre"], "a:b/c@1.0.0", None),
            (&["a:b/c@1.0.0"], "a:b/c@1.0.0-pre", None),
            (&["a:b/c@0.2.0-rc.1"], "a:b/c@0.2.0-rc.1", Some("a:b/c@0.2.0-rc.1")),
            // Build metadata: same track, part of the exact name.
            (&["a:b/c@1.0.0+x"], "a:b/c@1.0.0", Some("a:b/c@1.0.0+x")),
            (&["a:b/c@1.0.0+x", "a:b/c@1.0.0+y"], "a:b/c@1.5.0", Some("a:b/c@1.0.0+y")),
            // No version, or none that can be read: exact only.
            (&["a:b/c"], "a:b/c@1.0.0", None),
            (&["a:b/c@1.0.0"], "a:b/c", None),
            (&["a@b@1.0.0"], "a@b@1.1.0", None),
            // Canonical interface names.
            (&["a:b/c@0.2"], "a:b/c@0.2.6", Some("a:b/c@0.2")),
            (&["a:b/c@0.2"], "a:b/c@0.2.6-rc.1", None),
            (&["a:b/c@0.2.3"], "a:b/c@0.2", Some("a:b/c@0.2.3")),
            (&["a:b/c@1"], "a:b/c@1.2.3", Some("a:b/c@1")),
            (&["a:b/c@1"], "a:b/c@1", Some("a:b/c@1")),
            (&["a:b/c@1", "a:b/c@1.0.0"], "a:b/c@1.3.0", Some("a:b/c@1.0.0")),
            (&["a:b/c@01"], "a:b/c@1.0.0", None),
        ];
        for (names, ask, want) in rows {
            let (pool, map) = map(names);
            assert_eq!(map.get(&pool, ask).map(String::as_str), *want, "{ask} in {names:?}");
        }
    }

    #[test]
    fn suffixes_count_as_versions() {
        let (mut pool, mut map) = (StringPool::default(), NameMap::default());
        map.insert(&mut pool, "a:b/c@0.2", Some(".6"), 6, false).unwrap();
        map.insert(&mut pool, "a:b/c@0.2.4", None, 4, false).unwrap();
        map.insert(&mut pool, "a:b/d@0.0.1-alpha", Some("+x"), 1, false).unwrap();
        assert_eq!(map.resolve(&pool, "a:b/c@0.2.5").map(|found| (found.1, found.2)), Some((&6, Match::Track)));
        assert_eq!(
            map.resolve(&pool, "a:b/d@0.0.1-alpha+y").map(|found| (found.1, found.2)),
            Some((&1, Match::Canonical))
        );
        assert_eq!(map.resolve(&pool, "a:b/d@0.0.2-alpha+y"), None);
    }

    #[test]
    fn shadowing_replaces_the_exact_entry_in_its_place() {
        let (mut pool, mut map) = map(&["x@1.0.0", "x@1.1.0"]);
        let again = map.insert(&mut pool, "x@1.1.0", None, "y".into(), false).unwrap_err();
        assert_eq!(alloc::format!("{again}"), "map entry `x@1.1.0` defined twice");
        map.insert(&mut pool, "x@1.1.0", None, "y".into(), true).unwrap();
        assert_eq!(map.get(&pool, "x@1.2.0").map(String::as_str), Some("y"));
        assert_eq!(map.len(), 2);
    }
}
