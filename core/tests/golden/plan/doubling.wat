;;! plan
;; Each component instantiates the one before it twice: the number of instances doubles per level.
(component
  (component $c0 (core module $m) (core instance (instantiate $m)))
  (component $c1 (instance (instantiate $c0)) (instance (instantiate $c0)))
  (component $c2 (instance (instantiate $c1)) (instance (instantiate $c1)))
  (component $c3 (instance (instantiate $c2)) (instance (instantiate $c2)))
  (component $c4 (instance (instantiate $c3)) (instance (instantiate $c3)))
  (component $c5 (instance (instantiate $c4)) (instance (instantiate $c4)))
  (component $c6 (instance (instantiate $c5)) (instance (instantiate $c5)))
  (component $c7 (instance (instantiate $c6)) (instance (instantiate $c6)))
  (component $c8 (instance (instantiate $c7)) (instance (instantiate $c7)))
  (component $c9 (instance (instantiate $c8)) (instance (instantiate $c8)))
  (component $c10 (instance (instantiate $c9)) (instance (instantiate $c9)))
  (component $c11 (instance (instantiate $c10)) (instance (instantiate $c10)))
  (component $c12 (instance (instantiate $c11)) (instance (instantiate $c11)))
  (component $c13 (instance (instantiate $c12)) (instance (instantiate $c12)))
  (component $c14 (instance (instantiate $c13)) (instance (instantiate $c13)))
  (component $c15 (instance (instantiate $c14)) (instance (instantiate $c14)))
  (component $c16 (instance (instantiate $c15)) (instance (instantiate $c15)))
  (component $c17 (instance (instantiate $c16)) (instance (instantiate $c16)))
  (component $c18 (instance (instantiate $c17)) (instance (instantiate $c17)))
  (component $c19 (instance (instantiate $c18)) (instance (instantiate $c18)))
  (component $c20 (instance (instantiate $c19)) (instance (instantiate $c19)))
  (component $c21 (instance (instantiate $c20)) (instance (instantiate $c20)))
  (component $c22 (instance (instantiate $c21)) (instance (instantiate $c21)))
  (component $c23 (instance (instantiate $c22)) (instance (instantiate $c22)))
  (component $c24 (instance (instantiate $c23)) (instance (instantiate $c23)))
  (component $c25 (instance (instantiate $c24)) (instance (instantiate $c24)))
  (component $c26 (instance (instantiate $c25)) (instance (instantiate $c25)))
  (component $c27 (instance (instantiate $c26)) (instance (instantiate $c26)))
  (component $c28 (instance (instantiate $c27)) (instance (instantiate $c27)))
  (component $c29 (instance (instantiate $c28)) (instance (instantiate $c28)))
  (component $c30 (instance (instantiate $c29)) (instance (instantiate $c29)))
  (component $c31 (instance (instantiate $c30)) (instance (instantiate $c30)))
  (component $c32 (instance (instantiate $c31)) (instance (instantiate $c31)))
  (component $c33 (instance (instantiate $c32)) (instance (instantiate $c32)))
  (component $c34 (instance (instantiate $c33)) (instance (instantiate $c33)))
  (component $c35 (instance (instantiate $c34)) (instance (instantiate $c34)))
  (component $c36 (instance (instantiate $c35)) (instance (instantiate $c35)))
  (component $c37 (instance (instantiate $c36)) (instance (instantiate $c36)))
  (component $c38 (instance (instantiate $c37)) (instance (instantiate $c37)))
  (component $c39 (instance (instantiate $c38)) (instance (instantiate $c38)))
  (instance (instantiate $c39))
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
