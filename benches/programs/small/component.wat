;; What an instance costs: one module in a component, and one export.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "a few bytes")
    (func (export "run") (param $n i32) (result i32)
      (i32.store (i32.const 1024) (local.get $n))
      (i32.load8_u (i32.const 16))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
