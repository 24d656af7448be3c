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

;;| <svg xmlns="http://www.w3.org/2000/svg" width="532" height="160" viewBox="0 0 532 160" font-family="monospace" font-size="12">
;;| <rect width="532" height="160" fill="#fff"/>
;;| <text x="10" y="20" font-weight="bold">exports of b8c686788bcb88499df85b085060a08b</text>
;;| <path d="M283 76 H299 C359 76 359 76 419 76" fill="none" stroke="#bbb"><title>module0 $m func0</title></path>
;;| <g><title>[2] c</title><rect x="10" y="28" width="66" height="16" rx="4" fill="#1f5fa8"/><text x="14" y="40" fill="#fff">instance</text><text x="84" y="40">[2] c</text></g>
;;| <g><title>[1] i</title><rect x="28" y="48" width="66" height="16" rx="4" fill="#1f5fa8"/><text x="32" y="60" fill="#fff">instance</text><text x="102" y="60">[1] i</text></g>
;;| <g><title>[0] f: func()</title><rect x="46" y="68" width="66" height="16" rx="4" fill="#1d7a3e"/><text x="50" y="80" fill="#fff">function</text><text x="120" y="80">[0] f: func()</text><text x="223" y="80" fill="#8a4b08">→ func0</text></g>
;;| <rect x="419" y="66" width="85" height="20" fill="#f3f0e6" stroke="#8a4b08"/><text x="425" y="80">module0 $m</text>
;;| <text x="10" y="120" font-weight="bold">imports</text>
;;| </svg>
