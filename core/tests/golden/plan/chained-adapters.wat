;;! plan
;; A lowered adapter is lifted again: the adapter that calls it is of a later batch.
(component
  (component $A
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func (export "f") (canon lift (core func $i "f"))))
  (component $pass
    (import "f" (func $f))
    (core func $f' (canon lower (func $f)))
    (func (export "f") (canon lift (core func $f'))))
  (instance $a (instantiate $A))
  (instance $b (instantiate $pass (with "f" (func $a "f"))))
  (instance $c (instantiate $pass (with "f" (func $b "f"))))
  (export "f" (func $c "f"))
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
