//! What the compiler made of the handlers: that they jump.
//!
//! The machine code is read from the test's own binary: the symbol table tells where a handler begins and ends.

use crate::exec::dispatch::HANDLERS;
use crate::exec::ops::{ROWS, form_of};
use std::collections::{BTreeMap, BTreeSet};
use std::{eprintln, format, fs, println, string::String, vec::Vec};

/// Handlers that end a run and go nowhere.
const ENDS: [&str; 2] = ["exit", "unreachable"];

/// Handlers that may make a frame on the host's stack, by how their names begin: those that call the runtime, those that
/// want more registers than there are, and those over many lanes. In others it would cost every run of the op.
const FRAMED: [&str; 24] = [
    "lazy",
    "foreign",
    "call",
    "return_call",
    "return_n",
    "zero",
    "throw",
    "memory.",
    "global.",
    "table.",
    "elem.",
    "data.",
    "atomic",
    "i32.div_s",
    "i64.div_s",
    "i64.add128",
    "i64.sub128",
    "v128",
    "i8x16",
    "i16x8",
    "i32x4",
    "i64x2",
    "f32x4",
    "f64x2",
];

/// A binary of this machine's word size and byte order.
struct Elf {
    bytes: Vec<u8>,
}

impl Elf {
    fn number<const N: usize>(&self, at: usize) -> u64 {
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(&self.bytes[at..at + N]);
        u64::from_le_bytes(wide)
    }

    /// The functions of the symbol table: address, then size.
    fn functions(&self) -> BTreeMap<u64, u64> {
        let (sections, entry) = (self.number::<8>(0x28) as usize, self.number::<2>(0x3a) as usize);
        let count = self.number::<2>(0x3c) as usize;
        let mut functions = BTreeMap::new();
        for section in (0..count).map(|i| sections + i * entry) {
            // SHT_SYMTAB
            if self.number::<4>(section + 4) != 2 {
                continue;
            }
            let (at, size) = (self.number::<8>(section + 0x18) as usize, self.number::<8>(section + 0x20) as usize);
            for symbol in (at..at + size).step_by(24) {
                // STT_FUNC
                if self.number::<1>(symbol + 4) & 15 == 2 {
                    functions.insert(self.number::<8>(symbol + 8), self.number::<8>(symbol + 16));
                }
            }
        }
        functions
    }

    /// The bytes that will lie at an address.
    fn at(&self, address: u64, size: u64) -> Option<&[u8]> {
        let (headers, entry) = (self.number::<8>(0x20) as usize, self.number::<2>(0x36) as usize);
        let count = self.number::<2>(0x38) as usize;
        (0..count).map(|i| headers + i * entry).find_map(|header| {
            let (offset, from) = (self.number::<8>(header + 8), self.number::<8>(header + 16));
            let held = self.number::<8>(header + 32);
            // PT_LOAD
            let loaded = self.number::<4>(header) == 1 && from <= address && address + size <= from + held;
            let at = (offset + address.wrapping_sub(from)) as usize;
            loaded.then(|| &self.bytes[at..at + size as usize])
        })
    }
}

/// Where the test's own binary begins in memory.
fn base() -> Option<u64> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let own = fs::read_link("/proc/self/exe").ok()?;
    let line = maps.lines().find(|line| line.ends_with(&*own.to_string_lossy()))?;
    u64::from_str_radix(line.split('-').next()?, 16).ok()
}

/// Whether machine code has a jump to an address that it computed. On x86-64 other bytes may look like one; a handler
/// that lost its jump would have to have them by chance, and so would all the others that lose it with it.
fn jumps(code: &[u8]) -> bool {
    if cfg!(target_arch = "aarch64") {
        return code.chunks_exact(4).any(|word| {
            // br x0 … x30
            u32::from_le_bytes([word[0], word[1], word[2], word[3]]) & 0xffff_fc1f == 0xd61f_0000
        });
    }
    // Opcode FF with 4 in the middle of the next byte.
    code.windows(2).any(|pair| pair[0] == 0xff && pair[1] >> 3 & 7 == 4)
}

/// Whether machine code begins by making a frame on the host's stack.
fn has_frame(code: &[u8]) -> bool {
    if cfg!(target_arch = "aarch64") {
        // sub sp, sp, #…; stp x, x, [sp, #-…]!
        let first = code.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        return first & 0xff00_03ff == 0xd100_03ff || first & 0xffc0_03e0 == 0xa980_03e0;
    }
    // push; push of a later register; sub rsp, …
    matches!(code, [0x50..=0x57, ..] | [0x41, 0x50..=0x57, ..] | [0x48, 0x81 | 0x83, 0xec, ..])
}

#[test]
fn handlers_end_in_jumps() {
    let (Ok(bytes), Some(base)) = (fs::read("/proc/self/exe"), base()) else {
        println!("skipped: no /proc/self");
        return;
    };
    let elf = Elf { bytes };
    if !elf.bytes.starts_with(b"\x7fELF\x02\x01") {
        println!("skipped: not an ELF of 64 bits");
        return;
    }
    // A binary that is not position-independent lies where it says.
    let bias = if elf.number::<2>(0x10) == 3 { base } else { 0 };
    let functions = elf.functions();
    let (mut checked, mut without, mut framed) = (0, BTreeSet::new(), BTreeSet::new());
    for op in (0..ROWS as u16 * 16).filter(|&op| form_of(op).is_some()) {
        let Some((row, form)) = form_of(op) else { continue };
        let name = format!("{}_{}", row.text(), form.name);
        let name = name.trim_end_matches('_');
        let address = HANDLERS[op as usize >> 4][op as usize & 15] as usize as u64 - bias;
        let Some(code) = functions.get(&address).and_then(|&size| elf.at(address, size)) else {
            panic!("no symbol for {name}: has the binary been stripped?");
        };
        checked += 1;
        if !jumps(code) && !ENDS.contains(&name) {
            without.insert(String::from(name));
        }
        let may_have = FRAMED.iter().any(|known| name.starts_with(known)) || form.name.starts_with("any");
        if has_frame(code) && !may_have {
            framed.insert(String::from(name));
        }
    }
    println!("{checked} handlers");
    for f in &framed {
        println!("{f}");
    }
    assert!(checked > 1000, "{checked}");
    if !without.is_empty() {
        eprintln!("{without:?}");
    }
    assert!(without.is_empty(), "{} handlers do not jump to the next", without.len());
    assert!(framed.is_empty(), "handlers that make a frame of their own: {framed:?}");
}
