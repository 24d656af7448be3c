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

;;| import0 = "m": core module { memory, f }
;;| import1 = "tick": func()
;;| item0 = import1: func()
;;| item1 = import0: core module { memory, f }
;;| component0
;;| options0 = component0 utf8
;;| trampoline0 () = lower item0 with options0
;;| steps:
;;|   instance0 = instantiate item1 for component0 ("env" "tick" trampoline0)
