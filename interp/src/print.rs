//! Code as text: one op per line, from the table alone.

use crate::exec::forms::{form_of, op_words};
use crate::exec::operand::{Kind, full, half, placed};
use crate::translate::{self, Listing};
use alloc::string::String;
use coracle_error::Result;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::Module;
use core::fmt::Write;

/// The ops of a function.
///
/// # Errors
/// When the body cannot be translated: a limit, or a feature that is off.
pub(crate) fn of(module: &Module, func: DefinedFuncIndex) -> Result<String> {
    translate::for_print(module, func).map(|code| print(&code))
}

/// The ops of a listing.
fn print(listing: &Listing) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "frame {}", listing.frame_cells);
    let ops = &listing.ops;
    let mut at = 0;
    while at < ops.len() {
        let Some((row, form)) = form_of(ops[at] as u16) else {
            let _ = writeln!(text, "{at:5}: not an op: {:#x}", ops[at]);
            return text;
        };
        let _ = write!(text, "{at:5}: {}", row.text());
        if !form.name.is_empty() {
            let _ = write!(text, "_{}", form.name);
        }
        let op = &ops[at..];
        for (operand, i) in placed(form.operands) {
            let _ = match operand.kind {
                Kind::None => Ok(()),
                Kind::Dst | Kind::Src => write!(text, " ${}", half(op, i)),
                Kind::DstAcc | Kind::SrcAcc => write!(text, " r"),
                Kind::Imm16 => write!(text, " {}", half(op, i)),
                Kind::Imm32 | Kind::Link => write!(text, " {}", full(op, i)),
                Kind::Imm64 => write!(text, " {:#x}", op[1 + i / 8]),
                Kind::Target => write!(text, " @{}", at as i64 + i64::from(full(op, i) as i32)),
                Kind::Run => write!(text, " ${}+{}", half(op, i), half(op, i + 2)),
                Kind::Targets => write!(text, " [{}]", full(op, i) as usize + 1),
            };
        }
        let _ = writeln!(text);
        at += op_words(&ops[at..]).unwrap_or(1);
    }
    text
}
