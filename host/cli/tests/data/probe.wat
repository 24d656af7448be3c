;; A module of WASI preview 1 that does one thing with the directory it is given, as its arguments say, and exits with
;; what the call returned: OP PATH [PATH].
;;
;; The bytes of a file that is opened are looked at: a first byte `S` is somebody's secret, and exits with 99.
(module
  (type $path (func (param i32 i32 i32) (result i32)))
  (type $two (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (type $path)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (type $path)))
  (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (type $path)))
  (import "wasi_snapshot_preview1" "path_rename" (func $rename (type $two)))
  (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_set_times"
    (func $set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
  (memory (export "memory") 2)

  (func $arg (param i32) (result i32)
    (i32.load (i32.add (i32.const 1024) (i32.shl (local.get 0) (i32.const 2)))))

  (func $length (param $at i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (block $done (loop $next
      (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br $next)))
    (i32.sub (local.get $end) (local.get $at)))

  ;; Opens a file or directory; what is returned is 0 and the descriptor at 16, or the error.
  (func $open (param $path i32) (param $flags i32) (result i32)
    (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (call $length (local.get $path))
      (local.get $flags) (i64.const 0x4002) (i64.const 0x4002) (i32.const 0) (i32.const 16)))

  ;; Opens a file and looks at its first byte.
  (func $read (param $path i32) (result i32)
    (local $error i32)
    (local.set $error (call $open (local.get $path) (i32.const 0)))
    (if (local.get $error) (then (return (local.get $error))))
    (i32.store (i32.const 32) (i32.const 64))
    (i32.store (i32.const 36) (i32.const 1))
    (i32.store8 (i32.const 64) (i32.const 0))
    (local.set $error (call $fd_read (i32.load (i32.const 16)) (i32.const 32) (i32.const 1) (i32.const 40)))
    (drop (call $fd_close (i32.load (i32.const 16))))
    (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 83)) (then (return (i32.const 99))))
    (local.get $error))

  ;; Reads again and again; only a secret ends it before its time.
  (func $race (param $path i32) (result i32)
    (local $times i32)
    (local.set $times (i32.const 3000))
    (loop $again
      (if (i32.eq (call $read (local.get $path)) (i32.const 99)) (then (return (i32.const 99))))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (i32.const 0))

  ;; Creates a file and writes a megabyte into it.
  (func $fill (param $path i32) (result i32)
    (local $error i32) (local $times i32)
    (local.set $error (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (call $length (local.get $path))
      (i32.const 9) (i64.const 0x40) (i64.const 0x40) (i32.const 0) (i32.const 16)))
    (if (local.get $error) (then (return (local.get $error))))
    (i32.store (i32.const 32) (i32.const 65536))
    (i32.store (i32.const 36) (i32.const 65536))
    (local.set $times (i32.const 16))
    (loop $again
      (local.set $error (call $fd_write (i32.load (i32.const 16)) (i32.const 32) (i32.const 1) (i32.const 40)))
      (if (local.get $error) (then (return (local.get $error))))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (call $fd_close (i32.load (i32.const 16))))

  ;; Reads a directory in small pieces to its end, one entry further each time.
  (func $list (param $path i32) (result i32)
    (local $error i32) (local $cookie i64) (local $used i32) (local $turns i32)
    (local.set $error (call $open (local.get $path) (i32.const 2)))
    (if (local.get $error) (then (return (local.get $error))))
    (loop $more
      (local.set $error (call $fd_readdir (i32.load (i32.const 16)) (i32.const 8192) (i32.const 600)
        (local.get $cookie) (i32.const 40)))
      (if (local.get $error) (then (return (local.get $error))))
      (local.set $used (i32.load (i32.const 40)))
      (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
      (if (i32.gt_u (local.get $turns) (i32.const 10000)) (then (return (i32.const 98))))
      (if (i32.ge_u (local.get $used) (i32.const 24)) (then
        (local.set $cookie (i64.load (i32.const 8192)))
        (br $more))))
    (i32.const 0))

  (func $run (result i32)
    (local $op i32) (local $a i32) (local $b i32)
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $args_get (i32.const 1024) (i32.const 2048)))
    (local.set $op (i32.load8_u (call $arg (i32.const 1))))
    (local.set $a (call $arg (i32.const 2)))
    (if (i32.gt_u (i32.load (i32.const 0)) (i32.const 3)) (then (local.set $b (call $arg (i32.const 3)))))
    ;; r: read, o: race, w: fill, L: list
    (if (i32.eq (local.get $op) (i32.const 114)) (then (return (call $read (local.get $a)))))
    (if (i32.eq (local.get $op) (i32.const 111)) (then (return (call $race (local.get $a)))))
    (if (i32.eq (local.get $op) (i32.const 119)) (then (return (call $fill (local.get $a)))))
    (if (i32.eq (local.get $op) (i32.const 76)) (then (return (call $list (local.get $a)))))
    ;; d: create a directory, u: unlink, x: remove a directory
    (if (i32.eq (local.get $op) (i32.const 100)) (then
      (return (call $mkdir (i32.const 3) (local.get $a) (call $length (local.get $a))))))
    (if (i32.eq (local.get $op) (i32.const 117)) (then
      (return (call $unlink (i32.const 3) (local.get $a) (call $length (local.get $a))))))
    (if (i32.eq (local.get $op) (i32.const 120)) (then
      (return (call $rmdir (i32.const 3) (local.get $a) (call $length (local.get $a))))))
    ;; f: what it is, t: set its times
    (if (i32.eq (local.get $op) (i32.const 102)) (then
      (return (call $stat (i32.const 3) (i32.const 1) (local.get $a) (call $length (local.get $a)) (i32.const 4096)))))
    (if (i32.eq (local.get $op) (i32.const 116)) (then
      (return (call $set_times (i32.const 3) (i32.const 1) (local.get $a) (call $length (local.get $a))
        (i64.const 0) (i64.const 0) (i32.const 5)))))
    ;; m: rename, l: link, s: symbolic link
    (if (i32.eq (local.get $op) (i32.const 109)) (then
      (return (call $rename (i32.const 3) (local.get $a) (call $length (local.get $a))
        (i32.const 3) (local.get $b) (call $length (local.get $b))))))
    (if (i32.eq (local.get $op) (i32.const 108)) (then
      (return (call $link (i32.const 3) (i32.const 0) (local.get $a) (call $length (local.get $a))
        (i32.const 3) (local.get $b) (call $length (local.get $b))))))
    (if (i32.eq (local.get $op) (i32.const 115)) (then
      (return (call $symlink (local.get $a) (call $length (local.get $a))
        (i32.const 3) (local.get $b) (call $length (local.get $b))))))
    (i32.const 97))

  (func (export "_start") (call $proc_exit (call $run))))
