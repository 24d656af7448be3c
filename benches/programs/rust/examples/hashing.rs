//! Hashing: three hash functions over bytes, and two kinds of table that use them.

use programs::{mix, Numbers};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

/// FNV-1a with 64 bits.
#[derive(Clone)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    for (i, entry) in table.iter_mut().enumerate() {
        *entry = (0..8).fold(i as u32, |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 });
    }
    table
}

fn crc(table: &[u32; 256], bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| table[(crc as u8 ^ byte) as usize] ^ crc >> 8)
}

fn siphash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Counts numbers in a map and takes every third out again.
fn count<H: std::hash::BuildHasher + Default>(numbers: &mut Numbers) -> u32 {
    let mut map: HashMap<u32, u32, H> = HashMap::default();
    let keys: Vec<u32> = (0..4_000).map(|_| numbers.next() % 1_500).collect();
    for key in &keys {
        *map.entry(*key).or_insert(0) += 1;
    }
    let removed: u32 = keys.iter().step_by(3).filter_map(|key| map.remove(key)).sum();
    (0..1_500).filter_map(|key| map.get(&key)).fold(removed, |sum, count| mix(sum, *count))
}

fn round(i: u32) -> u32 {
    let mut numbers = Numbers::from(i + 77);
    let bytes: Vec<u8> = (0..16_384).map(|_| numbers.next() as u8).collect();
    let table = crc_table();
    let mut fnv = Fnv::default();
    fnv.write(&bytes);
    let mut sum = mix(crc(&table, &bytes), (fnv.finish() ^ siphash(&bytes)) as u32);
    for piece in bytes.chunks(24) {
        sum = mix(sum, crc(&table, piece) ^ siphash(piece) as u32);
    }
    sum = mix(sum, count::<BuildHasherDefault<Fnv>>(&mut numbers));
    mix(sum, count::<BuildHasherDefault<DefaultHasher>>(&mut numbers))
}

programs::rounds!(round);
