//! Names of imports and exports: the only parser of them, and the one rule by which versions match.
//!
//! A name with a version, `ns:pkg/iface@1.2.3`, stands on a *track*: everything that semver calls compatible with it.
//! The track is named by a prefix of the name, `ns:pkg/iface@1` or `…@0.2`, which is also the specification's
//! canonical interface name. So one rule serves both: releases `1.x.y` share `@1`, `0.2.x` share `@0.2`; a release
//! `0.0.x` and every pre-release stand alone. Build metadata has no say in the track.
//!
//! SPEC: "Canonical Interface Name", as amended: build metadata is always cut off, and a pre-release never, for it is
//! compatible with nothing but itself. Where a canonical name stands against a whole version, on either side, they
//! match if the canonical forms are equal.
//!
//! # Invariants
//! - A track's key is a prefix of the name: finding it allocates nothing.
//! - Tables hold positions and ids; they are found by the pool's text.
//! - Exact beats track; on a track the highest version inserted wins, the later of two equal ones.

use crate::keyed::TextTable;
use crate::strings::{NameId, StringPool};
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::fallible::TryVec;
use coracle_error::{Error, ErrorKind, Result};
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

/// Whether one name may stand for the other: they are the same, or of one track.
pub fn compatible(a: &str, b: &str) -> bool {
    let track = |name| Versioned::parse(name).filter(Versioned::has_track).map(|name| name.canonical);
    a == b || track(a).is_some_and(|a| track(b) == Some(a))
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

/// How many bytes of a version's text name its track, if it is a release that has one and is spelled like most:
/// three numbers. What it leaves alone, [`Versioned::parse`] decides.
fn release_len(text: &str) -> Option<usize> {
    // So many digits fit an u64 whatever they are.
    let number = |part: &str| {
        let plain = part.len() == 1 || !part.starts_with('0');
        !part.is_empty() && part.len() < 20 && plain && part.bytes().all(|b| b.is_ascii_digit())
    };
    let (major, rest) = text.split_once('.')?;
    let (minor, patch) = rest.split_once('.')?;
    if !number(major) || !number(minor) || !number(patch) {
        return None;
    }
    match (major, minor) {
        ("0", "0") => None,
        ("0", _) => Some(major.len() + 1 + minor.len()),
        _ => Some(major.len()),
    }
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
    /// Positions of all entries, by their names.
    exact: TextTable<u32>,
    /// By their keys.
    tracks: TextTable<Track>,
    /// Positions of the entries whose names are canonical because something was cut from them, by these.
    suffixed: TextTable<u32>,
}

/// What a track leads to.
#[derive(Clone, Debug)]
struct Track {
    key: NameId,
    position: u32,
    version: Version,
}

/// The tables follow from the names, so they are not compared. Both maps are of pools that number names alike.
impl<V: PartialEq> PartialEq for NameMap<V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<V> Default for NameMap<V> {
    fn default() -> Self {
        let (exact, tracks, suffixed) = Default::default();
        Self { entries: Vec::new(), exact, tracks, suffixed }
    }
}

impl<V> NameMap<V> {
    /// An empty map with room for `count` entries. Growing may hash every name again.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn with_room(count: usize) -> Result<Self> {
        Ok(Self { entries: Vec::with_room(count)?, exact: TextTable::with_room(count)?, ..Self::default() })
    }

    /// Adds an entry. `suffix` is what was cut from the version of a canonical name (`versionsuffix`).
    ///
    /// With `shadow`, a repeated name replaces the old value, which keeps its place on its track.
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is there already and may not be shadowed; `OutOfMemory`.
    pub fn insert(
        &mut self,
        pool: &mut StringPool,
        name: NameId,
        suffix: Option<&str>,
        value: V,
        shadow: bool,
    ) -> Result<()> {
        if let Some(old) = self.exact_position(pool, name) {
            if !shadow {
                let text = pool.text(name);
                return Err(Error::fault(ErrorKind::Link, coracle_error::wording!("map entry `{text}` defined twice")));
            }
            self.entries[old as usize].1 = value;
            return Ok(());
        }
        let (text, position) = (pool.text(name), self.entries.len() as u32);
        self.entries.make_room(1)?;
        // The new entry's position is there before the entry is, so that nothing is left where there is no memory.
        let Self { entries, exact, tracks, suffixed } = self;
        let text_of = |&position: &u32| entries.get(position as usize).map_or(text, |entry| pool.text(entry.0));
        exact.try_insert(pool.hasher(), position, text_of)?;
        entries.push((name, value));
        let text_of = |&position: &u32| pool.text(entries[position as usize].0);
        let full: String;
        let named = match suffix {
            Some(suffix) => {
                suffixed.try_insert(pool.hasher(), position, text_of)?;
                full = [text, suffix].concat();
                Versioned::parse(&full)
            }
            None => Versioned::parse(text),
        };
        let Some(named) = named.filter(Versioned::has_track) else { return Ok(()) };
        // A canonical name without its suffix does not say its version; it yields to any that does.
        let version = named.version.unwrap_or(Version::new(0, 0, 0));
        if let Some(track) = tracks.find_mut(pool.hasher(), named.canonical, |track| pool.text(track.key)) {
            if track.version <= version {
                (track.position, track.version) = (position, version);
            }
            return Ok(());
        }
        let canonical = String::from(named.canonical);
        let key = pool.intern(&canonical);
        tracks.try_insert(pool.hasher(), Track { key, position, version }, |track| pool.text(track.key))
    }

    /// What `name` resolves to: the entry's own name, its value, and how it was found. One look-up where the name is
    /// exact, two where it is not; no allocation but for what is left of a long pre-release.
    #[inline]
    pub fn resolve(&self, pool: &StringPool, name: &str) -> Option<(NameId, &V, Match)> {
        let (position, how) = self.position(pool, name)?;
        let (own, value) = &self.entries[position as usize];
        Some((*own, value, how))
    }

    fn position(&self, pool: &StringPool, name: &str) -> Option<(u32, Match)> {
        match self.exact.find(pool.hasher(), name, self.text_of(pool)) {
            Some(&position) => Some((position, Match::Exact)),
            None => self.compatible_position(pool, name),
        }
    }

    /// The name of the entry at a position.
    fn text_of<'a>(&'a self, pool: &'a StringPool) -> impl Fn(&u32) -> &'a str {
        move |&position| pool.text(self.entries[position as usize].0)
    }

    /// The position of what may stand for `name`, which no entry is called.
    fn compatible_position(&self, pool: &StringPool, name: &str) -> Option<(u32, Match)> {
        if self.tracks.is_empty() && self.suffixed.is_empty() {
            return None;
        }
        let at = name.find('@')? + 1;
        let (key, has_track) = match release_len(&name[at..]) {
            Some(len) => (&name[..at + len], true),
            None => {
                let named = Versioned::parse(name)?;
                (named.canonical, named.has_track())
            }
        };
        if has_track {
            let track = self.tracks.find(pool.hasher(), key, |track| pool.text(track.key))?;
            return Some((track.position, Match::Track));
        }
        // Without a track only build metadata can differ, and only where the entry says that it was cut off.
        let found = self.suffixed.find(pool.hasher(), key, self.text_of(pool));
        found.map(|&position| (position, Match::Canonical))
    }

    /// The value that `name` resolves to.
    #[inline]
    pub fn get(&self, pool: &StringPool, name: &str) -> Option<&V> {
        self.position(pool, name).map(|(position, _)| &self.entries[position as usize].1)
    }

    /// The value of exactly this name.
    pub fn get_exact(&self, pool: &StringPool, name: NameId) -> Option<&V> {
        let position = self.exact_position(pool, name)?;
        Some(&self.entries[position as usize].1)
    }

    /// The value of exactly this name, for change.
    pub fn get_exact_mut(&mut self, pool: &StringPool, name: NameId) -> Option<&mut V> {
        let position = self.exact_position(pool, name)?;
        Some(&mut self.entries[position as usize].1)
    }

    fn exact_position(&self, pool: &StringPool, name: NameId) -> Option<u32> {
        self.exact.find(pool.hasher(), pool.text(name), self.text_of(pool)).copied()
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
            let id = pool.intern(name);
            map.insert(&mut pool, id, None, (*name).into(), false).unwrap();
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
        for (name, suffix, value) in
            [("a:b/c@0.2", Some(".6"), 6), ("a:b/c@0.2.4", None, 4), ("a:b/d@0.0.1-alpha", Some("+x"), 1)]
        {
            let id = pool.intern(name);
            map.insert(&mut pool, id, suffix, value, false).unwrap();
        }
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
        let id = pool.intern("x@1.1.0");
        let again = map.insert(&mut pool, id, None, "y".into(), false).unwrap_err();
        assert_eq!(alloc::format!("{again}"), "map entry `x@1.1.0` defined twice");
        map.insert(&mut pool, id, None, "y".into(), true).unwrap();
        assert_eq!(map.get(&pool, "x@1.2.0").map(String::as_str), Some("y"));
        assert_eq!(map.len(), 2);
    }

    #[test]
    fn the_quick_reading_of_versions_agrees_with_the_whole_one() {
        let parts =
            ["", "0", "1", "01", "10", "x", "18446744073709551615", "18446744073709551616", "9999999999999999999"];
        let mut quick = 0;
        for major in parts {
            for minor in parts {
                for patch in parts {
                    for tail in ["", "-rc", "+b", ".1", "-"] {
                        let name = alloc::format!("a:b/c@{major}.{minor}.{patch}{tail}");
                        let Some(len) = release_len(&name[6..]) else { continue };
                        let named = Versioned::parse(&name).unwrap();
                        assert_eq!((named.canonical, named.has_track()), (&name[..6 + len], true), "{name}");
                        quick += 1;
                    }
                }
            }
        }
        assert!(quick > 50);
    }
}
