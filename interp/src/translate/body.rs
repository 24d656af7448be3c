//! The operators of a body, one after the other.

use crate::translate::func::{Func, malformed};
use crate::translate::read;
use coracle_error::Result;
use coracle_image::parse::operator::operator;
use wasmparser::BinaryReader;

/// Translates the operators of the body that `func` is at: `ops` is what is left of its bytes.
pub(crate) fn operators(func: &mut Func<'_>, mut ops: BinaryReader<'_>) -> Result<()> {
    let counts = func.counts();
    let (bytes, mut at) = (func.body.bytes, func.body.bytes.len() - ops.bytes_remaining());
    while at < bytes.len() {
        func.offset = (func.body.offset + at) as u32;
        func.make_room()?;
        let frequent =
            if func.few || func.dead || func.fuel.is_some() { 0 } else { read::frequent(func, &bytes[at..])? };
        at += frequent;
        if frequent != 0 && counts {
            func.works(1);
        }
        if frequent == 0 {
            let behind = at - (bytes.len() - ops.bytes_remaining());
            ops.read_bytes(behind).map_err(malformed)?;
            func.make_more_room()?;
            func.visit(&operator(&mut ops)?)?;
            at = bytes.len() - ops.bytes_remaining();
        }
    }
    Ok(())
}
