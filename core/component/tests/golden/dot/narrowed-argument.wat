;;! dot
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

;;| digraph exports {
;;|   rankdir=LR;
;;|   node [shape=box, fontname=monospace];
;;|   export0 [shape=box, label="export0 function\nfunc()"];
;;|   export0 -> "module0 $m" [style=dashed, label="func0"];
;;|   export1 [shape=folder, label="export1 instance"];
;;|   export1 -> export0 [label="f"];
;;|   export2 [shape=folder, label="export2 instance"];
;;|   export2 -> export1 [label="i"];
;;|   export3 [shape=folder, label="export3 instance"];
;;|   export3 -> export2 [label="c"];
;;|   "module0 $m" [shape=box3d];
;;| }
