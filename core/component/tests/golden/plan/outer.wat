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

;;| component0
;;| component1 in component0
;;| component2 in component0
;;| component3 in component0
;;| resource0 = i32 of component2
;;| resource1 = i32 of component3
;;| trampoline0 (i32) -> i32 = new resource0 in component2
;;| trampoline1 (i32) -> i32 = new resource1 in component3
;;| steps:
;;|   instance0 = instantiate module0 for component2 ()
;;|   define resource0
;;|   instance1 = instantiate module1 for component2 (trampoline0)
;;|   instance2 = instantiate module0 for component3 ()
;;|   define resource1
;;|   instance3 = instantiate module1 for component3 (trampoline1)
