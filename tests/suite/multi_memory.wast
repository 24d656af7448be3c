;; A load from a memory other than the first between a value and its use: the value must survive.

(module $A (memory (export "m") 1) (data (i32.const 0) "\11"))
(register "a" $A)
(module $B (memory (export "m") 1) (data (i32.const 0) "\22"))
(register "b" $B)

(module
  (import "a" "m" (memory $a 1))
  (import "b" "m" (memory $b 1))
  (memory $wide i64 1)
  (data (memory $wide) (i64.const 0) "\44")
  (func (export "sum") (result i32)
    (i32.add
      (i32.load8_u $a (i32.const 0))
      (i32.load8_u $b (i32.const 0))))
  (func (export "difference") (param i32) (result i32)
    (i32.sub
      (i32.mul (local.get 0) (i32.const 3))
      (i32.load8_u $b (i32.const 0))))
  (func (export "wide") (param i32) (result i32)
    (i32.sub
      (i32.mul (local.get 0) (i32.const 3))
      (i32.load8_u $wide (i64.const 0))))
  (func (export "float") (param f64) (result f64)
    (f64.sub
      (f64.mul (local.get 0) (f64.const 3))
      (f64.load $wide (i64.const 8)))))

(assert_return (invoke "sum") (i32.const 0x33))
(assert_return (invoke "difference" (i32.const 100)) (i32.const 266))
(assert_return (invoke "wide" (i32.const 100)) (i32.const 232))
(assert_return (invoke "float" (f64.const 2)) (f64.const 6))
