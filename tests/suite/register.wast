;; A component instance that is registered is what later components import by that name: all are in one store.

(component $tally
  (core module $m
    (global $count (mut i32) (i32.const 0))
    (func (export "add") (param i32) (result i32)
      (if (i32.eq (local.get 0) (i32.const 99)) (then unreachable))
      (global.set $count (i32.add (global.get $count) (local.get 0)))
      (global.get $count))
    (func (export "dtor") (param i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1000))))
    (func (export "rep") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $m))
  (type $own (resource (rep i32) (dtor (core func $m "dtor"))))
  (core func $new (canon resource.new $own))
  (export $thing "thing" (type $own))
  (func (export "add") (param "n" u32) (result u32) (canon lift (core func $m "add")))
  (func (export "make") (param "n" u32) (result (own $thing)) (canon lift (core func $new)))
  (func (export "look") (param "x" (borrow $thing)) (result u32) (canon lift (core func $m "rep")))
  (core module $code (func (export "seven") (result i32) (i32.const 7)))
  (export "code" (core module $code)))
(register "tests:registered/tally@1.2.3" $tally)

;; Found on its track of versions; drops a resource of the other's.
(component $passes
  (import "tests:registered/tally@1.0.0" (instance $tally
    (export "thing" (type $thing (sub resource)))
    (export "add" (func (param "n" u32) (result u32)))
    (export "make" (func (param "n" u32) (result (own $thing))))
    (export "look" (func (param "x" (borrow $thing)) (result u32)))))
  (alias export $tally "thing" (type $thing))
  (core func $add (canon lower (func $tally "add")))
  (core func $make (canon lower (func $tally "make")))
  (core func $look (canon lower (func $tally "look")))
  (core func $drop (canon resource.drop $thing))
  (core module $m
    (import "" "add" (func $add (param i32) (result i32)))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "look" (func $look (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "twice") (param i32) (result i32)
      (drop (call $add (local.get 0)))
      (call $add (local.get 0)))
    (func (export "made") (param i32) (result i32) (local $it i32)
      (local.set $it (call $make (local.get 0)))
      (call $look (local.get $it))
      (call $drop (local.get $it))))
  (core instance $m (instantiate $m (with "" (instance
    (export "add" (func $add)) (export "make" (func $make)) (export "look" (func $look))
    (export "drop" (func $drop))))))
  (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $m "twice")))
  (func (export "made") (param "n" u32) (result u32) (canon lift (core func $m "made"))))
(register "passes" $passes)

(assert_return (invoke $passes "twice" (u32.const 5)) (u32.const 10))
(assert_return (invoke $passes "twice" (u32.const 5)) (u32.const 20))
(assert_return (invoke $tally "add" (u32.const 1)) (u32.const 21))
(assert_return (invoke $passes "made" (u32.const 3)) (u32.const 3))
(assert_return (invoke $tally "add" (u32.const 0)) (u32.const 1021))

;; A core module of the registered one, and a function that another one passes on.
(component $third
  (import "tests:registered/tally@1.2.0" (instance $tally
    (export "code" (core module (export "seven" (func (result i32)))))))
  (import "passes" (instance $passes (export "twice" (func (param "n" u32) (result u32)))))
  (core instance $code (instantiate (module $tally "code")))
  (func (export "seven") (result u32) (canon lift (core func $code "seven")))
  (export "twice" (func $passes "twice")))
(assert_return (invoke $third "seven") (u32.const 7))
(assert_return (invoke $third "twice" (u32.const 1)) (u32.const 1023))

;; What is not exported, or is of another type, cannot be imported.
(assert_unlinkable
  (component (import "passes" (instance (export "thrice" (func)))))
  "no")
(assert_unlinkable
  (component (import "passes" (instance (export "twice" (func (param "n" u64) (result u32))))))
  "type mismatch")
(assert_unlinkable
  (component (import "tests:registered/tally@2.0.0" (instance (export "add" (func)))))
  "not found")

;; A trap poisons what was in the call. Another instance of the same component was not, and takes the name.
(assert_trap (invoke $passes "twice" (u32.const 99)) "unreachable")
(assert_trap (invoke $tally "add" (u32.const 1)) "cannot enter component instance")
(assert_trap (invoke $third "twice" (u32.const 1)) "cannot enter component instance")
(assert_return (invoke $third "seven") (u32.const 7))

(component definition $adds
  (core module $m (func (export "one") (result i32) (i32.const 1)))
  (core instance $m (instantiate $m))
  (func (export "one") (result u32) (canon lift (core func $m "one"))))
(component instance $one $adds)
(register "passes" $one)
(component
  (import "passes" (instance $one (export "one" (func (result u32)))))
  (export "one" (func $one "one")))
(assert_return (invoke "one") (u32.const 1))
