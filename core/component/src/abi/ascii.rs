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
    use std::arch::x86_64::{__m256i, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256};
    let is_ascii = |run: &&[u8; RUN]| {
        let at = run.as_ptr().cast::<__m256i>();
        // SAFETY: a run has four vectors, and these are loads of any alignment.
        let [a, b, c, d] = unsafe { [0, 1, 2, 3].map(|i| _mm256_loadu_si256(at.add(i))) };
        _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d))) == 0
    };
    let (runs, _) = bytes.as_chunks::<RUN>();
    runs.iter().take_while(is_ascii).count() * RUN
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
