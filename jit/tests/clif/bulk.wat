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
;; @0026 v12 = load.i64 notrap aligned readonly can_move v0+24
;; @0026 v13 = iadd v12, v5
;; @0026 v14 = iconst.i64 0
;; @0026 v15 = select_spectre_guard v11, v14, v13
;; @0026 v16 = iadd v6, v7
;; @0026 v17 = load.i64 notrap aligned readonly can_move v0+16
;; @0026 v18 = load.i64 notrap aligned region0 v17+8
;; @0026 v19 = icmp ugt v16, v18
;; @0026 trapnz v19, user2
;; @0026 v20 = load.i64 notrap aligned readonly can_move v0+24
;; @0026 v21 = iadd v20, v6
;; @0026 v22 = iconst.i64 0
;; @0026 v23 = select_spectre_guard v19, v22, v21
;; @0026 v24 = iconst.i64 -8
;; @0026 v25 = iadd v7, v24
;; @0026 v26 = iconst.i64 8
;; @0026 v27 = icmp ule v25, v26
;; @0026 brif v27, block3, block4
;;
;; block3:
;; @0026 v28 = iadd.i64 v23, v25
;; @0026 v29 = iadd.i64 v15, v25
;; @0026 v30 = load.i64 notrap region1 v23
;; @0026 v31 = load.i64 notrap region1 v28
;; @0026 store notrap region1 v30, v15
;; @0026 store notrap region1 v31, v29
;; @0026 jump block2
;;
;; block4:
;; @0026 v32 = iconst.i64 -16
;; @0026 v33 = iadd.i64 v7, v32
;; @0026 v34 = iconst.i64 16
;; @0026 v35 = icmp ule v33, v34
;; @0026 brif v35, block5, block6
;;
;; block5:
;; @0026 v36 = iadd.i64 v23, v33
;; @0026 v37 = iadd.i64 v15, v33
;; @0026 v38 = load.i8x16 notrap region1 v23
;; @0026 v39 = load.i8x16 notrap region1 v36
;; @0026 store notrap region1 v38, v15
;; @0026 store notrap region1 v39, v37
;; @0026 jump block2
;;
;; block6:
;; @0026 v40 = iconst.i64 @
;; @0026 v41 = call_indirect sig0, v40(v15, v23, v7)
;; @0026 jump block2
;;
;; block2:
;; @002a jump block1
;;
;; block1:
;; @002a return
;; }
;; 278 bytes

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
;; @0033 v11 = load.i64 notrap aligned readonly can_move v0+24
;; @0033 v12 = iadd v11, v5
;; @0033 v13 = iconst.i64 0
;; @0033 v14 = select_spectre_guard v10, v13, v12
;; @0033 v15 = iconst.i64 @
;; @0033 v16 = call_indirect sig0, v15(v14, v3, v6)
;; @0036 jump block1
;;
;; block1:
;; @0036 return
;; }
;; 92 bytes
