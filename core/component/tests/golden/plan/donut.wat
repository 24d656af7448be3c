;;! plan
;; A parent that wraps its child: calls from the child stay inside the parent, calls into the child enter it.
(component
  (component $child
    (import "f" (func $f))
    (core func $f' (canon lower (func $f)))
    (core module $m
      (import "" "f" (func $f))
      (func (export "g") (call $f)))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
    (func (export "g") (canon lift (core func $i "g"))))
  (core module $outer-f (func (export "f")))
  (core instance $outer-f (instantiate $outer-f))
  (func $f (canon lift (core func $outer-f "f")))
  (instance $child (instantiate $child (with "f" (func $f))))
  (core func $g (canon lower (func $child "g")))
  (core module $main
    (import "" "g" (func $g))
    (func (export "h") (call $g)))
  (core instance $main (instantiate $main (with "" (instance (export "g" (func $g))))))
  (func (export "h") (canon lift (core func $main "h")))
)

;;| component0
;;| component1 in component0
;;| options0 = component0 utf8
;;| options1 = component1 utf8
;;| adapter0 () = instance0.func0 with options0 as func() to options1
;;| adapter1 () = instance1.func1 with options1 as func() to options0
;;| steps:
;;|   instance0 = instantiate module1 for component0 ()
;;|   make adapter0 up to adapter1
;;|   instance1 = instantiate module0 for component1 (adapter0)
;;|   make adapter1 up to adapter2
;;|   instance2 = instantiate module2 for component0 (adapter1)
