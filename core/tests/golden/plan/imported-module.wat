;;! plan
;; The imports of an imported module are given by name; its exports are found by name.
(component
  (import "m" (core module $m
    (import "env" "tick" (func))
    (export "memory" (memory i64 1))
    (export "f" (func (param i64)))))
  (import "tick" (func $tick))
  (core func $tick' (canon lower (func $tick)))
  (core instance $i (instantiate $m (with "env" (instance (export "tick" (func $tick'))))))
  (alias core export $i "f" (core func $f))
  (func (export "f") (param "x" u64) (canon lift (core func $f)))
  (export "again" (core module $m))
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
