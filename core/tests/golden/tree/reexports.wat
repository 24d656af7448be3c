;;! tree
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
