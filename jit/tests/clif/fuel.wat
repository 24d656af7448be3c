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
;; sig0 = (i64) -> i64 system_v
;; sig1 = (i64, i64, i64, i64, i64) system_v
;; sig2 = (i64) -> i64 system_v
;; sig3 = (i64, i64, i64, i64, i64) system_v
;; sig4 = (i64) -> i64 system_v
;; sig5 = (i64, i64, i64, i64, i64) system_v
;; sig6 = (i64) -> i64 system_v
;; sig7 = (i64, i64, i64, i64, i64) system_v
;; sig8 = (i64) -> i64 system_v
;; sig9 = (i64, i64, i64, i64, i64) system_v
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; v91 -> v2
;; v92 -> v2
;; v3 = load.i64 notrap aligned readonly can_move v0
;; v4 = load.i64 notrap aligned region0 v3
;; v5 = iconst.i64 1
;; v6 = isub v4, v5
;; store notrap aligned region0 v6, v3
;; v7 = iconst.i64 0
;; v8 = icmp slt v6, v7
;; brif v8, block2, block3
;;
;; block2 cold:
;; v9 = load.i64 notrap aligned readonly can_move v0
;; v10 = load.i64 notrap aligned readonly can_move v9+112
;; v11 = load.i64 notrap aligned readonly can_move v10+136
;; v12 = call_indirect sig0, v11(v0)
;; v13 = iconst.i64 0
;; v14 = icmp ne v12, v13
;; brif v14, block4, block5
;;
;; block4 cold:
;; v15 = iconst.i64 1
;; v16 = iconst.i64 @
;; v17 = iconst.i64 23
;; v18 = iconst.i64 @
;; v19 = get_frame_pointer.i64
;; call_indirect sig1, v18(v0, v15, v16, v17, v19)
;; trap user10
;;
;; block5:
;; jump block3
;;
;; block3:
;; v20 = load.i64 notrap aligned readonly can_move v0
;; v21 = load.i64 notrap aligned readonly can_move v20+16
;; v22 = atomic_load.i64 notrap aligned v21
;; v23 = load.i64 notrap aligned region0 v20+8
;; v24 = icmp uge v22, v23
;; brif v24, block6, block7
;;
;; block6 cold:
;; v25 = load.i64 notrap aligned readonly can_move v0
;; v26 = load.i64 notrap aligned readonly can_move v25+112
;; v27 = load.i64 notrap aligned readonly can_move v26+144
;; v28 = call_indirect sig2, v27(v0)
;; v29 = iconst.i64 0
;; v30 = icmp ne v28, v29
;; brif v30, block8, block9
;;
;; block8 cold:
;; v31 = iconst.i64 1
;; v32 = iconst.i64 @
;; v33 = iconst.i64 23
;; v34 = iconst.i64 @
;; v35 = get_frame_pointer.i64
;; call_indirect sig3, v34(v0, v31, v32, v33, v35)
;; trap user10
;;
;; block9:
;; jump block7
;;
;; block7:
;; @0018 jump block11(v2)
;;
;; block11(v71: i32):
;; v69 -> v71
;; v70 -> v71
;; @0018 v36 = load.i64 notrap aligned readonly can_move v0
;; @0018 v37 = load.i64 notrap aligned region0 v36
;; @0018 v38 = iconst.i64 5
;; @0018 v39 = isub v37, v38
;; @0018 store notrap aligned region0 v39, v36
;; @0018 v40 = iconst.i64 0
;; @0018 v41 = icmp slt v39, v40
;; @0018 brif v41, block12, block13
;;
;; block12 cold:
;; @0018 v42 = load.i64 notrap aligned readonly can_move v0
;; @0018 v43 = load.i64 notrap aligned readonly can_move v42+112
;; @0018 v44 = load.i64 notrap aligned readonly can_move v43+136
;; @0018 v45 = call_indirect sig4, v44(v0)
;; @0018 v46 = iconst.i64 0
;; @0018 v47 = icmp ne v45, v46
;; @0018 brif v47, block14, block15
;;
;; block14 cold:
;; @0018 v48 = iconst.i64 1
;; @0018 v49 = iconst.i64 @
;; @0018 v50 = iconst.i64 24
;; @0018 v51 = iconst.i64 @
;; @0018 v52 = get_frame_pointer.i64
;; @0018 call_indirect sig5, v51(v0, v48, v49, v50, v52)
;; @0018 trap user10
;;
;; block15:
;; @0018 jump block13
;;
;; block13:
;; @0018 v53 = load.i64 notrap aligned readonly can_move v0
;; @0018 v54 = load.i64 notrap aligned readonly can_move v53+16
;; @0018 v55 = atomic_load.i64 notrap aligned v54
;; @0018 v56 = load.i64 notrap aligned region0 v53+8
;; @0018 v57 = icmp uge v55, v56
;; @0018 brif v57, block16, block17
;;
;; block16 cold:
;; @0018 v58 = load.i64 notrap aligned readonly can_move v0
;; @0018 v59 = load.i64 notrap aligned readonly can_move v58+112
;; @0018 v60 = load.i64 notrap aligned readonly can_move v59+144
;; @0018 v61 = call_indirect sig6, v60(v0)
;; @0018 v62 = iconst.i64 0
;; @0018 v63 = icmp ne v61, v62
;; @0018 brif v63, block18, block19
;;
;; block18 cold:
;; @0018 v64 = iconst.i64 1
;; @0018 v65 = iconst.i64 @
;; @0018 v66 = iconst.i64 24
;; @0018 v67 = iconst.i64 @
;; @0018 v68 = get_frame_pointer.i64
;; @0018 call_indirect sig7, v67(v0, v64, v65, v66, v68)
;; @0018 trap user10
;;
;; block19:
;; @0018 jump block17
;;
;; block17:
;; @001c v72 = iconst.i32 1
;; @001e v73 = isub.i32 v71, v72
;; @0021 brif v73, block11(v73), block20
;;
;; block20:
;; @0021 v74 = load.i64 notrap aligned readonly can_move v0
;; @0021 v75 = load.i64 notrap aligned region0 v74
;; @0021 v76 = iconst.i64 0
;; @0021 v77 = isub v75, v76
;; @0021 store notrap aligned region0 v77, v74
;; @0021 v78 = iconst.i64 0
;; @0021 v79 = icmp slt v77, v78
;; @0021 brif v79, block21, block22
;;
;; block21 cold:
;; @0021 v80 = load.i64 notrap aligned readonly can_move v0
;; @0021 v81 = load.i64 notrap aligned readonly can_move v80+112
;; @0021 v82 = load.i64 notrap aligned readonly can_move v81+136
;; @0021 v83 = call_indirect sig8, v82(v0)
;; @0021 v84 = iconst.i64 0
;; @0021 v85 = icmp ne v83, v84
;; @0021 brif v85, block23, block24
;;
;; block23 cold:
;; @0021 v86 = iconst.i64 1
;; @0021 v87 = iconst.i64 @
;; @0021 v88 = iconst.i64 33
;; @0021 v89 = iconst.i64 @
;; @0021 v90 = get_frame_pointer.i64
;; @0021 call_indirect sig9, v89(v0, v86, v87, v88, v90)
;; @0021 trap user10
;;
;; block24:
;; @0021 jump block22
;;
;; block22:
;; @0023 jump block10
;;
;; block10:
;; @0024 jump block1
;;
;; block1:
;; @0024 return
;; }
;; 550 bytes
