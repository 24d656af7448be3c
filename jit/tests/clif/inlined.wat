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
;; @002a v7 = load.i64 notrap aligned readonly can_move v0+24
;; @002a v8 = iadd v7, v6
;; @002a v9 = load.i32 user2 region0 v8
;; @002d jump block1(v9)
;;
;; block1(v3: i32):
;; @002d return v3
;; }
;; 19 bytes

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
;; @80000004 v9 = load.i64 notrap aligned readonly can_move v0+24
;; @80000004 v10 = iadd v9, v8
;; @80000004 v11 = load.i32 user2 region0 v10
;; @80000005 jump block2(v11)
;;
;; block2(v5: i32):
;; @80000008 v13 = iconst.i32 2
;; @80000009 v14 = ishl.i32 v3, v13
;; @8000000a v15 = uextend.i64 v14
;; @8000000a v16 = load.i64 notrap aligned readonly can_move v0+24
;; @8000000a v17 = iadd v16, v15
;; @8000000a v18 = load.i32 user2 region0 v17
;; @8000000b jump block3(v18)
;;
;; block3(v12: i32):
;; @0038 v19 = iadd.i32 v5, v12
;; @0039 jump block1(v19)
;;
;; block1(v4: i32):
;; @0039 return v4
;; }
;; 31 bytes
