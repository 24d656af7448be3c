//! Clocks, and what a row of samples comes to.

use anyhow::{Context, Result, ensure};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// CPU time: of the calling thread, or of a whole process.
    pub cpu: Duration,
    /// Time on the wall.
    pub wall: Duration,
}

/// CPU time that the calling thread has used so far.
pub fn thread_cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is that of a live local of the right type.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "a thread can always read its own clock");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Times a closure on the calling thread.
pub fn time<R>(f: impl FnOnce() -> R) -> (R, Sample) {
    let (wall, cpu) = (Instant::now(), thread_cpu());
    let result = f();
    let sample = Sample { cpu: thread_cpu() - cpu, wall: wall.elapsed() };
    (result, sample)
}

/// A command that has ended.
pub struct Ended {
    /// What it took: user and system time of the process and of the children it waited for.
    pub sample: Sample,
    /// Its peak resident memory.
    pub peak_kib: u64,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// Its exit code, or 128 and the number of the signal that ended it.
    pub code: i32,
}

/// Runs a command to its end. Its input is empty, its errors go where ours go.
pub fn run_command(words: &[String]) -> Result<Ended> {
    let (program, args) = words.split_first().context("an empty command")?;
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting `{program}`"))?;
    let mut stdout = Vec::new();
    if let Some(mut pipe) = child.stdout.take() {
        std::io::Read::read_to_end(&mut pipe, &mut stdout)?;
    }
    let (status, usage) = wait(child.id())?;
    let cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    Ok(Ended {
        sample: Sample { cpu, wall: start.elapsed() },
        peak_kib: usage.ru_maxrss as u64,
        stdout,
        code: if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) },
    })
}

/// Waits for a child that nobody else waits for.
fn wait(pid: u32) -> Result<(i32, libc::rusage)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are those of live locals of the right types.
    let waited = unsafe { libc::wait4(pid as libc::pid_t, &mut status, 0, usage.as_mut_ptr()) };
    ensure!(waited == pid as libc::pid_t, "wait4: {}", std::io::Error::last_os_error());
    // SAFETY: all of it is integers, for which zero is a value, and the call above succeeded.
    Ok((status, unsafe { usage.assume_init() }))
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
}

/// A row of samples: its middle and how far it spreads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle one, or the mean of the two middle ones.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The median distance from the median, as a share of the median.
    pub mad: f64,
}

impl Spread {
    /// Of at least one sample.
    pub fn of(samples: &[f64]) -> Spread {
        let sorted = sorted(samples);
        let median = middle(&sorted);
        let distances: Vec<f64> = sorted.iter().map(|sample| (sample - median).abs()).collect();
        let mad = middle(&self::sorted(&distances)) / median;
        Spread { median, min: sorted[0], max: sorted[sorted.len() - 1], mad }
    }
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { (sorted[half - 1] + sorted[half]) / 2.0 }
}

/// The geometric mean; one of nothing.
pub fn geomean(ratios: &[f64]) -> f64 {
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (logs / ratios.len().max(1) as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        let spread = Spread::of(&[3.0, 1.0, 2.0, 10.0]);
        assert_eq!(spread, Spread { median: 2.5, min: 1.0, max: 10.0, mad: 0.4 });
        assert_eq!(Spread::of(&[7.0]), Spread { median: 7.0, min: 7.0, max: 7.0, mad: 0.0 });
        assert!((geomean(&[0.5, 2.0, 1.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn commands_are_measured() {
        let words: Vec<String> = ["sh", "-c", "echo hi; exit 3"].map(String::from).to_vec();
        let ended = run_command(&words).unwrap();
        assert_eq!((ended.stdout.as_slice(), ended.code), (&b"hi\n"[..], 3));
        assert!(ended.peak_kib > 0);
    }
}
