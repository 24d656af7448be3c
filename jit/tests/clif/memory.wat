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
;; @0022 v5 = load.i64 notrap aligned readonly can_move v0+16
;; @0022 v6 = load.i64 notrap aligned readonly can_move v5
;; @0022 v7 = iadd v6, v4
;; @0022 v8 = load.i32 user2 region0 v7+8
;; @0027 v9 = iadd v8, v3
;; @0028 v10 = uextend.i64 v2
;; @0028 v11 = load.i64 notrap aligned readonly can_move v0+16
;; @0028 v12 = load.i64 notrap aligned readonly can_move v11
;; @0028 v13 = iadd v12, v10
;; @0028 store user2 little region0 v9, v13+8
;; @002b jump block1
;;
;; block1:
;; @002b return
;; }
;; 29 bytes
