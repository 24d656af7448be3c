@ Copies and fills in a sixth of the code that `compiler_builtins` has for them, which is written for speed: words while there
@ are some, wherever they lie (Armv7E-M loads and stores single words at any address), then bytes.

    .syntax unified
    .thumb

    .macro function name:req, more:vararg
    .section .text.\name, "ax", %progbits
    function_goes_on \name, \more
    .endm

    .macro function_goes_on name:req, more:vararg
    .irp each, \name, \more
    .global \each
    .type \each, %function
    .thumb_func
\each:
    .endr
    .endm

@ memcpy(r0: to, r1: from, r2: bytes) -> to
    function memcpy, __aeabi_memcpy, __aeabi_memcpy4, __aeabi_memcpy8
    mov     ip, r0
1:  subs    r2, #4
    blo     2f
    ldr     r3, [r1], #4
    str     r3, [ip], #4
    b       1b
2:  adds    r2, #4
3:  subs    r2, #1
    it      lo
    bxlo    lr
    ldrb    r3, [r1], #1
    strb    r3, [ip], #1
    b       3b

@ memmove(r0: to, r1: from, r2: bytes) -> to; from the end on where `to` lies within what is copied
    function memmove, __aeabi_memmove, __aeabi_memmove4, __aeabi_memmove8
    subs    r3, r0, r1
    cmp     r3, r2
    bhs     memcpy
    add     r1, r2
    adds    r3, r0, r2
1:  subs    r2, #4
    blo     2f
    ldr     ip, [r1, #-4]!
    str     ip, [r3, #-4]!
    b       1b
2:  adds    r2, #4
3:  subs    r2, #1
    it      lo
    bxlo    lr
    ldrb    ip, [r1, #-1]!
    strb    ip, [r3, #-1]!
    b       3b

@ __aeabi_memclr(r0: to, r1: bytes), __aeabi_memset(r0: to, r1: bytes, r2: byte), memset(r0: to, r1: byte, r2: bytes) -> to
    function __aeabi_memclr, __aeabi_memclr4, __aeabi_memclr8
    movs    r2, #0
    function_goes_on __aeabi_memset, __aeabi_memset4, __aeabi_memset8
    eors    r1, r2
    eors    r2, r1
    eors    r1, r2
    function_goes_on memset
    uxtb    r1, r1
    orr     r1, r1, r1, lsl #8
    orr     r1, r1, r1, lsl #16
    mov     ip, r0
1:  subs    r2, #4
    blo     2f
    str     r1, [ip], #4
    b       1b
2:  adds    r2, #4
3:  subs    r2, #1
    it      lo
    bxlo    lr
    strb    r1, [ip], #1
    b       3b
