;; A command that does what its first argument says: `fail`, `trap`, `exit` (with 42) or `print` (the second argument);
;; nothing without one. They are told apart by their fourth letter.
(component
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $output (sub resource)))
    (alias outer 1 $error-type (type $outer-error))
    (export "error" (type $e (eq $outer-error)))
    (type $failure (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $failure)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output (type $o))
    (export "output-stream" (type $output (eq $o)))
    (export "get-stdout" (func (result (own $output))))))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:cli/exit@0.2.12" (instance $exit
    (export "exit-with-code" (func (param "status-code" u8)))))

  (core module $libc
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))

  (core func $get-arguments (canon lower (func $environment "get-arguments")
    (memory $memory) (realloc $realloc)))
  (core func $exit-with-code (canon lower (func $exit "exit-with-code")))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory $memory) (realloc $realloc)))

  (core module $main
    (import "" "memory" (memory 0))
    (import "" "get-arguments" (func $get-arguments (param i32)))
    (import "" "exit-with-code" (func $exit-with-code (param i32)))
    (import "" "get-stdout" (func $get-stdout (result i32)))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (func (export "run") (result i32)
      (local $list i32) (local $letter i32)
      (call $get-arguments (i32.const 16))
      (local.set $list (i32.load (i32.const 16)))
      (if (i32.lt_u (i32.load (i32.const 20)) (i32.const 2)) (then (return (i32.const 0))))
      ;; The fourth character: `fail`, `trap`, `exit`, `print`.
      (local.set $letter (i32.load8_u offset=3 (i32.load offset=8 (local.get $list))))
      (if (i32.eq (local.get $letter) (i32.const 108)) (then (return (i32.const 1))))
      (if (i32.eq (local.get $letter) (i32.const 112)) (then (unreachable)))
      (if (i32.eq (local.get $letter) (i32.const 116)) (then (call $exit-with-code (i32.const 42))))
      (call $write
        (call $get-stdout)
        (i32.load offset=16 (local.get $list)) (i32.load offset=20 (local.get $list))
        (i32.const 32))
      (i32.load8_u (i32.const 32))))
  (core instance $main (instantiate $main (with "" (instance
    (export "memory" (memory $memory))
    (export "get-arguments" (func $get-arguments))
    (export "exit-with-code" (func $exit-with-code))
    (export "get-stdout" (func $get-stdout))
    (export "write" (func $write))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $run)))
