//! `wasi:random`: numbers from the operating system, or from where the embedder says.

use crate::p2::bindings::random::{insecure, insecure_seed, random};
use coracle::component::HasData;
use coracle::{Error, Result};
use rand_core::{Rng, TryRng};
use std::convert::Infallible;

/// Most bytes that a guest gets in one call unless the embedder says otherwise.
pub const DEFAULT_MAX_SIZE: u64 = 64 << 20;

/// Names [`WasiRandomCtx`] for the `D` parameter of the `add_to_linker` functions.
pub struct WasiRandom;

impl HasData for WasiRandom {
    type Data<'a> = &'a mut WasiRandomCtx;
}

/// Gives access to the state behind `wasi:random`.
pub trait WasiRandomView: Send {
    /// Borrows it.
    fn random(&mut self) -> &mut WasiRandomCtx;
}

/// The sources of random numbers of one guest.
pub struct WasiRandomCtx {
    /// None is the operating system's.
    secure: Option<Box<dyn Rng + Send>>,
    insecure: Box<dyn Rng + Send>,
    /// None until a guest asks for it or the embedder sets it.
    seed: Option<u128>,
    max_bytes: u64,
}

impl Default for WasiRandomCtx {
    fn default() -> Self {
        Self { secure: None, insecure: Box::new(Mixer(None)), seed: None, max_bytes: DEFAULT_MAX_SIZE }
    }
}

impl WasiRandomCtx {
    pub(crate) fn set_secure(&mut self, random: impl Rng + Send + 'static) {
        self.secure = Some(Box::new(random));
    }

    pub(crate) fn set_insecure(&mut self, random: impl Rng + Send + 'static) {
        self.insecure = Box::new(random);
    }

    pub(crate) fn set_seed(&mut self, seed: u128) {
        self.seed = Some(seed);
    }

    pub(crate) fn set_max_bytes(&mut self, max_bytes: u64) {
        self.max_bytes = max_bytes;
    }

    /// A buffer of `len` zeroes, if a guest may ask for as many.
    fn buffer(&self, len: u64) -> Result<Vec<u8>> {
        let max = self.max_bytes;
        match usize::try_from(len) {
            Ok(bytes) if len <= max => Ok(vec![0; bytes]),
            _ => Err(Error::msg(format!("{len} random bytes asked for, the limit is {max}"))),
        }
    }
}

fn fill_from_os(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::msg(format!("no random bytes from the system: {error}")))
}

impl random::Host for WasiRandomCtx {
    fn get_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        let mut bytes = self.buffer(len)?;
        match &mut self.secure {
            Some(source) => source.fill_bytes(&mut bytes),
            None => fill_from_os(&mut bytes)?,
        }
        Ok(bytes)
    }

    fn get_random_u64(&mut self) -> Result<u64> {
        if let Some(source) = &mut self.secure {
            return Ok(source.next_u64());
        }
        let mut bytes = [0; 8];
        fill_from_os(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }
}

impl insecure::Host for WasiRandomCtx {
    fn get_insecure_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        let mut bytes = self.buffer(len)?;
        self.insecure.fill_bytes(&mut bytes);
        Ok(bytes)
    }

    fn get_insecure_random_u64(&mut self) -> Result<u64> {
        Ok(self.insecure.next_u64())
    }
}

impl insecure_seed::Host for WasiRandomCtx {
    fn insecure_seed(&mut self) -> Result<(u64, u64)> {
        let seed = match self.seed {
            Some(seed) => seed,
            None => {
                let mut bytes = [0; 16];
                fill_from_os(&mut bytes)?;
                *self.seed.insert(u128::from_ne_bytes(bytes))
            }
        };
        Ok((seed as u64, (seed >> 64) as u64))
    }
}

/// SplitMix64: quick, evenly spread, easy to guess. Seeded by the system at first use.
struct Mixer(Option<u64>);

impl TryRng for Mixer {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Infallible> {
        self.try_next_u64().map(|bits| (bits >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Infallible> {
        // A fixed start is allowed for insecure numbers, should the system have none.
        let state = self.0.get_or_insert_with(|| getrandom::u64().unwrap_or(0));
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = *state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(bits ^ (bits >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> std::result::Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let bits = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bits[..chunk.len()]);
        }
        Ok(())
    }
}

/// A source that gives the same bytes over and over, for tests and reproducible runs.
pub struct Deterministic {
    cycle: std::iter::Cycle<std::vec::IntoIter<u8>>,
}

impl Deterministic {
    /// Repeats `bytes`; none give zeroes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { cycle: bytes.into_iter().cycle() }
    }
}

impl TryRng for Deterministic {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> std::result::Result<(), Infallible> {
        for byte in bytes {
            *byte = self.cycle.next().unwrap_or(0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::insecure::Host as _;
    use super::insecure_seed::Host as _;
    use super::random::Host as _;
    use super::*;

    #[test]
    fn numbers_differ() {
        let mut ctx = WasiRandomCtx::default();
        assert_ne!(ctx.get_random_bytes(32).unwrap(), ctx.get_random_bytes(32).unwrap());
        assert_ne!(ctx.get_random_u64().unwrap(), ctx.get_random_u64().unwrap());
        assert_ne!(ctx.get_insecure_random_bytes(33).unwrap(), ctx.get_insecure_random_bytes(33).unwrap());
        assert_ne!(ctx.get_insecure_random_u64().unwrap(), ctx.get_insecure_random_u64().unwrap());
        assert_eq!(ctx.insecure_seed().unwrap(), ctx.insecure_seed().unwrap());
        assert!(ctx.get_random_bytes(0).unwrap().is_empty());
    }

    #[test]
    fn sources_can_be_replaced() {
        let mut ctx = WasiRandomCtx::default();
        ctx.set_secure(Deterministic::new(vec![1, 2, 3]));
        ctx.set_insecure(Deterministic::new(Vec::new()));
        ctx.set_seed(1 << 64 | 7);
        assert_eq!(ctx.get_random_bytes(5).unwrap(), [1, 2, 3, 1, 2]);
        assert_eq!(ctx.get_insecure_random_u64().unwrap(), 0);
        assert_eq!(ctx.insecure_seed().unwrap(), (7, 1));
    }

    #[test]
    fn the_limit_holds() {
        let mut ctx = WasiRandomCtx::default();
        assert!(ctx.get_random_bytes(u64::MAX).is_err());
        ctx.set_max_bytes(4);
        assert_eq!(ctx.get_random_bytes(4).unwrap().len(), 4);
        assert!(ctx.get_insecure_random_bytes(5).is_err());
    }
}
