;;! checked
;; What is compared goes through a guard: an element of a table, a load with an offset that fits the first page, a store
;; with one that does not.
(module
  (type $t (func))
  (memory 1)
  (table 4 funcref)
  (func (type $t) (call_indirect (type $t) (i32.const 1)))
  (func (param i32) (result i32) (i32.load offset=4 (local.get 0)))
  (func (param i32 i32) (i32.store8 offset=0x8000 (local.get 0) (local.get 1))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64) tail {
;; region0 = 3 "vm"
;; region1 = 1 "table"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx, i64) tail
;; sig1 = (i64 vmctx, i64, i64) tail
;; fn0 = colocated u0:3 sig1
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64):
;; @002e v2 = iconst.i32 1
;; @0030 v3 = uextend.i64 v2
;; @0030 v4 = load.i64 notrap aligned readonly can_move v0+64
;; @0030 v5 = load.i64 notrap aligned region0 v4
;; @0030 v6 = load.i64 notrap aligned region0 v4+8
;; @0030 v7 = icmp uge v3, v6
;; @0030 v8 = iconst.i64 3
;; @0030 v9 = ishl v3, v8
;; @0030 v10 = iadd v5, v9
;; @0030 v11 = iconst.i64 0
;; @0030 v12 = select_spectre_guard v7, v11, v10
;; @0030 v13 = load.i64 user4 aligned region1 v12
;; @0030 v14 = iconst.i32 0
;; @0030 v15 = load.i32 user5 aligned region0 v13+24
;; @0030 v16 = icmp eq v15, v14
;; @0030 brif v16, block2, block3
;;
;; block2:
;; @0030 v17 = load.i64 notrap aligned region0 v13+16
;; @0030 v18 = load.i64 notrap aligned readonly region0 v13+8
;; @0030 call_indirect sig0, v17(v18, v0)
;; @0030 jump block4
;;
;; block3 cold:
;; @0030 v19 = load.i64 notrap aligned readonly region0 v13
;; @0030 v20 = load.i32 notrap aligned readonly region0 v19+56
;; @0030 v21 = icmp ne v20, v14
;; @0030 trapnz v21, user6
;; @0030 v22 = load.i64 notrap aligned readonly region0 v13+8
;; @0030 call fn0(v22, v0, v13)
;; @0030 jump block4
;;
;; block4:
;; @0033 jump block1
;;
;; block1:
;; @0033 return
;; }
;; 117 bytes

;; function u0:1(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 3 "vm"
;; region1 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @0038 v4 = uextend.i64 v2
;; @0038 v5 = iconst.i64 8
;; @0038 v6 = iadd v4, v5
;; @0038 v7 = load.i64 notrap aligned readonly can_move v0+16
;; @0038 v8 = load.i64 notrap aligned region0 v7+8
;; @0038 v9 = icmp ugt v6, v8
;; @0038 trapnz v9, user2
;; @0038 v10 = load.i64 notrap aligned readonly can_move v0+16
;; @0038 v11 = load.i64 notrap aligned region0 v10
;; @0038 v12 = iadd v11, v4
;; @0038 v13 = iconst.i64 0
;; @0038 v14 = select_spectre_guard v9, v13, v12
;; @0038 v15 = load.i32 user2 region1 v14+4
;; @003b jump block1(v15)
;;
;; block1(v3: i32):
;; @003b return v3
;; }
;; 50 bytes

;; function u0:2(i64 vmctx, i64, i32, i32) tail {
;; region0 = 3 "vm"
;; region1 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i32):
;; @0042 v4 = uextend.i64 v2
;; @0042 v5 = iconst.i64 0x8001
;; @0042 v6 = iadd v4, v5
;; @0042 v7 = load.i64 notrap aligned readonly can_move v0+16
;; @0042 v8 = load.i64 notrap aligned region0 v7+8
;; @0042 v9 = icmp ugt v6, v8
;; @0042 trapnz v9, user2
;; @0042 v10 = load.i64 notrap aligned readonly can_move v0+16
;; @0042 v11 = load.i64 notrap aligned region0 v10
;; @0042 v12 = iadd v11, v4
;; @0042 v13 = iconst.i64 0x8000
;; @0042 v14 = iadd v12, v13
;; @0042 v15 = iconst.i64 0
;; @0042 v16 = select_spectre_guard v9, v15, v14
;; @0042 istore8 user2 little region1 v3, v16
;; @0047 jump block1
;;
;; block1:
;; @0047 return
;; }
;; 60 bytes
