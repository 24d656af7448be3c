;;! plan
;; The canonical option `async` is refused; the type alone is not, since nothing here has to wait.
(component
  (core module $m (func (export "f") (param i32)))
  (core instance $i (instantiate $m))
  (func (export "f") async (param "x" u32) (canon lift (core func $i "f")))
  (import "g" (func $g async))
  (core func (canon lower (func $g) async))
)

;;| this component cannot be run: it uses the canonical option `async`, which is not supported (at offset 0x68)
