//! Branch hints, the one custom section whose contents scripts call invalid.
//!
//! The section `metadata.code.branch_hint` names positions in function bodies; a hint stands before an `if` or a
//! `br_if`, or it is invalid. Engines ignore bad custom sections, so loading a module does not tell.

use coracle::{ExternType, Module, Result, bail};

const CUSTOM: u8 = 0;
const CODE: u8 = 10;
const IF: u8 = 0x04;
const BR_IF: u8 = 0x0d;

/// Checks that every branch hint of a module stands before a conditional branch.
///
/// # Errors
/// When one does not, or the section cannot be read.
pub(crate) fn check(module: &Module, binary: &[u8]) -> Result<()> {
    let imported = module.imports().filter(|import| matches!(import.ty(), ExternType::Func(_))).count();
    let mut hints = None;
    let mut bodies = Vec::new();
    let mut at = Cursor(binary.get(8..).unwrap_or_default());
    while let Some(id) = at.byte() {
        let mut section = Cursor(at.sized()?);
        if id == CUSTOM && section.sized()? == b"metadata.code.branch_hint" {
            hints = Some(section);
        } else if id == CODE {
            for _ in 0..section.number()? {
                bodies.push(section.sized()?);
            }
        }
    }
    let Some(mut hints) = hints else { return Ok(()) };
    for _ in 0..hints.number()? {
        let func = hints.number()?;
        let body = func.checked_sub(imported).and_then(|defined| bodies.get(defined));
        for _ in 0..hints.number()? {
            let position = hints.number()?;
            hints.sized()?;
            match body.and_then(|body| body.get(position)) {
                Some(&(IF | BR_IF)) => {}
                _ => bail!("a branch hint of function {func} at {position} stands before no conditional branch"),
            }
        }
    }
    Ok(())
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Result<usize> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let Some(byte) = self.byte() else { break };
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(usize::try_from(value)?);
            }
        }
        bail!("a number is cut off or too long")
    }

    /// Bytes behind their number.
    fn sized(&mut self) -> Result<&'a [u8]> {
        let count = self.number()?;
        let Some((bytes, rest)) = self.0.split_at_checked(count) else { bail!("a section is cut off") };
        self.0 = rest;
        Ok(bytes)
    }
}
