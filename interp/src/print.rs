//! Code as text: one op per line, from the table alone.

use crate::exec::forms::{form_of, op_words};
use crate::exec::machine::Field;
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
        let bytes: alloc::vec::Vec<u8> = ops[at + 1..].iter().take(8).flat_map(|word| word.to_ne_bytes()).collect();
        let half = |i: u8| u16::from_ne_bytes([bytes[i as usize], bytes[i as usize + 1]]);
        let full = |i: u8| u32::from(half(i)) | u32::from(half(i + 2)) << 16;
        let full = |i: u8| if cfg!(target_endian = "big") { full(i).rotate_left(16) } else { full(i) };
        let _ = write!(text, "{at:5}: {}", row.text());
        if !form.name.is_empty() {
            let _ = write!(text, "_{}", form.name);
        }
        for field in form.fields {
            let _ = match field {
                Field::None => Ok(()),
                Field::Dst(i) | Field::Src(i) => write!(text, " ${}", half(i)),
                Field::DstAcc | Field::SrcAcc => write!(text, " r"),
                Field::Imm16(i) => write!(text, " {}", half(i)),
                Field::Imm32(i) => write!(text, " {}", full(i)),
                Field::Imm64(i) => write!(text, " {:#x}", ops[at + 1 + i as usize / 8]),
                Field::Target(i) => write!(text, " @{}", at as i64 + i64::from(full(i) as i32)),
                Field::Copy(i) => write!(text, " ${}=${}", half(i), half(i + 2)),
                Field::Run(i) => write!(text, " ${}+{}", half(i), half(i + 2)),
                Field::Targets(i) => {
                    let count = full(i) as usize + 1;
                    write!(text, " [{count}]")
                }
            };
        }
        let _ = writeln!(text);
        at += op_words(&ops[at..]).unwrap_or(1);
    }
    text
}
