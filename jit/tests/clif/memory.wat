;; A reserved memory needs no check, and no store takes a load in.
(module (memory 1)
  (func (param i32 i32)
    (i32.store offset=8 (local.get 0) (i32.add (i32.load offset=8 (local.get 0)) (local.get 1)))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32, i32) tail {
;; region0 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i32):
;; @0022 v4 = uextend.i64 v2
;; @0022 v5 = load.i64 notrap aligned readonly can_move v0+24
;; @0022 v6 = iadd v5, v4
;; @0022 v7 = load.i32 user2 region0 v6+8
;; @0027 v8 = iadd v7, v3
;; @0028 v9 = uextend.i64 v2
;; @0028 v10 = load.i64 notrap aligned readonly can_move v0+24
;; @0028 v11 = iadd v10, v9
;; @0028 store user2 little region0 v8, v11+8
;; @002b jump block1
;;
;; block1:
;; @002b return
;; }
;; 23 bytes
