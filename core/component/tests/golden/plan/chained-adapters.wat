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

;;| component0
;;| component1 in component0
;;| component2 in component0
;;| component3 in component0
;;| options0 = component1 utf8
;;| options1 = component2 utf8
;;| options2 = component3 utf8
;;| adapter0 () = instance0.func0 with options0 as func() to options1
;;| adapter1 () = adapter0 with options1 as func() to options2
;;| steps:
;;|   instance0 = instantiate module0 for component1 ()
;;|   make adapter0 up to adapter1
;;|   make adapter1 up to adapter2
