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
