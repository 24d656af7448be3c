(module
  (memory 1)
  (func (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2))))

;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32, i32, i32) tail {
;; region0 = 3 "vm"
;; region1 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64, i64, i64) -> i64 system_v
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i32, v4: i32):
;; @0026 v5 = uextend.i64 v2
;; @0026 v6 = uextend.i64 v3
;; @0026 v7 = uextend.i64 v4
;; @0026 v8 = iadd v5, v7
;; @0026 v9 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v10 = load.i64 notrap aligned region0 v9+8
;; @0026 v11 = icmp ugt v8, v10
;; @0026 trapnz v11, user2
;; @0026 v12 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v13 = load.i64 notrap aligned readonly can_move v12
;; @0026 v14 = iadd v13, v5
;; @0026 v15 = iadd v6, v7
;; @0026 v16 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v17 = load.i64 notrap aligned region0 v16+8
;; @0026 v18 = icmp ugt v15, v17
;; @0026 trapnz v18, user2
;; @0026 v19 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v20 = load.i64 notrap aligned readonly can_move v19
;; @0026 v21 = iadd v20, v6
;; @0026 v22 = iconst.i64 -8
;; @0026 v23 = iadd v7, v22
;; @0026 v24 = iconst.i64 8
;; @0026 v25 = icmp ule v23, v24
;; @0026 brif v25, block3, block4
;;
;; block3:
;; @0026 v26 = iadd.i64 v21, v23
;; @0026 v27 = iadd.i64 v14, v23
;; @0026 v28 = load.i64 notrap region1 v21
;; @0026 v29 = load.i64 notrap region1 v26
;; @0026 store notrap region1 v28, v14
;; @0026 store notrap region1 v29, v27
;; @0026 jump block2
;;
;; block4:
;; @0026 v30 = iconst.i64 -16
;; @0026 v31 = iadd.i64 v7, v30
;; @0026 v32 = iconst.i64 16
;; @0026 v33 = icmp ule v31, v32
;; @0026 brif v33, block5, block6
;;
;; block5:
;; @0026 v34 = iadd.i64 v21, v31
;; @0026 v35 = iadd.i64 v14, v31
;; @0026 v36 = load.i8x16 notrap region1 v21
;; @0026 v37 = load.i8x16 notrap region1 v34
;; @0026 store notrap region1 v36, v14
;; @0026 store notrap region1 v37, v35
;; @0026 jump block2
;;
;; block6:
;; @0026 v38 = iconst.i64 @
;; @0026 v39 = call_indirect sig0, v38(v14, v21, v7)
;; @0026 jump block2
;;
;; block2:
;; @002a jump block1
;;
;; block1:
;; @002a return
;; }
;; 200 bytes

;; function u0:1(i64 vmctx, i64, i32, i32, i32) tail {
;; region0 = 3 "vm"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64, i32, i64) -> i64 system_v
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i32, v4: i32):
;; @0033 v5 = uextend.i64 v2
;; @0033 v6 = uextend.i64 v4
;; @0033 v7 = iadd v5, v6
;; @0033 v8 = load.i64 notrap aligned readonly can_move v0+16
;; @0033 v9 = load.i64 notrap aligned region0 v8+8
;; @0033 v10 = icmp ugt v7, v9
;; @0033 trapnz v10, user2
;; @0033 v11 = load.i64 notrap aligned readonly can_move v0+16
;; @0033 v12 = load.i64 notrap aligned readonly can_move v11
;; @0033 v13 = iadd v12, v5
;; @0033 v14 = iconst.i64 @
;; @0033 v15 = call_indirect sig0, v14(v13, v3, v6)
;; @0036 jump block1
;;
;; block1:
;; @0036 return
;; }
;; 74 bytes
