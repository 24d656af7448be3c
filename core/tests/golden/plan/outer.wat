;;! plan
;; A component closes over modules, components and types of the scope that it is defined in, wherever it is
;; instantiated; each instantiation defines its own resource.
(component
  (component $factory
    (core module $m (memory (export "mem") 1))
    (component $inner
      (core instance $i (instantiate $m))
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core module $n (import "" "new" (func (param i32) (result i32))))
      (core instance (instantiate $n (with "" (instance (export "new" (func $new)))))))
    (export "inner" (component $inner)))
  (instance $f (instantiate $factory))
  (alias export $f "inner" (component $inner))
  (instance (instantiate $inner))
  (instance (instantiate $inner))
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
