//! What lies in flash, by section.

use cortex_m_semihosting::hprintln;

unsafe extern "C" {
    // Of the linker script of `cortex-m-rt`. Only their addresses mean something.
    static __vector_table: u8;
    static __etext: u8;
    static __srodata: u8;
    static __erodata: u8;
    static __sdata: u8;
    static __edata: u8;
    static __sbss: u8;
    static __ebss: u8;
}

/// Prints how many bytes each section takes.
pub fn print() {
    let span = |from: *const u8, to: *const u8| to as usize - from as usize;
    let text = span(&raw const __vector_table, &raw const __etext);
    let constants = span(&raw const __srodata, &raw const __erodata);
    let data = span(&raw const __sdata, &raw const __edata);
    let zeroed = span(&raw const __sbss, &raw const __ebss);
    hprintln!("flash: {} bytes = {} code, {} constants, {} data", text + constants + data, text, constants, data);
    hprintln!("static memory: {} bytes, the heap's {} among them", data + zeroed, crate::heap::BYTES);
}
