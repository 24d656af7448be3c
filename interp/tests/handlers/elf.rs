//! The machine code of the running binary, by function.

use std::collections::BTreeMap;
use std::fs;

/// A binary of this machine's word size and byte order.
pub(crate) struct Elf {
    bytes: Vec<u8>,
    /// How much further on it lies in memory than it says.
    bias: u64,
    /// Its functions: address, then size and name.
    functions: BTreeMap<u64, (u64, String)>,
}

impl Elf {
    /// The running binary, if it is such a one.
    pub(crate) fn own() -> Option<Self> {
        let bytes = fs::read("/proc/self/exe").ok()?;
        if !bytes.starts_with(b"\x7fELF\x02\x01") {
            return None;
        }
        let mut elf = Self { bytes, bias: 0, functions: BTreeMap::new() };
        // A binary that is not position-independent lies where it says.
        elf.bias = if elf.number::<2>(0x10) == 3 { base()? } else { 0 };
        elf.functions = elf.symbols();
        Some(elf)
    }

    /// The function that begins at an address of this process: its address in the binary, and its code.
    pub(crate) fn function_at(&self, address: u64) -> Option<(u64, &[u8])> {
        let address = address.checked_sub(self.bias)?;
        let (size, _) = self.functions.get(&address)?;
        Some((address, self.at(address, *size)?))
    }

    /// The functions in whose symbols both texts occur: symbol, address in the binary, code.
    pub(crate) fn functions_named(&self, one: &str, other: &str) -> impl Iterator<Item = (String, u64, &[u8])> {
        let named = move |name: &str| name.contains(one) && name.contains(other);
        let functions = self.functions.iter().filter(move |(_, (_, name))| named(name));
        functions.filter_map(|(&address, (size, name))| Some((name.clone(), address, self.at(address, *size)?)))
    }

    fn number<const N: usize>(&self, at: usize) -> u64 {
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(&self.bytes[at..at + N]);
        u64::from_le_bytes(wide)
    }

    fn text(&self, at: usize) -> String {
        let bytes = self.bytes[at..].iter().take_while(|&&byte| byte != 0).copied().collect();
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// The functions of the symbol table.
    fn symbols(&self) -> BTreeMap<u64, (u64, String)> {
        let (sections, entry) = (self.number::<8>(0x28) as usize, self.number::<2>(0x3a) as usize);
        let count = self.number::<2>(0x3c) as usize;
        let mut functions = BTreeMap::new();
        for section in (0..count).map(|i| sections + i * entry) {
            // SHT_SYMTAB
            if self.number::<4>(section + 4) != 2 {
                continue;
            }
            let names = sections + self.number::<4>(section + 0x28) as usize * entry;
            let names = self.number::<8>(names + 0x18) as usize;
            let (at, size) = (self.number::<8>(section + 0x18) as usize, self.number::<8>(section + 0x20) as usize);
            for symbol in (at..at + size).step_by(24) {
                // STT_FUNC
                if self.number::<1>(symbol + 4) & 15 == 2 {
                    let name = self.text(names + self.number::<4>(symbol) as usize);
                    functions.insert(self.number::<8>(symbol + 8), (self.number::<8>(symbol + 16), name));
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

/// Where the running binary begins in memory.
fn base() -> Option<u64> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let own = fs::read_link("/proc/self/exe").ok()?;
    let line = maps.lines().find(|line| line.ends_with(&*own.to_string_lossy()))?;
    u64::from_str_radix(line.split('-').next()?, 16).ok()
}
