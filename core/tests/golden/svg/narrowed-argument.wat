;;! svg
;; What a component does not ask for in an import is not in what it exports again.
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f")))
  (instance $wide (export "f" (func $f)) (export "g" (func $f)))
  (component $C
    (import "i" (instance $i (export "f" (func))))
    (export "i" (instance $i)))
  (instance $c (instantiate $C (with "i" (instance $wide))))
  (export "c" (instance $c))
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
