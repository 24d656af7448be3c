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
