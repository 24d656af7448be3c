;;! fuel
;;! epochs
;; Charged at the start and at the loop's head.
(module
  (func (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
;; ---- CLIF
;; function u0:0(i64 vmctx, i64, i32) tail {
;; region0 = 3 "vm"
;; gv0 = vmctx
;; gv1 = load.i64 notrap aligned readonly can_move gv0
;; gv2 = load.i64 notrap aligned gv1+24
;; sig0 = (i64 vmctx) preserve_all
;; sig1 = (i64 vmctx) preserve_all
;; fn0 = colocated u0:1 sig0
;; fn1 = colocated u0:2 sig1
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; @0017 v3 = get_pinned_reg.i64
;; @0017 v4 = iconst.i64 1
;; @0017 v5 = isub v3, v4
;; @0017 set_pinned_reg v5
;; @0017 v6 = iconst.i64 0
;; @0017 v7 = icmp slt v5, v6
;; @0017 trapnz v7, user12
;; @0017 v8 = load.i64 notrap aligned readonly can_move v0
;; @0017 v9 = load.i64 notrap aligned region0 v8+8
;; @0017 v10 = load.i64 notrap aligned readonly can_move v0+32
;; @0017 v11 = load.i64 notrap aligned region0 v10
;; @0017 v12 = icmp ule v9, v11
;; @0017 brif v12, block5, block6
;;
;; block6:
;; @0018 jump block3(v2)
;;
;; block3(v23: i32):
;; @0018 v13 = get_pinned_reg.i64
;; @0018 v14 = iconst.i64 5
;; @0018 v15 = isub v13, v14
;; @0018 set_pinned_reg v15
;; @0018 v16 = iconst.i64 0
;; @0018 v17 = icmp slt v15, v16
;; @0018 trapnz v17, user12
;; @0018 v18 = load.i64 notrap aligned readonly can_move v0
;; @0018 v19 = load.i64 notrap aligned region0 v18+8
;; @0018 v20 = load.i64 notrap aligned readonly can_move v0+32
;; @0018 v21 = load.i64 notrap aligned region0 v20
;; @0018 v22 = icmp ule v19, v21
;; @0018 brif v22, block7, block8
;;
;; block8:
;; @001c v24 = iconst.i32 1
;; @001e v25 = isub.i32 v23, v24
;; @0021 brif v25, block3(v25), block4
;;
;; block4:
;; @0023 jump block2
;;
;; block2:
;; @0024 jump block1
;;
;; block1:
;; @0024 return
;;
;; block5 cold:
;; @0017 call fn1(v0)
;; @0017 jump block6
;;
;; block7 cold:
;; @0018 call fn1(v0)
;; @0018 jump block8
;; }
;; 159 bytes
