;; A core module that needs another one.
(module
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (import "env" "log" (func $log (param i32)))
  (func (export "four") (result i32) (call $twice (i32.const 2)))
  (func (export "_start") (call $log (call $twice (i32.const 2)))))
