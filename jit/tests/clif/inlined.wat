(module
  (memory 1)
  (func $at (param i32) (result i32) (i32.load (i32.shl (local.get 0) (i32.const 2))))
  (func (param i32 i32) (result i32) (i32.add (call $at (local.get 0)) (call $at (local.get 1)))))

;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @0027 v4 = iconst.i32 2
;; @0029 v5 = ishl v2, v4
;; @002a v6 = uextend.i64 v5
;; @002a v7 = load.i64 notrap aligned readonly can_move v0+16
;; @002a v8 = load.i64 notrap aligned readonly can_move v7
;; @002a v9 = iadd v8, v6
;; @002a v10 = load.i32 user2 region0 v9
;; @002d jump block1(v10)
;;
;; block1(v3: i32):
;; @002d return v3
;; }
;; 22 bytes

;; function u0:1(i64 vmctx, i64, i32, i32) -> i32 tail {
;; region0 = 0 "heap"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32, v3: i32):
;; @80000002 v6 = iconst.i32 2
;; @80000003 v7 = ishl v2, v6
;; @80000004 v8 = uextend.i64 v7
;; @80000004 v9 = load.i64 notrap aligned readonly can_move v0+16
;; @80000004 v10 = load.i64 notrap aligned readonly can_move v9
;; @80000004 v11 = iadd v10, v8
;; @80000004 v12 = load.i32 user2 region0 v11
;; @80000005 jump block2(v12)
;;
;; block2(v5: i32):
;; @80000008 v14 = iconst.i32 2
;; @80000009 v15 = ishl.i32 v3, v14
;; @8000000a v16 = uextend.i64 v15
;; @8000000a v17 = load.i64 notrap aligned readonly can_move v0+16
;; @8000000a v18 = load.i64 notrap aligned readonly can_move v17
;; @8000000a v19 = iadd v18, v16
;; @8000000a v20 = load.i32 user2 region0 v19
;; @8000000b jump block3(v20)
;;
;; block3(v13: i32):
;; @0038 v21 = iadd.i32 v5, v13
;; @0039 jump block1(v21)
;;
;; block1(v4: i32):
;; @0039 return v4
;; }
;; 34 bytes
