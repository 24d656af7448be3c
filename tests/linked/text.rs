//! The text of the components of a graph, and of one component that has them all nested.

use crate::shape::{Dep, Echo, Graph, Node, Via};
use std::fmt::Write;

/// Where results of others are stored, by turns.
const PLACES: [u32; 2] = [64, 65536];

/// What a component exports beside its type: the functions, and an instance of them.
pub(crate) const API: &str = "api";

/// Defines the resource, and counts how many of them are dropped. What is lent to it are representations.
const DEFINES: &str = r#"
  (core module $count
    (global $dropped (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))
    (func (export "dropped") (result i32) (global.get $dropped)))
  (core instance $count (instantiate $count))
  (type $own (resource (rep i32) (dtor (core func $count "dtor"))))
  (export $r "r" (type $own))
  (core func $new-r (canon resource.new $own))
  (core func $drop-r (canon resource.drop $own))
  (core module $m
    (import "l" "memory" (memory 3))
    (import "r" "new" (func $new (param i32) (result i32)))
    (import "r" "drop" (func $drop (param i32)))
    (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "lend") (param i32) (result i32) (local.get 0))
    (func (export "lend-all") (param i32 i32) (result i32)
      (i32.store (i32.const 64) (local.get 0))
      (i32.store (i32.const 68) (local.get 1))
      (i32.const 64))
    (func (export "eat") (param i32) (call $drop (local.get 0))))
  (core instance $m (instantiate $m (with "l" (instance $libc))
    (with "r" (instance (export "new" (func $new-r)) (export "drop" (func $drop-r))))))
  (func $new (param "rep" u32) (result (own $r)) (canon lift (core func $m "new")))
  (func $dropped (result u32) (canon lift (core func $count "dropped")))
  (func $lend (param "x" (borrow $r)) (result u32) (canon lift (core func $m "lend")))
  (func $lend-all (param "x" (list (borrow $r))) (result (list u32)) (canon lift (core func $m "lend-all")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func $eat (param "x" (own $r)) (canon lift (core func $m "eat")))
  (export "new" (func $new)) (export "dropped" (func $dropped))
"#;

/// Memory of which one block is given behind the other, until it is all free again.
const LIBC: &str = r#"
  (core module $libc
    (memory (export "memory") 3)
    (global $next (mut i32) (i32.const 131072))
    (func (export "reset") (global.set $next (i32.const 131072)))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 1)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
        (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536))))))
      (memory.copy (local.get $at) (local.get $old) (select (local.get $old_size) (local.get $size)
        (i32.lt_u (local.get $old_size) (local.get $size))))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
"#;

impl Graph {
    /// The functions that a component exports, in its instance too.
    pub(crate) fn funcs(&self, node: usize) -> &'static [&'static str] {
        match (self.defines(node), self.handles) {
            (true, _) => &["lend", "lend-all", "eat"],
            (false, true) => &["echo", "lend", "lend-all", "eat"],
            (false, false) => &["echo"],
        }
    }

    /// The text of one component.
    pub(crate) fn component(&self, number: usize) -> String {
        format!("(component {})", self.body(number))
    }

    /// The text of a component that has all of them nested, and exports what the root does, and what the first one does.
    pub(crate) fn nested(&self) -> String {
        let mut text = String::from("(component\n");
        for number in 0..self.nodes.len() {
            let _ = writeln!(text, "(component $c{number} {})", self.body(number));
        }
        // Where there is a resource, the first component defines it, and types may name it.
        let first = usize::from(self.handles);
        for (number, node) in self.nodes.iter().enumerate() {
            if number == first {
                text.push_str(if self.handles { "(alias export $n0 \"r\" (type $r))\n" } else { "" });
                for (n, body) in self.named().0.iter().enumerate() {
                    let _ = writeln!(text, "(type $t{n} {body})");
                }
            }
            let with = self.with(node);
            let _ = writeln!(text, "(instance $n{number} (instantiate $c{number} {with}))");
        }
        self.exports(&mut text);
        text.push(')');
        text
    }

    /// What the outer component exports. Its functions are to name types that it exports.
    fn exports(&self, text: &mut String) {
        let exported = |text: &str| text.replace("$t", "$x").replace("$r)", "$exported)");
        let root = self.nodes.len() - 1;
        let mut funcs: Vec<_> = self.funcs(root).iter().map(|&name| (name, root, self.sig(name))).collect();
        if self.handles {
            text.push_str("(export $exported \"r\" (type $r))\n");
            funcs.push(("new", 0, "(param \"rep\" u32) (result (own $r))".into()));
            funcs.push(("dropped", 0, "(result u32)".into()));
        }
        for (n, body) in self.named().0.iter().enumerate() {
            let _ = writeln!(text, "(type $e{n} {}) (export $x{n} \"t{n}\" (type $e{n}))", exported(body));
        }
        for (name, of, sig) in funcs {
            let _ = writeln!(text, "(export \"{name}\" (func $n{of} \"{name}\") (func {}))", exported(&sig));
        }
    }

    /// The types of the value that have names, and the value's.
    fn named(&self) -> (Vec<String>, String) {
        let mut named = Vec::new();
        let text = self.ty.text(&mut named);
        (named, text)
    }

    fn sig(&self, func: &str) -> String {
        match func {
            "echo" => format!("(param \"x\" {0}) (result {0})", self.named().1),
            "lend" => "(param \"x\" (borrow $r)) (result u32)".into(),
            "lend-all" => "(param \"x\" (list (borrow $r))) (result (list u32))".into(),
            _ => "(param \"x\" (own $r))".into(),
        }
    }

    /// What an instance of a component is given by the others.
    fn with(&self, node: &Node) -> String {
        let mut text = String::new();
        if self.handles && !node.deps.is_empty() {
            let _ = write!(text, "(with \"r\" (type $n{} \"r\"))", node.resource);
        }
        if !self.handles || !node.deps.is_empty() {
            (0..self.named().0.len()).for_each(|n| text += &format!("(with \"t{n}\" (type $t{n}))"));
        }
        for Dep { node, via } in &node.deps {
            let funcs = self.funcs(*node).iter();
            match via {
                Via::Funcs => funcs.for_each(|f| text += &format!("(with \"{f}-{node}\" (func $n{node} \"{f}\"))")),
                Via::Instance => text += &format!("(with \"i{node}\" (instance $n{node} \"{API}\"))"),
                Via::Built => {
                    let _ = write!(text, "(with \"i{node}\" (instance");
                    funcs.for_each(|f| text += &format!("(export \"{f}\" (func $n{node} \"{f}\"))"));
                    text.push_str("))");
                }
            }
        }
        text
    }

    /// What stands in a component.
    fn body(&self, number: usize) -> String {
        let mut text = String::new();
        match self.defines(number) {
            true => text.extend([LIBC, DEFINES]),
            false => self.hands_on(number, &mut text),
        }
        text.push_str("(instance $api");
        let funcs = self.funcs(number).iter();
        funcs.clone().for_each(|f| text += &format!("(export \"{f}\" (func ${f}))"));
        let _ = write!(text, ") (export \"{API}\" (instance $api))");
        funcs.for_each(|f| text += &format!("(export \"{f}\" (func ${f}))"));
        text
    }

    fn hands_on(&self, number: usize, text: &mut String) {
        let node = &self.nodes[number];
        let encoding = node.encoding;
        text.push_str(if self.handles { "(import \"r\" (type $r (sub resource)))\n" } else { "" });
        for (n, body) in self.named().0.iter().enumerate() {
            let _ = writeln!(text, "(type $d{n} {body}) (import \"t{n}\" (type $t{n} (eq $d{n})))");
        }
        node.deps.iter().for_each(|dep| self.import(dep, text));
        text.push_str(LIBC);
        let memory = "(memory (core memory $libc \"memory\")) (realloc (core func $libc \"realloc\"))";
        let (mut given, mut imports) = (String::new(), String::new());
        for Dep { node, .. } in &node.deps {
            for func in self.funcs(*node) {
                let (sig, options) = match *func {
                    "echo" => (self.echo_sig(true), format!("{memory} string-encoding={encoding}")),
                    "lend" => ("(param i32) (result i32)".into(), String::new()),
                    "lend-all" => ("(param i32 i32 i32)".into(), memory.into()),
                    _ => ("(param i32)".into(), String::new()),
                };
                let _ = writeln!(text, "(core func $core-{func}-{node} (canon lower (func ${func}-{node}) {options}))");
                let _ = write!(given, "(export \"{func}-{node}\" (func $core-{func}-{node}))");
                let _ = writeln!(imports, "(import \"d\" \"{func}-{node}\" (func ${func}-{node} {sig}))");
            }
        }
        if self.handles {
            text.push_str("(core func $drop-r (canon resource.drop $r))\n");
            given.push_str("(export \"drop\" (func $drop-r))");
            imports.push_str("(import \"d\" \"drop\" (func $drop (param i32)))\n");
        }
        let code = self.code(number, node);
        let _ = writeln!(text, "(core module $m\n{imports}{code})");
        let _ = writeln!(text, "(core instance $m (instantiate $m (with \"l\" (instance $libc))");
        let _ = writeln!(text, "  (with \"d\" (instance {given}))))");
        let post = if node.post_return { "(post-return (core func $m \"post\"))" } else { "" };
        for func in self.funcs(number) {
            let options = match *func {
                "echo" => format!("{memory} string-encoding={encoding} {post}"),
                "lend-all" => memory.into(),
                _ => String::new(),
            };
            let sig = self.sig(func);
            let _ = writeln!(text, "(func ${func} {sig} (canon lift (core func $m \"{func}\") {options}))");
        }
        text.push_str(if self.handles { "(export \"r\" (type $r))\n" } else { "" });
    }

    fn import(&self, dep: &Dep, text: &mut String) {
        let Dep { node, via } = dep;
        let funcs = self.funcs(*node).iter();
        if *via == Via::Funcs {
            funcs.for_each(|f| *text += &format!("(import \"{f}-{node}\" (func ${f}-{node} {}))", self.sig(f)));
            return;
        }
        let _ = write!(text, "(import \"i{node}\" (instance $i{node}");
        funcs.clone().for_each(|f| *text += &format!("(export \"{f}\" (func {}))", self.sig(f)));
        text.push_str("))\n");
        funcs.for_each(|f| *text += &format!("(alias export $i{node} \"{f}\" (func ${f}-{node}))"));
    }

    /// The core function of `echo`, of the one that is imported or of the one that is exported.
    fn echo_sig(&self, imported: bool) -> String {
        match (&self.echo, imported) {
            (Echo::One(core), _) => format!("(param {0}) (result {0})", core.text()),
            (Echo::Flat(flat, _), true) => format!("(param {} i32)", params(flat)),
            (Echo::Flat(flat, _), false) => format!("(param {}) (result i32)", params(flat)),
            (Echo::Memory, true) => "(param i32 i32)".into(),
            (Echo::Memory, false) => "(param i32) (result i32)".into(),
        }
    }

    fn code(&self, number: usize, node: &Node) -> String {
        let result = match &self.echo {
            Echo::One(core) => core.text(),
            _ => "i32",
        };
        let mut text = format!(
            "(import \"l\" \"memory\" (memory 3)) (import \"l\" \"reset\" (func $reset))
            (func (export \"post\") (param {result}) (call $reset))
            (func (export \"echo\") {} {})",
            self.echo_sig(false),
            self.echo_code(node)
        );
        if self.handles {
            let eat = match node.eat == number {
                true => "drop".into(),
                false => format!("eat-{}", node.eat),
            };
            let lend = node.lend;
            let _ = writeln!(
                text,
                "(func (export \"lend\") (param i32) (result i32) (call $lend-{lend} (local.get 0)) (call $drop (local.get 0)))
                (func (export \"lend-all\") (param $at i32) (param $n i32) (result i32)
                  (call $lend-all-{lend} (local.get $at) (local.get $n) (i32.const 32))
                  (loop $next
                    (if (local.get $n) (then
                      (call $drop (i32.load (local.get $at)))
                      (local.set $at (i32.add (local.get $at) (i32.const 4)))
                      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                      (br $next))))
                  (i32.const 32))
                (func (export \"eat\") (param i32) (call ${eat} (local.get 0)))"
            );
        }
        text
    }

    fn echo_code(&self, node: &Node) -> String {
        let gets = |count: usize| (0..count).map(|n| format!("(local.get {n}) ")).collect::<String>();
        match &self.echo {
            Echo::One(_) => {
                let calls: String = node.path.iter().map(|n| format!("(call $echo-{n}) ")).collect();
                format!("(local.get 0) {calls}")
            }
            Echo::Flat(flat, stores) => {
                let place = PLACES[0];
                let then = match node.path.first() {
                    Some(n) => format!("{} (i32.const {place}) (call $echo-{n})", gets(flat.len())),
                    None => {
                        let store = |(n, (at, op)): (usize, &(u32, &str))| {
                            format!("({op} (i32.const {}) (local.get {n})) ", place + at)
                        };
                        stores.iter().enumerate().map(store).collect()
                    }
                };
                format!("{then} (i32.const {place})")
            }
            Echo::Memory => {
                let mut text = String::from("(local.get 0) ");
                for (n, to) in node.path.iter().zip(PLACES.iter().cycle()) {
                    let _ = write!(text, "(i32.const {to}) (call $echo-{n}) (i32.const {to}) ");
                }
                text
            }
        }
    }
}

fn params(flat: &[crate::ty::Core]) -> String {
    flat.iter().map(|core| format!("{} ", core.text())).collect()
}
