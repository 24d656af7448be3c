//! Where and with what a report was made.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

const LOCK: &str = include_str!("../../Cargo.lock");

/// The machine, its load, and the build.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name, with family, model and stepping where it has them: names alone are often cut short.
    pub cpu: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Main memory, in MiB.
    pub memory_mib: u64,
    /// The operating system's kernel.
    pub system: String,
    /// Processes that wanted a processor in the minute before.
    pub load_before: f64,
    /// The same at the end: what the machine was busy with besides is in neither.
    pub load_after: f64,
    /// The compiler of this program, and so of Coracle and the peers.
    pub rustc: String,
    /// The profile it was built with.
    pub profile: String,
    /// What it was built for.
    pub target: String,
}

impl Machine {
    /// This one.
    pub fn here() -> Result<Machine> {
        let memory = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let number = |name| field("/proc/cpuinfo", name);
        let model = match (number("cpu family"), number("model"), number("stepping")) {
            (Some(family), Some(model), Some(stepping)) => {
                format!(" (family {family}, model {model}, stepping {stepping})")
            }
            _ => String::new(),
        };
        let cpu = number("model name").unwrap_or_else(|| format!("unknown {} processor", std::env::consts::ARCH));
        let version = |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
        Ok(Machine {
            cpu: cpu + &model,
            cores: std::thread::available_parallelism().context("how many processors there are")?.get(),
            memory_mib: memory.unwrap_or(0) / 1024,
            system: format!("{} {}", version("/proc/sys/kernel/ostype"), version("/proc/sys/kernel/osrelease")),
            load_before: load(),
            load_after: load(),
            rustc: env!("PEERS_RUSTC").to_owned(),
            profile: env!("PEERS_PROFILE").to_owned(),
            target: env!("PEERS_TARGET").to_owned(),
        })
    }
}

/// The value of a field in a file of `name: value` lines.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// Processes that wanted a processor in the last minute, on average.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN).max(0.0)
}

/// The revision of this repository that this program was built of.
pub fn revision() -> String {
    env!("PEERS_REVISION").to_owned()
}

/// The version of a package in the lock file.
pub fn locked(package: &str) -> Option<String> {
    let (_, rest) = LOCK.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split('"').next().map(str::to_owned)
}

/// The day, by the clock of the world.
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    day(seconds / 86_400)
}

/// A day, counted from the first of January 1970.
fn day(days: u64) -> String {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut rest) = (1970, days);
    while rest >= 365 + u64::from(leap(year)) {
        rest -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted() {
        assert_eq!([0, 59, 11_016, 20_784].map(day), ["1970-01-01", "1970-03-01", "2000-02-29", "2026-11-27"]);
    }

    #[test]
    fn versions_come_from_the_lock_file() {
        assert_eq!(locked("wasmi").as_deref(), Some("2.0.0"));
        assert_eq!(locked("wasmtime").as_deref(), Some("48.0.8"));
        assert_eq!(locked("no-such-package"), None);
    }
}
