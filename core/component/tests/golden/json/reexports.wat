;;! json
;; The same function under two names is one entry; an imported instance, function and resource are exported again; a
;; type that an export is ascribed hides what it does not name.
(component
  (import "a:b/host@1.0.0" (instance $host
    (export "r" (type $r (sub resource)))
    (export "f" (func (param "r" (borrow $r))))
    (export "hidden" (func))))
  (import "tick" (func $tick))
  (core module $m (func (export "f") (param i32) (result i32) local.get 0) (func $extra (export "x")))
  (core instance $i (instantiate $m))
  (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (export "f" (func $f))
  (export "f-again" (func $f))
  (export "tick" (func $tick))
  (export "a:b/host@1.0.0" (instance $host))
  (export "narrow" (instance $host) (instance (export "hidden" (func))))
  (instance $bundle
    (export "f" (func $f))
    (export "host" (instance $host)))
  (export "bundle" (instance $bundle))
  (export "code" (core module $m))
  (type $point (record (field "x" u8) (field "y" (option (list string)))))
  (export "point" (type $point))
)

;;| {
;;|   "graph": "ca7269dc76ccf5939dc9fceb4ec3f851",
;;|   "imports": [
;;|     {"name": "a:b/host@1.0.0", "kind": "instance", "exports": [
;;|       {"name": "r", "kind": "resource", "type": "resource0"},
;;|       {"name": "f", "kind": "function", "type": "func(r: borrow<resource0>)"},
;;|       {"name": "hidden", "kind": "function", "type": "func()"}]},
;;|     {"name": "tick", "kind": "function", "type": "func()"}],
;;|   "exports": [
;;|     {"name": "f", "kind": "function", "type": "func(x: u32) -> u32", "index": 0, "source": "module0 $m func0"},
;;|     {"name": "f-again", "kind": "function", "type": "func(x: u32) -> u32", "index": 0, "shared": true, "source": "module0 $m func0"},
;;|     {"name": "tick", "kind": "function", "type": "func()", "index": 1, "source": "imports tick"},
;;|     {"name": "a:b/host@1.0.0", "kind": "instance", "index": 5, "exports": [
;;|       {"name": "r", "kind": "resource", "type": "resource0", "index": 2},
;;|       {"name": "f", "kind": "function", "type": "func(r: borrow<resource0>)", "index": 3, "source": "imports a:b/host@1.0.0#f"},
;;|       {"name": "hidden", "kind": "function", "type": "func()", "index": 4, "source": "imports a:b/host@1.0.0#hidden"}]},
;;|     {"name": "narrow", "kind": "instance", "index": 6, "exports": [
;;|       {"name": "hidden", "kind": "function", "type": "func()", "index": 4, "shared": true, "source": "imports a:b/host@1.0.0#hidden"}]},
;;|     {"name": "bundle", "kind": "instance", "index": 7, "exports": [
;;|       {"name": "f", "kind": "function", "type": "func(x: u32) -> u32", "index": 0, "shared": true, "source": "module0 $m func0"},
;;|       {"name": "host", "kind": "instance", "index": 5, "shared": true}]},
;;|     {"name": "code", "kind": "module", "index": 8, "source": "module0 $m"},
;;|     {"name": "point", "kind": "type", "type": "record { x: u8, y: option<list<string>> }", "index": 9}]
;;| }
