;; Of a function of this module, of an import, of a table's element in tail position.
(module
  (type $t (func (param i32) (result i32)))
  (import "m" "f" (func $f (type $t)))
  (table 1 funcref)
  (func $g (type $t) (call $g (call $f (local.get 0))))
  (func (type $t) (return_call_indirect (type $t) (local.get 0) (local.get 0))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 3 "vm"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx, i64, i32) -> i32 tail
;; sig1 = (i64 vmctx, i64, i64, i32) -> i32 tail
;; sig2 = (i64 vmctx, i64, i32) -> i32 tail
;; fn0 = colocated u0:2 sig1
;; fn1 = colocated u0:0 sig2
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @002b v4 = load.i64 notrap aligned readonly can_move v0+64
;; @002b v5 = load.i64 notrap aligned readonly can_move v0+72
;; @002b v6 = load.i64 notrap aligned region0 v4+16
;; @002b brif v6, block2, block3
;;
;; block2:
;; @002b v7 = call_indirect.i64 sig0, v6(v5, v0, v2)
;; @002b jump block4(v7)
;;
;; block3 cold:
;; @002b v8 = call fn0(v5, v0, v4, v2)
;; @002b jump block4(v8)
;;
;; block4(v9: i32):
;; @002d v10 = call fn1(v0, v0, v9)
;; @002f jump block1(v10)
;;
;; block1(v3: i32):
;; @002f return v3
;; }
;; 136 bytes

;; function u0:1(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 3 "vm"
;; region1 = 1 "table"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx, i64, i32) -> i32 tail
;; sig1 = (i64 vmctx, i64, i64, i32) -> i32 tail
;; fn0 = colocated u0:3 sig1
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @0036 v4 = uextend.i64 v2
;; @0036 v5 = load.i64 notrap aligned readonly can_move v0+56
;; @0036 v6 = load.i64 notrap aligned region0 v5
;; @0036 v7 = load.i64 notrap aligned region0 v5+8
;; @0036 v8 = icmp uge v4, v7
;; @0036 v9 = iconst.i64 3
;; @0036 v10 = ishl v4, v9
;; @0036 v11 = iadd v6, v10
;; @0036 v12 = iconst.i64 0
;; @0036 v13 = select_spectre_guard v8, v12, v11
;; @0036 v14 = load.i64 user4 aligned region1 v13
;; @0036 v15 = iconst.i32 0
;; @0036 v16 = load.i32 user5 aligned region0 v14+24
;; @0036 v17 = icmp eq v16, v15
;; @0036 brif v17, block2, block3
;;
;; block2:
;; @0036 v18 = load.i64 notrap aligned region0 v14+16
;; @0036 v19 = load.i64 notrap aligned readonly region0 v14+8
;; @0036 return_call_indirect sig0, v18(v19, v0, v2)
;;
;; block3 cold:
;; @0036 v20 = load.i64 notrap aligned readonly region0 v14
;; @0036 v21 = load.i32 notrap aligned readonly region0 v20+56
;; @0036 v22 = icmp ne v21, v15
;; @0036 trapnz v22, user6
;; @0036 v23 = load.i64 notrap aligned readonly region0 v14+8
;; @0036 return_call fn0(v23, v0, v14, v2)
;; }
;; 129 bytes
