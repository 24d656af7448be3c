//! Clocks, and what a row of samples comes to.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
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
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time that all threads of this process have used so far.
pub fn process_cpu() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is that of a live local of the right type.
    let status = unsafe { libc::clock_gettime(id, &mut time) };
    assert_eq!(status, 0, "a process can always read its own clocks");
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
    /// How much of what it printed had come by when, at each time that something came.
    pub arrivals: Vec<(usize, Duration)>,
    /// Its peak resident memory.
    pub peak_kib: u64,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it said on its error output, if it was to be quiet.
    pub stderr: String,
    /// Its exit code, or 128 and the number of the signal that ended it.
    pub code: i32,
}

/// Runs a command to its end. Its input is the file behind a last word `<`, else empty; its errors are kept if it is to be quiet, else they go where ours go.
pub fn run_command(words: &[String], quiet: bool) -> Result<Ended> {
    let (words, input) = match words {
        [words @ .., arrow, file] if arrow == "<" => (words, File::open(file).with_context(|| file.clone())?.into()),
        _ => (words, Stdio::null()),
    };
    let (program, args) = words.split_first().context("an empty command")?;
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(args)
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(if quiet { Stdio::piped() } else { Stdio::inherit() })
        .spawn()
        .with_context(|| format!("starting `{program}`"))?;
    // Read aside, so that neither pipe can fill up while the other is read.
    let errors = child.stderr.take().map(|mut pipe| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = pipe.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    });
    let (mut stdout, mut arrivals) = (Vec::new(), Vec::new());
    if let Some(mut pipe) = child.stdout.take() {
        let mut chunk = vec![0; 64 << 10];
        while let more @ 1.. = pipe.read(&mut chunk)? {
            stdout.extend_from_slice(&chunk[..more]);
            arrivals.push((stdout.len(), start.elapsed()));
        }
    }
    let (status, usage) = wait(child.id())?;
    let cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    Ok(Ended {
        sample: Sample { cpu, wall: start.elapsed() },
        arrivals,
        peak_kib: usage.ru_maxrss as u64,
        stdout,
        stderr: errors.and_then(|thread| thread.join().ok()).unwrap_or_default(),
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The middle one, or the mean of the two middle ones.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// A quarter of the samples is below.
    pub low: f64,
    /// A quarter of the samples is above.
    pub high: f64,
}

impl Spread {
    /// Of at least one sample.
    pub fn of(samples: &[f64]) -> Spread {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        // Between the two samples that a share of the way lies between.
        let at = |share: f64| {
            let place = share * (sorted.len() - 1) as f64;
            let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Spread { median: at(0.5), min: at(0.0), max: at(1.0), low: at(0.25), high: at(0.75) }
    }

    /// Of the ratios of two rows of samples, round by round.
    pub fn of_ratios(own: &[f64], base: &[f64]) -> Spread {
        Spread::of(&own.iter().zip(base).map(|(own, base)| own / base).collect::<Vec<_>>())
    }

    /// How far the middle half of the samples spreads, as a share of the median.
    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.median
    }
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
        assert_eq!(spread, Spread { median: 2.5, min: 1.0, max: 10.0, low: 1.75, high: 4.75 });
        assert_eq!(spread.width(), 1.2);
        assert_eq!(Spread::of(&[7.0]), Spread { median: 7.0, min: 7.0, max: 7.0, low: 7.0, high: 7.0 });
        assert_eq!(Spread::of_ratios(&[2.0, 6.0], &[1.0, 2.0]).median, 2.5);
        assert!((geomean(&[0.5, 2.0, 1.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn commands_are_measured() {
        let words: Vec<String> = ["sh", "-c", "echo hi; echo no >&2; exit 3"].map(String::from).to_vec();
        let ended = run_command(&words, true).unwrap();
        assert_eq!((ended.stdout.as_slice(), &*ended.stderr, ended.code), (&b"hi\n"[..], "no\n", 3));
        assert!(ended.peak_kib > 0 && ended.arrivals.iter().all(|arrival| arrival.1 <= ended.sample.wall));
        assert_eq!(ended.arrivals.last().map(|arrival| arrival.0), Some(3));
    }
}
