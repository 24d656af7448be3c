;;! checked
;; A memory of 64-bit addresses is checked, and may move.
(module (memory i64 1)
  (func (param i64) (result i32) (i32.load offset=8 (local.get 0))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i64) -> i32 tail {
;; region0 = 3 "vm"
;; region1 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i64):
;; @0020 v4 = iconst.i64 12
;; @0020 v5 = uadd_overflow_trap v2, v4, user2
;; @0020 v6 = load.i64 notrap aligned readonly can_move v0+16
;; @0020 v7 = load.i64 notrap aligned region0 v6+8
;; @0020 v8 = icmp ugt v5, v7
;; @0020 trapnz v8, user2
;; @0020 v9 = load.i64 notrap aligned readonly can_move v0+16
;; @0020 v10 = load.i64 notrap aligned region0 v9
;; @0020 v11 = iadd v10, v2
;; @0020 v12 = iconst.i64 0
;; @0020 v13 = select_spectre_guard v8, v12, v11
;; @0020 v14 = load.i32 user2 region1 v13+8
;; @0023 jump block1(v14)
;;
;; block1(v3: i32):
;; @0023 return v3
;; }
;; 59 bytes
