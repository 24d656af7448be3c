;; Alignment is looked at first; whether a crooked address lies beyond the memory, in the cold.
(module (memory 1 1 shared)
  (func (param i32 i64) (result i64)
    (i64.atomic.rmw32.cmpxchg_u offset=4 (local.get 0) (local.get 1) (i64.const 1))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32, i64) -> i64 tail {
;; region0 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i64):
;; @0024 v5 = iconst.i64 1
;; @0026 v6 = ireduce.i32 v5
;; @0026 v7 = ireduce.i32 v3
;; @0026 v8 = uextend.i64 v2
;; @0026 v9 = iconst.i64 4
;; @0026 v10 = iadd v8, v9
;; @0026 v11 = iconst.i64 3
;; @0026 v12 = band v10, v11
;; @0026 brif v12, block2, block3
;;
;; block2 cold:
;; @0026 v13 = iconst.i64 8
;; @0026 v14 = iadd.i64 v8, v13
;; @0026 v15 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v16 = iconst.i64 8
;; @0026 v17 = iadd v15, v16
;; @0026 v18 = atomic_load.i64 notrap aligned v17
;; @0026 v19 = icmp ugt v14, v18
;; @0026 trapnz v19, user2
;; @0026 trap user3
;;
;; block3:
;; @0026 v20 = uextend.i64 v2
;; @0026 v21 = load.i64 notrap aligned readonly can_move v0+24
;; @0026 v22 = iadd v21, v20
;; @0026 v23 = iconst.i64 4
;; @0026 v24 = iadd v22, v23
;; @0026 v25 = atomic_cas.i32 v24, v7, v6
;; @0026 v26 = uextend.i64 v25
;; @002a jump block1(v26)
;;
;; block1(v4: i64):
;; @002a return v4
;; }
;; 75 bytes
