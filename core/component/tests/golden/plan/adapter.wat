;;! plan
;; A lower of a lifted function is an adapter; a resource keeps one index on both sides.
(component
  (component $A
    (core module $m
      (func (export "dtor") (param i32))
      (func (export "make") (result i32) i32.const 0)
      (func (export "use") (param i32)))
    (core instance $i (instantiate $m))
    (type $r' (resource (rep i32) (dtor (core func $i "dtor"))))
    (export $r "r" (type $r'))
    (func (export "make") (result (own $r)) (canon lift (core func $i "make")))
    (func (export "use") (param "self" (borrow $r)) (canon lift (core func $i "use"))))
  (component $B
    (import "a" (instance $a
      (export "r" (type $r (sub resource)))
      (export "make" (func (result (own $r))))
      (export "use" (func (param "self" (borrow $r))))))
    (alias export $a "r" (type $r))
    (core func $make (canon lower (func $a "make")))
    (core func $use (canon lower (func $a "use")))
    (core func $use-again (canon lower (func $a "use")))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "a" "make" (func (result i32)))
      (import "a" "use" (func (param i32)))
      (import "a" "use-again" (func (param i32)))
      (import "a" "drop" (func (param i32)))
      (func (export "run")))
    (core instance $i (instantiate $m (with "a" (instance
      (export "make" (func $make))
      (export "use" (func $use))
      (export "use-again" (func $use-again))
      (export "drop" (func $drop))))))
    (func (export "run") (canon lift (core func $i "run"))))
  (instance $a (instantiate $A))
  (instance $b (instantiate $B (with "a" (instance $a))))
  (export "run" (func $b "run"))
)

;;| component0
;;| component1 in component0
;;| component2 in component0
;;| resource0 = i32 of component1, dtor instance0.func0
;;| options0 = component1 utf8
;;| options1 = component2 utf8
;;| trampoline0 (i32) = drop resource0 in component2
;;| adapter0 () -> i32 = instance0.func1 with options0 as func() -> own<resource0> to options1
;;| adapter1 (i32) = instance0.func2 with options0 as func(self: borrow<resource0>) to options1
;;| steps:
;;|   instance0 = instantiate module0 for component1 ()
;;|   define resource0
;;|   make adapter0 up to adapter2
;;|   instance1 = instantiate module1 for component2 (adapter0, adapter1, adapter1, trampoline0)
