;; What one operator makes is what the next one takes: casts in between are looked through.
(module (memory 1)
  (func (param i32 v128) (result v128)
    (f32x4.mul (f32x4.add (local.get 1) (v128.load (local.get 0))) (f32x4.splat (f32.const 2)))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32, i8x16) -> i8x16 tail {
;; region0 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i8x16):
;; @0023 v5 = uextend.i64 v2
;; @0023 v6 = load.i64 notrap aligned readonly can_move v0+24
;; @0023 v7 = iadd v6, v5
;; @0023 v8 = load.i8x16 user2 region0 v7
;; @0027 v9 = bitcast.f32x4 little v8
;; @0027 v10 = bitcast.f32x4 little v3
;; @0027 v11 = fadd v10, v9
;; @0027 v12 = bitcast.i8x16 little v11
;; @002a v13 = f32const 0x1.000000p1
;; @002f v14 = splat.f32x4 v13
;; @002f v15 = bitcast.i8x16 little v14
;; @0031 v16 = fmul v11, v14
;; @0031 v17 = bitcast.i8x16 little v16
;; @0034 jump block1(v17)
;;
;; block1(v4: i8x16):
;; @0034 return v4
;; }
;; 64 bytes
