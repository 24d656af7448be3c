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
;; @0023 v6 = load.i64 notrap aligned readonly can_move v0+16
;; @0023 v7 = load.i64 notrap aligned readonly can_move v6
;; @0023 v8 = iadd v7, v5
;; @0023 v9 = load.i8x16 user2 region0 v8
;; @0027 v10 = bitcast.f32x4 little v9
;; @0027 v11 = bitcast.f32x4 little v3
;; @0027 v12 = fadd v11, v10
;; @0027 v13 = bitcast.i8x16 little v12
;; @002a v14 = f32const 0x1.000000p1
;; @002f v15 = splat.f32x4 v14
;; @002f v16 = bitcast.i8x16 little v15
;; @0031 v17 = fmul v12, v15
;; @0031 v18 = bitcast.i8x16 little v17
;; @0034 jump block1(v18)
;;
;; block1(v4: i8x16):
;; @0034 return v4
;; }
;; 64 bytes
