//! Looking exports up: every line of the rule for names, at every level, by every kind of handle.

#[path = "support/engine.rs"]
mod support;

use coracle_component::component::{Component, ExportError};
use coracle_image::export::ComponentExportIndex;
use std::collections::HashSet;
use std::fmt::Write;

/// A component that exports an instance under each name; instance `i` has one member, `m<i>`. The same names stand in
/// the instance `inner` as well. A `|` parts a canonical name from its version suffix.
fn component(names: &[&str]) -> Component {
    let mut text = String::from("(component (type $t u8)\n");
    let mut bundle = String::new();
    for (i, name) in names.iter().enumerate() {
        writeln!(text, "(instance $i{i} (export \"m{i}\" (type $t)))").unwrap();
        let (name, suffix) = name.split_once('|').unwrap_or((name, ""));
        let suffix = if suffix.is_empty() { String::new() } else { format!("(version-suffix \"{suffix}\")") };
        writeln!(text, "(export \"{name}\" {suffix} (instance $i{i}))").unwrap();
        write!(bundle, "(export \"{name}\" {suffix} (instance $i{i}))").unwrap();
    }
    writeln!(text, "(instance $inner {bundle})\n(export \"inner\" (instance $inner)))").unwrap();
    Component::new(&support::engine(), text).unwrap()
}

/// Which of the names a handle is of.
fn which(component: &Component, handle: Option<ComponentExportIndex>) -> Option<usize> {
    let handle = handle?;
    (0..10).find(|i| component.get_export_index(Some(&handle), format!("m{i}")).is_some())
}

#[test]
fn names_resolve_by_the_rule_at_every_level() {
    // Names, what is asked for, which is found, and whether it is found exactly.
    let rows: &[(&[&str], &str, Option<usize>)] = &[
        (&["a:b/c@1.0.0", "a:b/c@1.2.0"], "a:b/c@1.0.0", Some(0)),
        (&["a:b/c@1.0.0", "a:b/c@1.2.0"], "a:b/c@1.1.0", Some(1)),
        (&["a:b/c@1.2.0", "a:b/c@1.0.0"], "a:b/c@1.1.0", Some(0)),
        (&["a:b/c@1.0.1"], "a:b/c@1.1.0", Some(0)),
        (&["a:b/c@1.0.0"], "a:b/c@2.0.0", None),
        (&["a:b/c@0.1.0", "a:b/c@0.1.3"], "a:b/c@0.1.1", Some(1)),
        (&["a:b/c@0.1.0"], "a:b/c@0.2.0", None),
        (&["a:b/c@0.0.1"], "a:b/c@0.0.2", None),
        (&["a:b/c@0.0.1"], "a:b/c@0.0.1", Some(0)),
        (&["a:b/c@1.0.0-pre"], "a:b/c@1.0.0", None),
        (&["a:b/c@1.0.0"], "a:b/c@1.0.0-pre", None),
        (&["a:b/c@1.0.0-pre"], "a:b/c@1.0.0-pre", Some(0)),
        (&["a:b/c@0.2.0-rc.1", "a:b/c@0.2.0"], "a:b/c@0.2.1", Some(1)),
        (&["a:b/c@1.0.0+abc"], "a:b/c@1.0.0", Some(0)),
        (&["a:b/c@1.0.0+abc", "a:b/c@1.0.0+def"], "a:b/c@1.3.0", Some(1)),
        (&["a:b/c"], "a:b/c@1.0.0", None),
        (&["a:b/c@1.0.0"], "a:b/c", None),
        (&["a:b/c@1.0.0", "a:b/d@1.1.0"], "a:b/c@1.1.0", Some(0)),
        (&["a:b/c@1.0.0", "a:bb/c@1.1.0"], "a:b/c@1.1.0", Some(0)),
        (&["kebab-name", "name"], "kebab-name", Some(0)),
        (&["kebab-name"], "Kebab-Name", None),
        (&["kebab-name"], "", None),
        // Canonical interface names, with what was cut from the version.
        (&["a:b/c@1|.0.3"], "a:b/c@1.4.2", Some(0)),
        (&["a:b/c@1|.0.3"], "a:b/c@1.0.3", Some(0)),
        (&["a:b/c@1|.0.3"], "a:b/c@1", Some(0)),
        (&["a:b/c@1|.0.3"], "a:b/c@2.0.3", None),
        (&["a:b/c@0.2|.1"], "a:b/c@0.2.0-rc.1", None),
        (&["a:b/c@0.2|.1+x", "a:b/c@0.2.3"], "a:b/c@0.2.7", Some(1)),
        (&["a:b/c@0.0.1|+x"], "a:b/c@0.0.1+y", Some(0)),
        (&["a:b/c@0.0.1|+x"], "a:b/c@0.0.2", None),
        (&["a:b/c@1.0.0-rc.1|+x"], "a:b/c@1.0.0-rc.1+y", Some(0)),
        (&["a:b/c@1.0.0-rc.1"], "a:b/c@1.0.0-rc.1+y", None),
        (&["a:b/c@0.2.5"], "a:b/c@0.2", Some(0)),
        (&["a:b/c@0.2.5", "a:b/c@0.2.1"], "a:b/c@0.2", Some(0)),
        (&["a:b/c@1.0.0"], "a:b/c@not-a-version", None),
        (&["a:b/c@1.0.0"], "a:b/c@1.0", None),
    ];
    for (names, ask, want) in rows {
        let component = component(names);
        let inner = component.get_export_index(None, "inner").unwrap();
        for parent in [None, Some(&inner)] {
            let found = component.get_export_index(parent, *ask);
            assert_eq!(which(&component, found), *want, "`{ask}` in {names:?}, below {parent:?}");
            // By String, by reference, and by what was found.
            assert_eq!(component.get_export_index(parent, String::from(*ask)), found);
            assert_eq!(component.get_export_index(parent, &**ask), found);
            assert_eq!(found.and_then(|handle| component.get_export_index(None, handle)), found);
            assert_eq!(component.get_export(parent, *ask).map(|(_, handle)| handle), found);
        }
        assert_eq!(component.root().child(ask).ok().map(|node| node.index()), component.get_export_index(None, *ask));
    }
    println!("{} rows, at two levels", rows.len());
}

#[test]
fn handles_find_their_own_graph_and_nothing_else() {
    let names = ["a:b/c@1.0.0", "f"];
    let [one, again] = [component(&names), component(&names)];
    let other = component(&["a:b/c@1.0.0", "g"]);
    let handle = one.get_export_index(None, "f").unwrap();
    // Good for every load of the same component; hashed and compared by value.
    assert_eq!(again.get_export_index(None, handle), Some(handle));
    assert_eq!(HashSet::from([handle, again.get_export_index(None, "f").unwrap()]).len(), 1);
    assert_eq!(size_of::<ComponentExportIndex>(), 24);
    // Foreign: nothing is found, by handle or below it, and the other way says why.
    assert_eq!(other.get_export_index(None, handle), None);
    assert_eq!(other.get_export_index(Some(&handle), "g"), None);
    assert!(other.get_export(None, handle).is_none());
    assert_eq!(other.node(handle).unwrap_err(), ExportError::Foreign);
    // Not an instance: nothing is below it, and the other way says why.
    let inner = one.node(handle).unwrap().child("m1").unwrap().index();
    assert_eq!(one.get_export_index(Some(&inner), "f"), None);
    assert_eq!(
        one.node(inner).unwrap().child("f").unwrap_err(),
        ExportError::WrongKind { found: "type", wanted: "instance" }
    );
    assert!(one.root().child("f").unwrap().func().is_err());
    // Missing below an instance does not fall through to the root (a hazard of the established lookup).
    let bundle = one.get_export_index(None, "inner").unwrap();
    assert_eq!(one.get_export_index(Some(&bundle), "inner"), None);
    let missing = one.root().child("inner").unwrap().child("F").unwrap_err();
    assert_eq!(missing, ExportError::Missing { name: "F".into(), near: ["f".to_string()].into() });
}

#[test]
fn item_names_are_found_where_they_say() {
    let engine = support::engine();
    let text = r#"(component (type $t u8) (type $s s8)
        (instance $i (export "a" (type $t)))
        (instance $outer (export "n:p/i@1.2.0" (instance $i)) (export "b" (type $t)))
        (export "n:p/i@0.1.0" (instance $i))
        (export "plain" (instance $i))
        (export "outer" (instance $outer))
        (export "a" (type $s)))"#;
    let component = Component::new(&engine, text).unwrap();
    let path = |path: &[&str]| {
        path.iter().fold(None, |at, name| Some(component.get_export_index(at.as_ref(), *name).expect("exported")))
    };
    let outer = path(&["outer"]);
    let rows: &[(Option<ComponentExportIndex>, &str, Option<ComponentExportIndex>)] = &[
        (None, "a", path(&["a"])),
        (None, "plain.a", path(&["plain", "a"])),
        (None, "n:p/i.a@0.1.0", path(&["n:p/i@0.1.0", "a"])),
        (None, "n:p/i.a@0.1.7", path(&["n:p/i@0.1.0", "a"])),
        (outer, "n:p/i.a@1.0.0", path(&["outer", "n:p/i@1.2.0", "a"])),
        // The interface is missing: the root's `a` is not meant.
        (None, "n:p/missing.a@0.1.0", None),
        (None, "missing.a", None),
        (None, "n:p/i.a@0.2.0", None),
        // The parent counts, with an interface and without.
        (outer, "b", path(&["outer", "b"])),
        (outer, "a", None),
        (outer, "plain.a", None),
        (None, "b", None),
        // An item of something that is no instance.
        (None, "a.a", None),
    ];
    for (parent, name, want) in rows {
        let item: wit_parser::ItemName = name.parse().unwrap();
        assert_eq!(component.get_export_index(parent.as_ref(), &item), *want, "{name} below {parent:?}");
    }
    println!("{} item names", rows.len());
}

#[test]
fn explanations_say_what_was_taken_and_why() {
    let component = component(&["a:b/c@1.0.0", "a:b/c@1.2.0", "a:b/d@0.0.1|+x", "e"]);
    let explain = |path: &str| component.explain_export(path).to_string();
    assert_eq!(
        explain("e#m3"),
        "`e`: an export of exactly this name\n`m3`: an export of exactly this name\nfound: type\n"
    );
    assert_eq!(
        explain("a:b/c@1.1.0"),
        "`a:b/c@1.1.0`: `a:b/c@1.2.0`: there is no such version, and this is the highest on the track `a:b/c@1` of: \
         a:b/c@1.0.0, a:b/c@1.2.0\nfound: instance\n"
    );
    assert_eq!(
        explain("a:b/d@0.0.1+y"),
        "`a:b/d@0.0.1+y`: `a:b/d@0.0.1`, which is its canonical interface name\nfound: instance\n"
    );
    assert_eq!(
        explain("a:b/c@2.0.0#x"),
        "`a:b/c@2.0.0`: there is no export `a:b/c@2.0.0`; near: `a:b/c@1.0.0`, `a:b/c@1.2.0`\nnot found\n"
    );
}

/// What a lookup should find, by the naive way.
enum Model {
    Leaf,
    Instance(Vec<(String, Model)>),
}

impl Model {
    fn get(&self, name: &str) -> Option<(usize, &Model)> {
        let Self::Instance(members) = self else { return None };
        if let Some(found) = members.iter().position(|(other, _)| other == name) {
            return Some((found, &members[found].1));
        }
        let (base, version) = split(name)?;
        let compatible = |other: [u64; 3]| match version {
            [0, 0, _] => false,
            [0, minor, _] => other[0] == 0 && other[1] == minor,
            [major, ..] => other[0] == major,
        };
        let best = members
            .iter()
            .enumerate()
            .filter_map(|(i, (other, _))| split(other).map(|(b, v)| (i, b, v)))
            .filter(|&(_, b, v)| b == base && compatible(v))
            .max_by_key(|&(i, _, v)| (v, i))?;
        Some((best.0, &members[best.0].1))
    }
}

/// The base and the version of a name, if it has a release version.
fn split(name: &str) -> Option<(&str, [u64; 3])> {
    let (base, version) = name.split_once('@')?;
    let parts: Vec<u64> = version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    Some((base, parts.try_into().ok()?))
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn name(&mut self) -> String {
        match self.below(4) {
            0 => format!("p{}", self.below(6)),
            1 => format!("n:p/i{}@0.0.{}", self.below(2), self.below(3)),
            2 => format!("n:p/i{}@0.{}.{}", self.below(2), self.below(3), self.below(4)),
            _ => format!("n:p/i{}@{}.{}.{}", self.below(2), 1 + self.below(2), self.below(3), self.below(3)),
        }
    }
}

/// Writes the definition of a random item, and gives its index among instances (or none for a leaf) and its model.
fn random(out: &mut String, rng: &mut Random, count: &mut usize, depth: usize) -> (Option<usize>, Model) {
    if depth == 0 || rng.below(4) == 0 {
        return (None, Model::Leaf);
    }
    let (mut members, mut parts) = (Vec::new(), String::new());
    for _ in 0..rng.below(6) {
        let name = rng.name();
        if members.iter().any(|(other, _)| *other == name) {
            continue;
        }
        let (index, model) = random(out, rng, count, depth - 1);
        match index {
            Some(i) => write!(parts, "(export \"{name}\" (instance $i{i}))").unwrap(),
            None => write!(parts, "(export \"{name}\" (type $t))").unwrap(),
        }
        members.push((name, model));
    }
    writeln!(out, "(instance $i{count} {parts})").unwrap();
    *count += 1;
    (Some(*count - 1), Model::Instance(members))
}

#[test]
fn random_graphs_agree_with_a_naive_model() {
    let engine = support::engine();
    let mut rng = Random(0x9e37_79b9_7f4a_7c15);
    let (mut lookups, mut found) = (0, 0);
    for _ in 0..300 {
        let mut text = String::from("(component (type $t u8)\n");
        let mut count = 0;
        let (root, model) = loop {
            if let (Some(root), model) = random(&mut text, &mut rng, &mut count, 4) {
                break (root, model);
            }
        };
        writeln!(text, "(export \"root\" (instance $i{root})))").unwrap();
        let component = Component::new(&engine, &text).unwrap();
        let again = Component::new(&engine, &text).unwrap();
        let start = component.get_export_index(None, "root").unwrap();
        for _ in 0..200 {
            let (mut at, mut expect, mut node) = (start, &model, component.root().child("root").unwrap());
            for _ in 0..4 {
                let name = rng.name();
                let next = component.get_export_index(Some(&at), &name);
                let want = expect.get(&name);
                lookups += 1;
                assert_eq!(next.is_some(), want.is_some(), "{name}\n{text}");
                // The other load, by the handle and by the name, and the other way of looking.
                assert_eq!(next.and_then(|handle| again.get_export_index(None, handle)), next);
                assert_eq!(again.get_export_index(Some(&at), &name), next);
                assert_eq!(node.child(&name).ok().map(|node| node.index()), next);
                let (Some(handle), Some((position, below))) = (next, want) else { break };
                // The very member: by position, since entries of leaves are shared.
                let by_position = node.children().nth(position).unwrap().1.index();
                assert_eq!(by_position, handle, "{name}\n{text}");
                found += 1;
                (at, expect, node) = (handle, below, node.child(&name).unwrap());
            }
        }
    }
    println!("{lookups} lookups, {found} found");
    assert!(found > 1_000);
}
