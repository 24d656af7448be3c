//! How far a text is ASCII, in runs: most text is, and a run is looked at with half the instructions that UTF-8 takes.
//!
//! By the widest vectors of the machine at hand where that is known when the program runs (x86-64 with `std`), else by
//! what the program was compiled for.
#![allow(unsafe_code)] // Calls a function for processors that have AVX2, and loads vectors.

/// Bytes of a run.
const RUN: usize = 128;
/// Bytes of the shortest text for which it pays to ask what the processor has.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
const LONG: usize = 512;

/// How many bytes from the start on are ASCII; a run that has anything else is left out.
#[inline]
#[cfg(all(feature = "std", target_arch = "x86_64"))]
pub(crate) fn ascii_runs(bytes: &[u8]) -> usize {
    if bytes.len() >= LONG && std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just seen.
        return unsafe { runs_by_avx2(bytes) };
    }
    runs(bytes)
}

/// How many bytes from the start on are ASCII; a run that has anything else is left out.
#[cfg(not(all(feature = "std", target_arch = "x86_64")))]
pub(crate) fn ascii_runs(bytes: &[u8]) -> usize {
    runs(bytes)
}

fn runs(bytes: &[u8]) -> usize {
    bytes.chunks_exact(RUN).take_while(|run| run.is_ascii()).count() * RUN
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2")]
fn runs_by_avx2(bytes: &[u8]) -> usize {
    let (wide, _) = bytes.as_chunks::<{ 2 * RUN }>();
    let wide = wide.iter().take_while(|run| is_ascii_by_avx2(run)).count() * 2 * RUN;
    let (runs, _) = bytes[wide..].as_chunks::<RUN>();
    wide + runs.iter().take_while(|run| is_ascii_by_avx2(run)).count() * RUN
}

/// Whether the vectors that `N` bytes are have ASCII alone.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2")]
fn is_ascii_by_avx2<const N: usize>(run: &[u8; N]) -> bool {
    use std::arch::x86_64::{__m256i, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_setzero_si256};
    let (vectors, _) = run.as_chunks::<{ size_of::<__m256i>() }>();
    // SAFETY: a load of a vector's bytes, of any alignment.
    let vectors = vectors.iter().map(|vector| unsafe { _mm256_loadu_si256(vector.as_ptr().cast()) });
    _mm256_movemask_epi8(vectors.fold(_mm256_setzero_si256(), |all, vector| _mm256_or_si256(all, vector))) == 0
}

#[cfg(test)]
mod tests {
    use super::{RUN, ascii_runs, runs};

    #[test]
    fn all_ways_see_the_same() {
        for len in [0, 1, RUN - 1, RUN, RUN + 1, 5 * RUN, 1023] {
            let text = alloc::vec![b'a'; len];
            assert_eq!((ascii_runs(&text), runs(&text)), (len / RUN * RUN, len / RUN * RUN));
            for at in 0..len {
                let mut text = text.clone();
                text[at] = 0x80;
                assert_eq!((ascii_runs(&text), runs(&text)), (at / RUN * RUN, at / RUN * RUN));
            }
        }
    }
}
