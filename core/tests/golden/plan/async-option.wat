;;! plan
;; The canonical option `async` is refused; the type alone is not, since nothing here has to wait.
(component
  (core module $m (func (export "f") (param i32)))
  (core instance $i (instantiate $m))
  (func (export "f") async (param "x" u32) (canon lift (core func $i "f")))
  (import "g" (func $g async))
  (core func (canon lower (func $g) async))
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
