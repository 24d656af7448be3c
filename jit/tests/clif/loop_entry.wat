;;! osr 0 3 1
;; A loop is entered with a vector in a local and one below; the start of the function falls away.
(module
  (func (param i32) (result v128) (local v128 i64)
    (v128.const i64x2 1 2)
    (loop (local.set 1 (i64x2.add (local.get 1) (v128.const i64x2 3 4)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (v128.xor (local.get 1))))
;; ---- CLIF
;; function u0:1(i64 vmctx, i64, i64) -> i8x16 tail {
;; region0 = 4 "cells"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; const0 = 0x00000000000000000000000000000000
;; const1 = 0x00000000000000020000000000000001
;; const2 = 0x00000000000000040000000000000003
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i64):
;; jump block1
;;
;; block2:
;; v3 = iconst.i32 0
;; v4 = vconst.i8x16 const0
;; v5 = iconst.i64 0
;; @001d v7 = vconst.i8x16 const1
;; @002f jump block4(v7, v4, v3)
;;
;; block1:
;; @002f v9 = load.i32 notrap aligned v2
;; @002f v10 = load.i8x16 notrap v2+16
;; @002f v11 = load.i64 notrap aligned v2+32
;; @002f v12 = load.i8x16 notrap v2+48
;; @002f jump block4(v12, v10, v9)
;;
;; block4(v8: i8x16, v22: i8x16, v23: i32):
;; @002f jump block6(v22, v23)
;;
;; block6(v13: i8x16, v19: i32):
;; @0033 v14 = vconst.i8x16 const2
;; @0045 v15 = bitcast.i64x2 little v14
;; @0045 v16 = bitcast.i64x2 little v13
;; @0045 v17 = iadd v16, v15
;; @0045 v18 = bitcast.i8x16 little v17
;; @004c v20 = iconst.i32 1
;; @004e v21 = isub v19, v20
;; @0051 brif v21, block6(v18, v21), block7
;;
;; block7:
;; @0053 jump block5
;;
;; block5:
;; @0056 v24 = bxor.i8x16 v8, v18
;; @0058 jump block3(v24)
;;
;; block3(v6: i8x16):
;; @0058 return v6
;; }
;; 80 bytes
