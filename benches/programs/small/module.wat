;; What an instance costs: a memory of one page, a table, a global, and hardly any code.
(module
  (memory (export "memory") 1)
  (table 4 funcref)
  (global $calls (mut i32) (i32.const 0))
  (elem (i32.const 0) $run)
  (data (i32.const 16) "a few bytes")
  (func $run (export "run") (param $n i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 1024) (local.get $n))
    (i32.add (i32.load8_u (i32.const 16)) (global.get $calls))))
