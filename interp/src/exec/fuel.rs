//! The fuel register: what is left to burn, as long as the interpreter runs.
//!
//! It would be the seventh whole number among the registers, and there are arguments for six. On x86-64 it rides in a
//! vector register, where it costs nothing to carry along and a subtraction takes one cycle; in memory each block of a
//! program would wait for the last one's store. Elsewhere it is a number.
//!
//! # Invariants
//! - FU1. While handlers run, the store's own count is out of date. Whatever leaves the interpreter, or lets the host
//!   look at the store, writes it back first and reads it again after.
#![allow(unsafe_code)] // Instructions on vectors, which every x86-64 has.

#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{
    __m128i, _mm_castsi128_pd, _mm_cvtsi32_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_movemask_pd, _mm_sub_epi64,
};

/// The fuel that is left; below zero when more was taken than there was.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Fuel(__m128i);

#[cfg(target_arch = "x86_64")]
impl Fuel {
    /// So much.
    #[inline(always)]
    pub(crate) fn new(left: i64) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_cvtsi64_si128(left) })
    }

    /// How much it is.
    #[inline(always)]
    pub(crate) fn left(self) -> i64 {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cvtsi128_si64(self.0) }
    }

    /// What is left when `cost` was taken.
    #[inline(always)]
    pub(crate) fn less(self, cost: u32) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_sub_epi64(self.0, _mm_cvtsi32_si128(cost as i32)) })
    }

    /// Whether more was taken than there was.
    #[inline(always)]
    pub(crate) fn is_spent(self) -> bool {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_movemask_pd(_mm_castsi128_pd(self.0)) & 1 != 0 }
    }
}

/// The fuel that is left; below zero when more was taken than there was.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Fuel(i64);

#[cfg(not(target_arch = "x86_64"))]
impl Fuel {
    /// So much.
    #[inline(always)]
    pub(crate) fn new(left: i64) -> Self {
        Self(left)
    }

    /// How much it is.
    #[inline(always)]
    pub(crate) fn left(self) -> i64 {
        self.0
    }

    /// What is left when `cost` was taken.
    #[inline(always)]
    pub(crate) fn less(self, cost: u32) -> Self {
        Self(self.0 - i64::from(cost))
    }

    /// Whether more was taken than there was.
    #[inline(always)]
    pub(crate) fn is_spent(self) -> bool {
        self.0 < 0
    }
}
