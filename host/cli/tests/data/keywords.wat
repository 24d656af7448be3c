;; Cases that are called like words of WAVE's.
(component
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (type $choice' (enum "none" "true" "other"))
  (export $choice "choice" (type $choice'))
  (func (export "pick") (param "what" $choice) (result $choice) (canon lift (core func $i "f"))))
