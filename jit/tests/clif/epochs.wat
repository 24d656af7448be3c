;;! epochs
;; What ends soon does not look where its module alone calls it; a small loop looks in every other turn.
(module
  (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "leaf") (param i32) (result i32) (i32.sub (local.get 0) (i32.const 1)))
  (func $calls (param i32) (result i32) (call $leaf (local.get 0)))
  (func $turns (param i32) (result i32) (local i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (local.tee 1 (i32.add (local.get 1) (i32.const 1)))))))
    (local.get 1))
  (func $ways (param i32) (result i32)
    (block $out (result i32)
      (local.get 0)
      (loop $l (param i32) (result i32)
        (if (param i32) (result i32) (i32.and (local.get 0) (i32.const 1))
          (then (local.tee 0) (br_if $out (i32.gt_u (local.get 0) (i32.const 50))) (i32.mul (i32.const 3)) (br $l)))
        (local.tee 0)))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32) -> i32 tail {
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx) preserve_all
;; fn0 = colocated u0:5 sig0
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @0029 v4 = iconst.i32 1
;; @002b v5 = iadd v2, v4
;; @002c jump block1(v5)
;;
;; block1(v3: i32):
;; @002c return v3
;; }
;; 12 bytes

;; function u0:1(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 3 "vm"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx) preserve_all
;; fn0 = colocated u0:5 sig0
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; v4 = get_pinned_reg.i64
;; v5 = load.i64 notrap aligned readonly can_move v0+32
;; v6 = load.i64 notrap aligned region0 v5
;; v7 = icmp ule v4, v6
;; brif v7, block2, block3
;;
;; block3:
;; @0031 v8 = iconst.i32 1
;; @0033 v9 = isub.i32 v2, v8
;; @0034 jump block1(v9)
;;
;; block1(v3: i32):
;; @0034 return v3
;;
;; block2 cold:
;; call fn0(v0)
;; jump block3
;; }
;; 66 bytes

;; function u0:2(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 3 "vm"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx) preserve_all
;; fn0 = colocated u0:5 sig0
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; v4 = get_pinned_reg.i64
;; v5 = load.i64 notrap aligned readonly can_move v0+32
;; v6 = load.i64 notrap aligned region0 v5
;; v7 = icmp ule v4, v6
;; brif v7, block3, block4
;;
;; block4:
;; @80000002 v9 = iconst.i32 1
;; @80000003 v10 = iadd.i32 v2, v9
;; @80000004 jump block2(v10)
;;
;; block2(v8: i32):
;; @003b jump block1(v8)
;;
;; block1(v3: i32):
;; @003b return v3
;;
;; block3 cold:
;; call fn0(v0)
;; jump block4
;; }
;; 63 bytes

;; function u0:3(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 3 "vm"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx) preserve_all
;; fn0 = colocated u0:5 sig0
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; v3 = iconst.i32 0
;; v5 = get_pinned_reg.i64
;; v6 = load.i64 notrap aligned readonly can_move v0+32
;; v7 = load.i64 notrap aligned region0 v6
;; v8 = icmp ule v5, v7
;; brif v8, block7, block8
;;
;; block8:
;; @0040 jump block3(v2, v3)
;;
;; block3(v13: i32, v14: i32):
;; @0040 v9 = get_pinned_reg.i64
;; @0040 v10 = load.i64 notrap aligned readonly can_move v0+32
;; @0040 v11 = load.i64 notrap aligned region0 v10
;; @0040 v12 = icmp ule v9, v11
;; @0040 brif v12, block9, block10
;;
;; block10:
;; @0046 v15 = iconst.i32 1
;; @0048 v16 = iadd.i32 v14, v15
;; @004b v17 = isub.i32 v13, v16
;; @004e brif v17, block4, block5
;;
;; block5:
;; @004e jump block2(v16)
;;
;; block4:
;; @0046 v18 = iconst.i32 1
;; @0048 v19 = iadd.i32 v16, v18
;; @004b v20 = isub.i32 v17, v19
;; @004e brif v20, block3(v20, v19), block6
;;
;; block6:
;; @004e jump block2(v19)
;;
;; block2(v21: i32):
;; @0053 jump block1(v21)
;;
;; block1(v4: i32):
;; @0053 return v4
;;
;; block7 cold:
;; call fn0(v0)
;; jump block8
;;
;; block9 cold:
;; @0040 call fn0(v0)
;; @0040 jump block10
;; }
;; 124 bytes

;; function u0:4(i64 vmctx, i64, i32) -> i32 tail {
;; region0 = 3 "vm"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx) preserve_all
;; fn0 = colocated u0:5 sig0
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; v4 = get_pinned_reg.i64
;; v5 = load.i64 notrap aligned readonly can_move v0+32
;; v6 = load.i64 notrap aligned region0 v5
;; v7 = icmp ule v4, v6
;; brif v7, block14, block15
;;
;; block15:
;; @005a jump block4(v2, v2)
;;
;; block4(v10: i32, v16: i32):
;; @005a v11 = get_pinned_reg.i64
;; @005a v12 = load.i64 notrap aligned readonly can_move v0+32
;; @005a v13 = load.i64 notrap aligned region0 v12
;; @005a v14 = icmp ule v11, v13
;; @005a brif v14, block16, block17
;;
;; block17:
;; @005e v17 = iconst.i32 1
;; @0060 v18 = band.i32 v16, v17
;; @0061 brif v18, block6, block7
;;
;; block6:
;; @0067 v20 = iconst.i32 50
;; @0069 v21 = icmp.i32 ugt v10, v20
;; @0069 v22 = uextend.i32 v21
;; @006a brif v22, block2(v10), block9
;;
;; block9:
;; @006c v23 = iconst.i32 3
;; @006e v24 = imul.i32 v10, v23
;; @006f jump block5(v24)
;;
;; block7:
;; @0071 jump block8(v10)
;;
;; block8(v19: i32):
;; @0072 jump block3(v19)
;;
;; block5(v15: i32):
;; @005e v25 = iconst.i32 1
;; @0060 v26 = band.i32 v10, v25
;; @0061 brif v26, block10, block11
;;
;; block10:
;; @0067 v28 = iconst.i32 50
;; @0069 v29 = icmp.i32 ugt v15, v28
;; @0069 v30 = uextend.i32 v29
;; @006a brif v30, block2(v15), block13
;;
;; block13:
;; @006c v31 = iconst.i32 3
;; @006e v32 = imul.i32 v15, v31
;; @006f jump block4(v32, v15)
;;
;; block11:
;; @0071 jump block12(v15)
;;
;; block12(v27: i32):
;; @0072 jump block3(v27)
;;
;; block3(v9: i32):
;; @0075 jump block2(v9)
;;
;; block2(v8: i32):
;; @0076 jump block1(v8)
;;
;; block1(v3: i32):
;; @0076 return v3
;;
;; block14 cold:
;; call fn0(v0)
;; jump block15
;;
;; block16 cold:
;; @005a call fn0(v0)
;; @005a jump block17
;; }
;; 160 bytes
