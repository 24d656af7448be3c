;;! tree
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

;;| imports
;;| exports
;;|   instance c  [export2]
;;|     instance i  [export1]
;;|       function f: func()  [export0] -> module0 $m func0
