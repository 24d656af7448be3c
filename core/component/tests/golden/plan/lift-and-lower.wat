;;! plan
;; An imported function is lowered, a core function lifted; what options name is extracted once.
(component
  (import "log" (func $log (param "line" string)))
  (import "a:b/clock@1.2.0" (instance $clock (export "now" (func (result u64)))))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $log' (canon lower (func $log) (memory $memory) string-encoding=utf16))
  (core func $now (canon lower (func $clock "now")))
  (core module $main
    (import "host" "log" (func (param i32 i32)))
    (import "host" "now" (func (result i64)))
    (import "libc" "memory" (memory 1))
    (func (export "f") (param i32 i32) (result i32) i32.const 0)
    (func (export "clean") (param i32)))
  (core instance $main (instantiate $main
    (with "host" (instance (export "log" (func $log')) (export "now" (func $now))))
    (with "libc" (instance $libc))))
  (func (export "f") (param "s" string) (result string)
    (canon lift (core func $main "f") (memory $memory) (realloc $realloc) (post-return (core func $main "clean"))))
  (func (export "g") (param "s" string) (result string)
    (canon lift (core func $main "f") (memory $memory) (realloc $realloc)))
)

;;| import0 = "log": func(line: string)
;;| import1 = "a:b/clock@1.2.0": instance { now }
;;| item0 = import0: func(line: string)
;;| item1 = import1 "now": func() -> u64
;;| component0
;;| options0 = component0 utf16 memory0
;;| options1 = component0 utf8
;;| options2 = component0 utf8 memory0 realloc func0 post-return func1
;;| options3 = component0 utf8 memory0 realloc func0
;;| trampoline0 (i32 i32) = lower item0 with options0
;;| trampoline1 () -> i64 = lower item1 with options1
;;| steps:
;;|   instance0 = instantiate module0 for component0 ()
;;|   memory0 = instance0.memory0
;;|   instance1 = instantiate module1 for component0 (trampoline0, trampoline1, instance0.memory0)
;;|   func0 = instance0.func0
;;|   func1 = instance1.func3
