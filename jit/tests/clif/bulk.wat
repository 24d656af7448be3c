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
;; @0026 v15 = iconst.i64 0
;; @0026 v16 = select_spectre_guard v11, v15, v14
;; @0026 v17 = iadd v6, v7
;; @0026 v18 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v19 = load.i64 notrap aligned region0 v18+8
;; @0026 v20 = icmp ugt v17, v19
;; @0026 trapnz v20, user2
;; @0026 v21 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v22 = load.i64 notrap aligned readonly can_move v21
;; @0026 v23 = iadd v22, v6
;; @0026 v24 = iconst.i64 0
;; @0026 v25 = select_spectre_guard v20, v24, v23
;; @0026 v26 = iconst.i64 -8
;; @0026 v27 = iadd v7, v26
;; @0026 v28 = iconst.i64 8
;; @0026 v29 = icmp ule v27, v28
;; @0026 brif v29, block3, block4
;;
;; block3:
;; @0026 v30 = iadd.i64 v25, v27
;; @0026 v31 = iadd.i64 v16, v27
;; @0026 v32 = load.i64 notrap region1 v25
;; @0026 v33 = load.i64 notrap region1 v30
;; @0026 store notrap region1 v32, v16
;; @0026 store notrap region1 v33, v31
;; @0026 jump block2
;;
;; block4:
;; @0026 v34 = iconst.i64 -16
;; @0026 v35 = iadd.i64 v7, v34
;; @0026 v36 = iconst.i64 16
;; @0026 v37 = icmp ule v35, v36
;; @0026 brif v37, block5, block6
;;
;; block5:
;; @0026 v38 = iadd.i64 v25, v35
;; @0026 v39 = iadd.i64 v16, v35
;; @0026 v40 = load.i8x16 notrap region1 v25
;; @0026 v41 = load.i8x16 notrap region1 v38
;; @0026 store notrap region1 v40, v16
;; @0026 store notrap region1 v41, v39
;; @0026 jump block2
;;
;; block6:
;; @0026 v42 = iconst.i64 @
;; @0026 v43 = call_indirect sig0, v42(v16, v25, v7)
;; @0026 jump block2
;;
;; block2:
;; @002a jump block1
;;
;; block1:
;; @002a return
;; }
;; 265 bytes

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
;; @0033 v14 = iconst.i64 0
;; @0033 v15 = select_spectre_guard v10, v14, v13
;; @0033 v16 = iconst.i64 @
;; @0033 v17 = call_indirect sig0, v16(v15, v3, v6)
;; @0036 jump block1
;;
;; block1:
;; @0036 return
;; }
;; 91 bytes
