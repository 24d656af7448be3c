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
;; sig1 = (i64, i64, i64, i64, i64, i64) system_v
;; sig2 = (i64) -> i64 system_v
;; sig3 = (i64, i64, i64, i64, i64, i64) system_v
;; sig4 = (i64) -> i64 system_v
;; sig5 = (i64, i64, i64, i64, i64, i64) system_v
;; sig6 = (i64) -> i64 system_v
;; sig7 = (i64, i64, i64, i64, i64, i64) system_v
;; sig8 = (i64) -> i64 system_v
;; sig9 = (i64, i64, i64, i64, i64, i64) system_v
;; stack_limit = gv2
;;
;; block0(v0: i64, v1: i64, v2: i32):
;; v126 -> v2
;; v127 -> v2
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
;; v16 = iconst.i64 0
;; store notrap aligned region0 v16, v12+72
;; v17 = call_indirect sig0, v11(v0)
;; v18 = iconst.i64 0
;; store notrap aligned region0 v18, v12+48
;; store notrap aligned region0 v18, v12+56
;; v19 = iconst.i64 0
;; v20 = icmp ne v17, v19
;; brif v20, block4, block5
;;
;; block4 cold:
;; v21 = iconst.i64 1
;; v22 = iconst.i64 @
;; v23 = iconst.i64 23
;; v24 = iconst.i64 @
;; v25 = get_frame_pointer.i64
;; v26 = iconst.i64 0
;; call_indirect sig1, v24(v0, v21, v22, v23, v25, v26)
;; trap user10
;;
;; block5:
;; jump block3
;;
;; block3:
;; v27 = load.i64 notrap aligned readonly can_move v0
;; v28 = load.i64 notrap aligned readonly can_move v27+16
;; v29 = atomic_load.i64 notrap aligned v28
;; v30 = load.i64 notrap aligned region0 v27+8
;; v31 = icmp uge v29, v30
;; brif v31, block6, block7
;;
;; block6 cold:
;; v32 = load.i64 notrap aligned readonly can_move v0
;; v33 = load.i64 notrap aligned readonly can_move v32+168
;; v34 = load.i64 notrap aligned readonly can_move v33+160
;; v35 = load.i64 notrap aligned region0 v32+160
;; v36 = get_frame_pointer.i64
;; v37 = iconst.i64 @
;; v38 = iconst.i32 23
;; store notrap aligned region0 v36, v35+48
;; store notrap aligned region0 v37, v35+56
;; store notrap aligned region0 v38, v35+64
;; v39 = iconst.i64 0
;; store notrap aligned region0 v39, v35+72
;; v40 = call_indirect sig2, v34(v0)
;; v41 = iconst.i64 0
;; store notrap aligned region0 v41, v35+48
;; store notrap aligned region0 v41, v35+56
;; v42 = iconst.i64 0
;; v43 = icmp ne v40, v42
;; brif v43, block8, block9
;;
;; block8 cold:
;; v44 = iconst.i64 1
;; v45 = iconst.i64 @
;; v46 = iconst.i64 23
;; v47 = iconst.i64 @
;; v48 = get_frame_pointer.i64
;; v49 = iconst.i64 0
;; call_indirect sig3, v47(v0, v44, v45, v46, v48, v49)
;; trap user10
;;
;; block9:
;; jump block7
;;
;; block7:
;; @0018 jump block11(v2)
;;
;; block11(v99: i32):
;; v97 -> v99
;; v98 -> v99
;; @0018 v50 = load.i64 notrap aligned readonly can_move v0
;; @0018 v51 = load.i64 notrap aligned region0 v50
;; @0018 v52 = iconst.i64 5
;; @0018 v53 = isub v51, v52
;; @0018 store notrap aligned region0 v53, v50
;; @0018 v54 = iconst.i64 0
;; @0018 v55 = icmp slt v53, v54
;; @0018 brif v55, block12, block13
;;
;; block12 cold:
;; @0018 v56 = load.i64 notrap aligned readonly can_move v0
;; @0018 v57 = load.i64 notrap aligned readonly can_move v56+168
;; @0018 v58 = load.i64 notrap aligned readonly can_move v57+152
;; @0018 v59 = load.i64 notrap aligned region0 v56+160
;; @0018 v60 = get_frame_pointer.i64
;; @0018 v61 = iconst.i64 @
;; @0018 v62 = iconst.i32 24
;; @0018 store notrap aligned region0 v60, v59+48
;; @0018 store notrap aligned region0 v61, v59+56
;; @0018 store notrap aligned region0 v62, v59+64
;; @0018 v63 = iconst.i64 0
;; @0018 store notrap aligned region0 v63, v59+72
;; @0018 v64 = call_indirect sig4, v58(v0)
;; @0018 v65 = iconst.i64 0
;; @0018 store notrap aligned region0 v65, v59+48
;; @0018 store notrap aligned region0 v65, v59+56
;; @0018 v66 = iconst.i64 0
;; @0018 v67 = icmp ne v64, v66
;; @0018 brif v67, block14, block15
;;
;; block14 cold:
;; @0018 v68 = iconst.i64 1
;; @0018 v69 = iconst.i64 @
;; @0018 v70 = iconst.i64 24
;; @0018 v71 = iconst.i64 @
;; @0018 v72 = get_frame_pointer.i64
;; @0018 v73 = iconst.i64 0
;; @0018 call_indirect sig5, v71(v0, v68, v69, v70, v72, v73)
;; @0018 trap user10
;;
;; block15:
;; @0018 jump block13
;;
;; block13:
;; @0018 v74 = load.i64 notrap aligned readonly can_move v0
;; @0018 v75 = load.i64 notrap aligned readonly can_move v74+16
;; @0018 v76 = atomic_load.i64 notrap aligned v75
;; @0018 v77 = load.i64 notrap aligned region0 v74+8
;; @0018 v78 = icmp uge v76, v77
;; @0018 brif v78, block16, block17
;;
;; block16 cold:
;; @0018 v79 = load.i64 notrap aligned readonly can_move v0
;; @0018 v80 = load.i64 notrap aligned readonly can_move v79+168
;; @0018 v81 = load.i64 notrap aligned readonly can_move v80+160
;; @0018 v82 = load.i64 notrap aligned region0 v79+160
;; @0018 v83 = get_frame_pointer.i64
;; @0018 v84 = iconst.i64 @
;; @0018 v85 = iconst.i32 24
;; @0018 store notrap aligned region0 v83, v82+48
;; @0018 store notrap aligned region0 v84, v82+56
;; @0018 store notrap aligned region0 v85, v82+64
;; @0018 v86 = iconst.i64 0
;; @0018 store notrap aligned region0 v86, v82+72
;; @0018 v87 = call_indirect sig6, v81(v0)
;; @0018 v88 = iconst.i64 0
;; @0018 store notrap aligned region0 v88, v82+48
;; @0018 store notrap aligned region0 v88, v82+56
;; @0018 v89 = iconst.i64 0
;; @0018 v90 = icmp ne v87, v89
;; @0018 brif v90, block18, block19
;;
;; block18 cold:
;; @0018 v91 = iconst.i64 1
;; @0018 v92 = iconst.i64 @
;; @0018 v93 = iconst.i64 24
;; @0018 v94 = iconst.i64 @
;; @0018 v95 = get_frame_pointer.i64
;; @0018 v96 = iconst.i64 0
;; @0018 call_indirect sig7, v94(v0, v91, v92, v93, v95, v96)
;; @0018 trap user10
;;
;; block19:
;; @0018 jump block17
;;
;; block17:
;; @001c v100 = iconst.i32 1
;; @001e v101 = isub.i32 v99, v100
;; @0021 brif v101, block11(v101), block20
;;
;; block20:
;; @0021 v102 = load.i64 notrap aligned readonly can_move v0
;; @0021 v103 = load.i64 notrap aligned region0 v102
;; @0021 v104 = iconst.i64 0
;; @0021 v105 = isub v103, v104
;; @0021 store notrap aligned region0 v105, v102
;; @0021 v106 = iconst.i64 0
;; @0021 v107 = icmp slt v105, v106
;; @0021 brif v107, block21, block22
;;
;; block21 cold:
;; @0021 v108 = load.i64 notrap aligned readonly can_move v0
;; @0021 v109 = load.i64 notrap aligned readonly can_move v108+168
;; @0021 v110 = load.i64 notrap aligned readonly can_move v109+152
;; @0021 v111 = load.i64 notrap aligned region0 v108+160
;; @0021 v112 = get_frame_pointer.i64
;; @0021 v113 = iconst.i64 @
;; @0021 v114 = iconst.i32 33
;; @0021 store notrap aligned region0 v112, v111+48
;; @0021 store notrap aligned region0 v113, v111+56
;; @0021 store notrap aligned region0 v114, v111+64
;; @0021 v115 = iconst.i64 0
;; @0021 store notrap aligned region0 v115, v111+72
;; @0021 v116 = call_indirect sig8, v110(v0)
;; @0021 v117 = iconst.i64 0
;; @0021 store notrap aligned region0 v117, v111+48
;; @0021 store notrap aligned region0 v117, v111+56
;; @0021 v118 = iconst.i64 0
;; @0021 v119 = icmp ne v116, v118
;; @0021 brif v119, block23, block24
;;
;; block23 cold:
;; @0021 v120 = iconst.i64 1
;; @0021 v121 = iconst.i64 @
;; @0021 v122 = iconst.i64 33
;; @0021 v123 = iconst.i64 @
;; @0021 v124 = get_frame_pointer.i64
;; @0021 v125 = iconst.i64 0
;; @0021 call_indirect sig9, v123(v0, v120, v121, v122, v124, v125)
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
;; 911 bytes
