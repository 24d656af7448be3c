;; Calls a host function that is waited for, at a depth and in its start function.
(module
  (import "" "wait" (func $wait (param i32) (result i32)))
  (global $start (import "" "start") i32)
  (func $down (export "run") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $wait (i32.const 2)))
      (else (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (call $wait (i32.const 1))))))
  (func $begin (if (global.get $start) (then (drop (call $wait (i32.const 1))))))
  (start $begin))
