;; Numbers: no trap but the division's.
(module
  (func (param i32 i64) (result i64)
    (i64.div_s (i64.extend_i32_u (i32.add (local.get 0) (i32.const 7))) (local.get 1))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32, i64) -> i64 tail {
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i64):
;; @001c v5 = iconst.i32 7
;; @001e v6 = iadd v2, v5
;; @001f v7 = uextend.i64 v6
;; @0022 v8 = sdiv v7, v3
;; @0023 jump block1(v8)
;;
;; block1(v4: i64):
;; @0023 return v4
;; }
;; 28 bytes
