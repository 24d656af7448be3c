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
;; v116 -> v2
;; v117 -> v2
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
;; v10 = load.i64 notrap aligned readonly can_move v9+168
;; v11 = load.i64 notrap aligned readonly can_move v10+152
;; v12 = load.i64 notrap aligned region0 v9+160
;; v13 = get_frame_pointer.i64
;; v14 = iconst.i64 @
;; v15 = iconst.i32 23
;; store notrap aligned region0 v13, v12+48
;; store notrap aligned region0 v14, v12+56
;; store notrap aligned region0 v15, v12+64
;; v16 = call_indirect sig0, v11(v0)
;; v17 = iconst.i64 0
;; store notrap aligned region0 v17, v12+48
;; store notrap aligned region0 v17, v12+56
;; v18 = iconst.i64 0
;; v19 = icmp ne v16, v18
;; brif v19, block4, block5
;;
;; block4 cold:
;; v20 = iconst.i64 1
;; v21 = iconst.i64 @
;; v22 = iconst.i64 23
;; v23 = iconst.i64 @
;; v24 = get_frame_pointer.i64
;; call_indirect sig1, v23(v0, v20, v21, v22, v24)
;; trap user10
;;
;; block5:
;; jump block3
;;
;; block3:
;; v25 = load.i64 notrap aligned readonly can_move v0
;; v26 = load.i64 notrap aligned readonly can_move v25+16
;; v27 = atomic_load.i64 notrap aligned v26
;; v28 = load.i64 notrap aligned region0 v25+8
;; v29 = icmp uge v27, v28
;; brif v29, block6, block7
;;
;; block6 cold:
;; v30 = load.i64 notrap aligned readonly can_move v0
;; v31 = load.i64 notrap aligned readonly can_move v30+168
;; v32 = load.i64 notrap aligned readonly can_move v31+160
;; v33 = load.i64 notrap aligned region0 v30+160
;; v34 = get_frame_pointer.i64
;; v35 = iconst.i64 @
;; v36 = iconst.i32 23
;; store notrap aligned region0 v34, v33+48
;; store notrap aligned region0 v35, v33+56
;; store notrap aligned region0 v36, v33+64
;; v37 = call_indirect sig2, v32(v0)
;; v38 = iconst.i64 0
;; store notrap aligned region0 v38, v33+48
;; store notrap aligned region0 v38, v33+56
;; v39 = iconst.i64 0
;; v40 = icmp ne v37, v39
;; brif v40, block8, block9
;;
;; block8 cold:
;; v41 = iconst.i64 1
;; v42 = iconst.i64 @
;; v43 = iconst.i64 23
;; v44 = iconst.i64 @
;; v45 = get_frame_pointer.i64
;; call_indirect sig3, v44(v0, v41, v42, v43, v45)
;; trap user10
;;
;; block9:
;; jump block7
;;
;; block7:
;; @0018 jump block11(v2)
;;
;; block11(v91: i32):
;; v89 -> v91
;; v90 -> v91
;; @0018 v46 = load.i64 notrap aligned readonly can_move v0
;; @0018 v47 = load.i64 notrap aligned region0 v46
;; @0018 v48 = iconst.i64 5
;; @0018 v49 = isub v47, v48
;; @0018 store notrap aligned region0 v49, v46
;; @0018 v50 = iconst.i64 0
;; @0018 v51 = icmp slt v49, v50
;; @0018 brif v51, block12, block13
;;
;; block12 cold:
;; @0018 v52 = load.i64 notrap aligned readonly can_move v0
;; @0018 v53 = load.i64 notrap aligned readonly can_move v52+168
;; @0018 v54 = load.i64 notrap aligned readonly can_move v53+152
;; @0018 v55 = load.i64 notrap aligned region0 v52+160
;; @0018 v56 = get_frame_pointer.i64
;; @0018 v57 = iconst.i64 @
;; @0018 v58 = iconst.i32 24
;; @0018 store notrap aligned region0 v56, v55+48
;; @0018 store notrap aligned region0 v57, v55+56
;; @0018 store notrap aligned region0 v58, v55+64
;; @0018 v59 = call_indirect sig4, v54(v0)
;; @0018 v60 = iconst.i64 0
;; @0018 store notrap aligned region0 v60, v55+48
;; @0018 store notrap aligned region0 v60, v55+56
;; @0018 v61 = iconst.i64 0
;; @0018 v62 = icmp ne v59, v61
;; @0018 brif v62, block14, block15
;;
;; block14 cold:
;; @0018 v63 = iconst.i64 1
;; @0018 v64 = iconst.i64 @
;; @0018 v65 = iconst.i64 24
;; @0018 v66 = iconst.i64 @
;; @0018 v67 = get_frame_pointer.i64
;; @0018 call_indirect sig5, v66(v0, v63, v64, v65, v67)
;; @0018 trap user10
;;
;; block15:
;; @0018 jump block13
;;
;; block13:
;; @0018 v68 = load.i64 notrap aligned readonly can_move v0
;; @0018 v69 = load.i64 notrap aligned readonly can_move v68+16
;; @0018 v70 = atomic_load.i64 notrap aligned v69
;; @0018 v71 = load.i64 notrap aligned region0 v68+8
;; @0018 v72 = icmp uge v70, v71
;; @0018 brif v72, block16, block17
;;
;; block16 cold:
;; @0018 v73 = load.i64 notrap aligned readonly can_move v0
;; @0018 v74 = load.i64 notrap aligned readonly can_move v73+168
;; @0018 v75 = load.i64 notrap aligned readonly can_move v74+160
;; @0018 v76 = load.i64 notrap aligned region0 v73+160
;; @0018 v77 = get_frame_pointer.i64
;; @0018 v78 = iconst.i64 @
;; @0018 v79 = iconst.i32 24
;; @0018 store notrap aligned region0 v77, v76+48
;; @0018 store notrap aligned region0 v78, v76+56
;; @0018 store notrap aligned region0 v79, v76+64
;; @0018 v80 = call_indirect sig6, v75(v0)
;; @0018 v81 = iconst.i64 0
;; @0018 store notrap aligned region0 v81, v76+48
;; @0018 store notrap aligned region0 v81, v76+56
;; @0018 v82 = iconst.i64 0
;; @0018 v83 = icmp ne v80, v82
;; @0018 brif v83, block18, block19
;;
;; block18 cold:
;; @0018 v84 = iconst.i64 1
;; @0018 v85 = iconst.i64 @
;; @0018 v86 = iconst.i64 24
;; @0018 v87 = iconst.i64 @
;; @0018 v88 = get_frame_pointer.i64
;; @0018 call_indirect sig7, v87(v0, v84, v85, v86, v88)
;; @0018 trap user10
;;
;; block19:
;; @0018 jump block17
;;
;; block17:
;; @001c v92 = iconst.i32 1
;; @001e v93 = isub.i32 v91, v92
;; @0021 brif v93, block11(v93), block20
;;
;; block20:
;; @0021 v94 = load.i64 notrap aligned readonly can_move v0
;; @0021 v95 = load.i64 notrap aligned region0 v94
;; @0021 v96 = iconst.i64 0
;; @0021 v97 = isub v95, v96
;; @0021 store notrap aligned region0 v97, v94
;; @0021 v98 = iconst.i64 0
;; @0021 v99 = icmp slt v97, v98
;; @0021 brif v99, block21, block22
;;
;; block21 cold:
;; @0021 v100 = load.i64 notrap aligned readonly can_move v0
;; @0021 v101 = load.i64 notrap aligned readonly can_move v100+168
;; @0021 v102 = load.i64 notrap aligned readonly can_move v101+152
;; @0021 v103 = load.i64 notrap aligned region0 v100+160
;; @0021 v104 = get_frame_pointer.i64
;; @0021 v105 = iconst.i64 @
;; @0021 v106 = iconst.i32 33
;; @0021 store notrap aligned region0 v104, v103+48
;; @0021 store notrap aligned region0 v105, v103+56
;; @0021 store notrap aligned region0 v106, v103+64
;; @0021 v107 = call_indirect sig8, v102(v0)
;; @0021 v108 = iconst.i64 0
;; @0021 store notrap aligned region0 v108, v103+48
;; @0021 store notrap aligned region0 v108, v103+56
;; @0021 v109 = iconst.i64 0
;; @0021 v110 = icmp ne v107, v109
;; @0021 brif v110, block23, block24
;;
;; block23 cold:
;; @0021 v111 = iconst.i64 1
;; @0021 v112 = iconst.i64 @
;; @0021 v113 = iconst.i64 33
;; @0021 v114 = iconst.i64 @
;; @0021 v115 = get_frame_pointer.i64
;; @0021 call_indirect sig9, v114(v0, v111, v112, v113, v115)
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
;; 860 bytes
