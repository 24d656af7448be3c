;; Loops whose state is carried from turn to turn: a counter as the loop's parameter, Fibonacci's pair in two locals,
;; and the same pair as two parameters, as compilers with block parameters write it.
(module
  (memory (export "memory") 1)

  ;; Counts down; the counter is carried on the stack, and a local only has a copy.
  (func $down (param $from i32) (result i32) (local $sum i32)
    (local.get $from)
    (loop $again (param i32) (result i32)
      (local.set $sum (i32.add (local.get $sum) (i32.const 3)))
      (i32.sub (i32.const 1))
      (local.tee $from)
      (br_if $again (local.get $from)))
    (drop)
    (local.get $sum))

  ;; The n-th number, in locals.
  (func $fibonacci (param $n i32) (result i64) (local $a i64) (local $b i64) (local $t i64)
    (local.set $b (i64.const 1))
    (loop $again
      (local.set $t (i64.add (local.get $a) (local.get $b)))
      (local.set $a (local.get $b))
      (local.set $b (local.get $t))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $a))

  ;; The n-th number, in the loop's parameters.
  (func $pair (param $n i32) (result i64) (local $a i64) (local $b i64)
    (i64.const 0)
    (i64.const 1)
    (loop $again (param i64 i64) (result i64 i64)
      (local.set $b)
      (local.set $a)
      (local.get $b)
      (i64.add (local.get $a) (local.get $b))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (drop))

  ;; The greatest common divisor: both numbers are new in every turn.
  (func $divisor (param $a i32) (param $b i32) (result i32) (local $t i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $b)))
        (local.set $t (i32.rem_u (local.get $a) (local.get $b)))
        (local.set $a (local.get $b))
        (local.set $b (local.get $t))
        (br $again)))
    (local.get $a))

  (func (export "run") (param $n i32) (result i32) (local $sum i32) (local $k i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $down (i32.const 100000))))
      (local.set $sum (i32.xor (local.get $sum) (i32.wrap_i64 (call $fibonacci (i32.const 50000)))))
      (local.set $sum (i32.add (local.get $sum) (i32.wrap_i64 (call $pair (i32.const 50001)))))
      (local.set $k (i32.const 1))
      (loop $each
        (local.set $sum (i32.add (local.get $sum) (call $divisor (i32.const 1836311903) (local.get $k))))
        (br_if $each (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 2000))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
