;;! tree
;; The same function under two names is one entry; an imported instance, function and resource are exported again; a
;; type that an export is ascribed hides what it does not name.
(component
  (import "a:b/host@1.0.0" (instance $host
    (export "r" (type $r (sub resource)))
    (export "f" (func (param "r" (borrow $r))))
    (export "hidden" (func))))
  (import "tick" (func $tick))
  (core module $m (func (export "f") (param i32) (result i32) local.get 0) (func $extra (export "x")))
  (core instance $i (instantiate $m))
  (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (export "f" (func $f))
  (export "f-again" (func $f))
  (export "tick" (func $tick))
  (export "a:b/host@1.0.0" (instance $host))
  (export "narrow" (instance $host) (instance (export "hidden" (func))))
  (instance $bundle
    (export "f" (func $f))
    (export "host" (instance $host)))
  (export "bundle" (instance $bundle))
  (export "code" (core module $m))
  (type $point (record (field "x" u8) (field "y" (option (list string)))))
  (export "point" (type $point))
)

;;| imports
;;|   instance a:b/host@1.0.0
;;|     resource r: resource0
;;|     function f: func(r: borrow<resource0>)
;;|     function hidden: func()
;;|   function tick: func()
;;| exports
;;|   function f: func(x: u32) -> u32  [export0] -> module0 $m func0
;;|   function f-again: func(x: u32) -> u32  [export0] -> module0 $m func0
;;|   function tick: func()  [export1] -> imports tick
;;|   instance a:b/host@1.0.0  [export5]
;;|     resource r: resource0  [export2]
;;|     function f: func(r: borrow<resource0>)  [export3] -> imports a:b/host@1.0.0#f
;;|     function hidden: func()  [export4] -> imports a:b/host@1.0.0#hidden
;;|   instance narrow  [export6]
;;|     function hidden: func()  [export4] -> imports a:b/host@1.0.0#hidden
;;|   instance bundle  [export7]
;;|     function f: func(x: u32) -> u32  [export0] -> module0 $m func0
;;|     instance host  [export5, see above]
;;|   module code  [export8] -> module0 $m
;;|   type point: record { x: u8, y: option<list<string>> }  [export9]
