;;! svg
;; What a component does not ask for in an import is not in what it exports again.
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f")))
  (instance $wide (export "f" (func $f)) (export "g" (func $f)))
  (component $C
    (import "i" (instance $i (export "f" (func))))
    (export "i" (instance $i)))
  (instance $c (instantiate $C (with "i" (instance $wide))))
  (export "c" (instance $c))
)

;;| <svg xmlns="http://www.w3.org/2000/svg" width="524" height="120" viewBox="0 0 524 120" font-family="monospace" font-size="12">
;;| <rect width="524" height="120" fill="#fff"/>
;;| <text x="10" y="20" font-weight="bold">b8c686788bcb88499df85b085060a08b</text>
;;| <g><title>c [2]</title><rect x="10" y="28" width="63" height="16" rx="4" fill="#1f5fa8"/><text x="13" y="40" fill="#fff">instance</text><text x="80" y="40">c [2]</text></g>
;;| <g><title>i [1]</title><rect x="28" y="48" width="63" height="16" rx="4" fill="#1f5fa8"/><text x="31" y="60" fill="#fff">instance</text><text x="98" y="60">i [1]</text></g>
;;| <g><title>f: func() [0]</title><rect x="46" y="68" width="63" height="16" rx="4" fill="#1d7a3e"/><text x="49" y="80" fill="#fff">function</text><text x="116" y="80">f: func() [0]</text></g>
;;| <path d="M222 76 C318 76 318 76 414 76" fill="none" stroke="#bbb"><title>module0 $m func0</title></path>
;;| <rect x="414" y="66" width="82" height="20" fill="#f3f0e6" stroke="#8a4b08"/><text x="420" y="80">module0 $m</text>
;;| </svg>
