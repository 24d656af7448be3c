;;! plan
;; A 64-bit memory in the options makes addresses and lengths 64 bits wide.
(component
  (core module $m
    (memory (export "memory") i64 1)
    (func (export "realloc") (param i64 i64 i64 i64) (result i64) i64.const 0)
    (func (export "f") (param i64 i64) (result i64) i64.const 0))
  (core instance $i (instantiate $m))
  (func (export "f") (param "s" (list u8)) (result string)
    (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
)

;;| component0
;;| options0 = component0 utf8 memory0 (64-bit) realloc func0
;;| steps:
;;|   instance0 = instantiate module0 for component0 ()
;;|   memory0 = instance0.memory0
;;|   func0 = instance0.func0
