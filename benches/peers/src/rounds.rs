//! Closures against each other, in this process: sized, then run in turns.

use crate::interrupt;
use crate::measure::{thread_cpu, time};
use crate::section::Samples;
use anyhow::{Result, ensure};

/// Does what is measured so many times.
pub type Run<'a> = dyn FnMut(u64) -> Result<()> + 'a;

/// Runs all in turns, in an order that rotates; ns of CPU time and on the wall for each time. Whoever fails once is not
/// run again.
///
/// # Errors
/// When there are to be no rounds.
pub fn interleave(all: &mut [Result<Box<Run<'_>>>], rounds: usize, run_ms: u64) -> Result<Vec<Samples>> {
    ensure!(rounds > 0, "--runs is 0");
    let mut samples = vec![Samples::default(); all.len()];
    let mut counts = vec![0; all.len()];
    for (index, run) in all.iter_mut().enumerate() {
        let sized = run.as_mut().map_err(|error| format!("{error:#}"));
        match sized.and_then(|run| size(run, run_ms).map_err(|error| format!("{error:#}"))) {
            Ok(count) => counts[index] = count,
            Err(why) => samples[index].failed = Some(why),
        }
    }
    for round in (0..rounds).take_while(|_| !interrupt::wanted()) {
        for turn in 0..all.len() {
            let index = (round + turn) % all.len();
            let (Ok(run), None) = (&mut all[index], &samples[index].failed) else { continue };
            let (result, sample) = time(|| run(counts[index]));
            match result {
                Ok(()) => {
                    samples[index].own.push(sample.cpu.as_nanos() as f64 / counts[index] as f64);
                    samples[index].wall.push(sample.wall.as_nanos() as f64 / counts[index] as f64);
                }
                Err(error) => samples[index].failed = Some(format!("{error:#}")),
            }
        }
    }
    Ok(samples)
}

/// How many times take as long as a run should. What is cold at first is warm by then.
fn size(run: &mut Run<'_>, run_ms: u64) -> Result<u64> {
    let wanted = run_ms as f64 * 1e6;
    let mut count = 16_u64;
    loop {
        let start = thread_cpu();
        run(count)?;
        let took = (thread_cpu() - start).as_nanos() as f64;
        if took * 2.0 >= wanted {
            return Ok((count as f64 * wanted / took).ceil().max(1.0) as u64);
        }
        count = count.saturating_mul(2);
        ensure!(count < 1 << 40, "it takes no time");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_leaves_the_others_their_figures() {
        let mut left = 100;
        let mut sum = 0_u64;
        let mut all: [Result<Box<Run<'_>>>; 3] = [
            Ok(Box::new(|n| {
                (0..n).for_each(|k| sum = std::hint::black_box(sum ^ k));
                Ok(())
            })),
            Ok(Box::new(move |_| {
                left -= 1;
                ensure!(left > 98, "worn out");
                Ok(())
            })),
            Err(anyhow::anyhow!("absent")),
        ];
        let samples = interleave(&mut all, 3, 1).unwrap();
        assert_eq!((samples[0].own.len(), &samples[0].failed), (3, &None));
        assert_eq!(samples[1].failed.as_deref(), Some("worn out"));
        assert_eq!(samples[2].failed.as_deref(), Some("absent"));
    }
}
