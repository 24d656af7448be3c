;; A landing; a call that may go there, and a throw that does.
(module
  (tag $e (param i32))
  (func $f (param i32) (if (local.get 0) (then (throw $e (local.get 0)))))
  (func (result i32)
    (block $caught (result i32)
      (try_table (catch $e $caught) (call $f (i32.const 3)))
      (i32.const 4))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32) tail {
;; ss0 = explicit_slot 8, align = 16
;; region0 = 4 "cells"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64, i32, i64) -> i64 system_v
;; sig1 = (i64, i64, i64, i64, i64, i64) system_v
;; sig2 = (i64, i64, i64, i64, i64, i64) system_v
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @0024 brif v2, block2, block3
;;
;; block2:
;; @0028 v3 = stack_addr.i64 ss0
;; @0028 store.i32 notrap aligned region0 v2, v3
;; @0028 v4 = iconst.i32 0
;; @0028 v5 = load.i64 notrap aligned readonly can_move v0
;; @0028 v6 = load.i64 notrap aligned readonly can_move v5+168
;; @0028 v7 = load.i64 notrap aligned readonly can_move v6+72
;; @0028 v8 = call_indirect sig0, v7(v0, v4, v3)
;; @0028 v9 = iconst.i64 1
;; @0028 v10 = icmp eq v8, v9
;; @0028 brif v10, block5, block6
;;
;; block5 cold:
;; @0028 v11 = iconst.i64 1
;; @0028 v12 = iconst.i64 @
;; @0028 v13 = iconst.i64 40
;; @0028 v14 = iconst.i64 @
;; @0028 v15 = get_frame_pointer.i64
;; @0028 v16 = iconst.i64 0
;; @0028 call_indirect sig1, v14(v0, v11, v12, v13, v15, v16)
;; @0028 trap user10
;;
;; block6:
;; @0028 v17 = iconst.i64 40
;; @0028 v18 = iconst.i64 2
;; @0028 v19 = iconst.i64 @
;; @0028 v20 = iconst.i64 @
;; @0028 v21 = get_frame_pointer.i64
;; @0028 v22 = iconst.i64 0
;; @0028 call_indirect sig2, v20(v0, v18, v19, v17, v21, v22)
;; @0028 trap user10
;;
;; block3:
;; @002a jump block4
;;
;; block4:
;; @002b jump block1
;;
;; block1:
;; @002b return
;; }
;; 184 bytes

;; function u0:1(i64 vmctx, i64) -> i32 tail {
;; ss0 = explicit_slot 8, align = 16
;; region0 = 4 "cells"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx, i64, i32) tail
;; sig1 = (i64 vmctx, i64, i32) tail
;; sig2 = (i64, i64, i32, i64) -> i64 system_v
;; sig3 = (i64, i64) system_v
;; sig4 = (i64, i64, i64, i64, i64, i64) system_v
;; fn0 = colocated u0:0 sig0
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64):
;; @0036 v6 = iconst.i32 3
;; @0038 try_call fn0(v0, v0, v6), sig1, block5, [ default: block4(exn0, exn1) ]
;;
;; block5:
;; @003a jump block3
;;
;; block4(v4: i64, v5: i64) cold:
;; @003a v7 = stack_addr.i64 ss0
;; @003a v8 = iconst.i32 0
;; @003a v9 = load.i64 notrap aligned readonly can_move v0
;; @003a v10 = load.i64 notrap aligned readonly can_move v9+168
;; @003a v11 = load.i64 notrap aligned readonly can_move v10+88
;; @003a v12 = call_indirect sig2, v11(v0, v4, v8, v7)
;; @003a brif v12, block6, block7
;;
;; block6:
;; @003a v13 = load.i32 notrap aligned region0 v7
;; @003a v14 = load.i64 notrap aligned readonly can_move v0
;; @003a v15 = load.i64 notrap aligned readonly can_move v14+168
;; @003a v16 = load.i64 notrap aligned readonly can_move v15+96
;; @003a call_indirect sig3, v16(v0, v4)
;; @003a jump block2(v13)
;;
;; block7:
;; @003a v17 = iconst.i64 2
;; @003a v18 = iconst.i64 @
;; @003a v19 = iconst.i64 @
;; @003a v20 = get_frame_pointer.i64
;; @003a v21 = iconst.i64 0
;; @003a call_indirect sig4, v19(v0, v17, v18, v5, v20, v21)
;; @003a trap user10
;;
;; block3:
;; @003b v22 = iconst.i32 4
;; @003d jump block2(v22)
;;
;; block2(v3: i32):
;; @003e jump block1(v3)
;;
;; block1(v2: i32):
;; @003e return v2
;; }
;; 236 bytes
