//! Cursors over the core values of one lift or lower.
//!
//! A cell always holds the bits of its value with zeros above, so the payload joins of the canonical ABI (an `f32`
//! carried by an `i64`, and so on) need no code: what was lowered as one type reads back as the other.

use coracle_vm::raw::RawVal;

/// Core values being written.
#[derive(Debug)]
pub struct FlatDst<'a> {
    cells: &'a mut [RawVal],
    len: usize,
}

impl<'a> FlatDst<'a> {
    /// Writes from the start of `cells`.
    pub fn new(cells: &'a mut [RawVal]) -> Self {
        Self { cells, len: 0 }
    }

    /// How many were written.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none was written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Writes one.
    ///
    /// # Panics
    /// If there is no room: the number of core values is part of the type, and was checked with it.
    #[inline(always)]
    pub fn push(&mut self, value: RawVal) {
        self.cells[self.len] = value;
        self.len += 1;
    }

    /// Writes an address or length.
    #[inline(always)]
    pub fn push_ptr(&mut self, value: usize) {
        self.push(RawVal::from_usize(value));
    }

    /// Writes zeros until there are `len`: the core values that a smaller payload leaves over.
    #[inline]
    pub fn pad_to(&mut self, len: usize) {
        while self.len < len {
            self.push(RawVal::ZERO);
        }
    }
}

/// Core values being read.
#[derive(Clone, Debug)]
pub struct FlatSrc<'a> {
    cells: &'a [RawVal],
    at: usize,
}

impl<'a> FlatSrc<'a> {
    /// Reads from the start of `cells`.
    pub fn new(cells: &'a [RawVal]) -> Self {
        Self { cells, at: 0 }
    }

    /// How many were read.
    #[inline]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Reads one.
    ///
    /// # Panics
    /// If there is none left: the number of core values is part of the type, and was checked with it.
    #[inline(always)]
    #[allow(clippy::should_implement_trait)] // An iterator would end; this must not.
    pub fn next(&mut self) -> RawVal {
        let cell = self.cells[self.at];
        self.at += 1;
        cell
    }

    /// Goes on at `position`: behind the core values that a smaller payload leaves over.
    #[inline]
    pub fn skip_to(&mut self, position: usize) {
        self.at = position;
    }
}
