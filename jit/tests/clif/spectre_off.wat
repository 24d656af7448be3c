;;! checked
;;! unguarded
;; The same comparisons, and nothing else, if the embedder says so.
(module
  (memory 1)
  (table 4 funcref)
  (func (param i32) (result funcref) (table.get (local.get 0)))
  (func (param i32 i32) (i32.store8 offset=0x8000 (local.get 0) (local.get 1))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32) -> i64 tail {
;; region0 = 3 "vm"
;; region1 = 1 "table"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @002c v4 = uextend.i64 v2
;; @002c v5 = load.i64 notrap aligned readonly can_move v0+64
;; @002c v6 = load.i64 notrap aligned region0 v5
;; @002c v7 = load.i64 notrap aligned region0 v5+8
;; @002c v8 = icmp uge v4, v7
;; @002c v9 = iconst.i64 3
;; @002c v10 = ishl v4, v9
;; @002c v11 = iadd v6, v10
;; @002c trapnz v8, user4
;; @002c v12 = load.i64 user4 aligned region1 v11
;; @002e jump block1(v12)
;;
;; block1(v3: i64):
;; @002e return v3
;; }
;; 35 bytes

;; function u0:1(i64 vmctx, i64, i32, i32) tail {
;; region0 = 3 "vm"
;; region1 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i32):
;; @0035 v4 = uextend.i64 v2
;; @0035 v5 = iconst.i64 0x8001
;; @0035 v6 = iadd v4, v5
;; @0035 v7 = load.i64 notrap aligned readonly can_move v0+16
;; @0035 v8 = load.i64 notrap aligned region0 v7+8
;; @0035 v9 = icmp ugt v6, v8
;; @0035 trapnz v9, user2
;; @0035 v10 = load.i64 notrap aligned readonly can_move v0+16
;; @0035 v11 = load.i64 notrap aligned region0 v10
;; @0035 v12 = iadd v11, v4
;; @0035 istore8 user2 little region1 v3, v12+0x8000
;; @003a jump block1
;;
;; block1:
;; @003a return
;; }
;; 46 bytes
