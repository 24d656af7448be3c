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

;;| magic header not detected: bad magic number - expected=[
;;|     0x0,
;;|     0x61,
;;|     0x73,
;;|     0x6d,
;;| ] actual=[
;;|     0x3b,
;;|     0x3b,
;;|     0x21,
;;|     0x20,
;;| ] (at offset 0x0)
