;; A command that imports what nobody has.
(component
  (import "wasi:nn/graph@0.2.0-rc-2024-10-28" (instance (export "load" (func))))
  (import "acme:tools/hammer@1.0.0" (instance (export "hit" (func)) (export "miss" (func))))
  (import "wasi:cli/exit@0.2.0" (instance (export "leave" (func))))
  (import "wasi:clocks/system-clock@0.3.0" (instance (export "now" (func))))
  (core module $m (func (export "run") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $run)))
