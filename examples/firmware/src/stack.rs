//! How deep the stack got: what lies below it is painted, and whatever has lost its paint was used.

unsafe extern "C" {
    // Of the linker script of `cortex-m-rt`: where static memory ends, and where the stack begins.
    static __sheap: u8;
    static _stack_start: u8;
}

const PAINT: u32 = 0xa5a5_5a5a;

/// Bytes above the lowest one in use that are left alone: the frames of these functions.
const MARGIN: usize = 256;

fn bounds() -> (*mut u32, *mut u32) {
    ((&raw const __sheap).cast_mut().cast(), (&raw const _stack_start).cast_mut().cast())
}

/// Paints all that is free.
#[inline(never)]
pub fn paint() {
    let (mut at, _) = bounds();
    let end = cortex_m::register::msp::read() as usize - MARGIN;
    while (at as usize) < end {
        // SAFETY: between static memory and the lowest frame nothing lies.
        unsafe { at.write_volatile(PAINT) };
        at = at.wrapping_add(1);
    }
}

/// Bytes that were used at most since the last [`paint`].
#[inline(never)]
pub fn peak() -> usize {
    let (mut at, end) = bounds();
    // SAFETY: the stack and what lies below it may be read as words.
    while at < end && unsafe { at.read_volatile() } == PAINT {
        at = at.wrapping_add(1);
    }
    end as usize - at as usize
}
