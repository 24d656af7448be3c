//! How many instructions the same programs take in Coracle and in wasmi, on the same board, built in the same way.
//!
//! QEMU's clock goes on by a nanosecond with each instruction (`-icount shift=0`), so the board's own timer counts them,
//! forty at a time.
#![no_std]
#![no_main]

mod ours;
mod theirs;

use coracle_firmware::{exit, heap};
use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;

/// What the guests import is this plus one.
fn next(x: i32) -> i32 {
    x.wrapping_add(1)
}

static KERNELS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kernels.wasm"));
static SHA256: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sha256.wasm"));

/// What is run: the module, its function, the argument, the answer, and for how many of something that is.
const PROGRAMS: &[(&[u8], &str, i32, i32, u64)] = &[
    (KERNELS, "fib", 18, 2584, 1),
    (KERNELS, "loop", 20_000, 0x6b9f_2369, 1),
    (SHA256, "sha256", 16, 0x93fa_7a18_u32 as i32, 1),
    (KERNELS, "call", 41, 42, 1),
    (KERNELS, "host", 1000, 1000, 1000),
];

/// An engine that runs a function of a module twice: the second time is what counts, when all of it is translated.
type Runs = fn(&'static [u8], &str, i32, bool, &mut Clock) -> Option<(i32, u64)>;

/// The board's timer: 25 ticks a microsecond, so 40 instructions a tick.
pub(crate) struct Clock(SYST);

impl Clock {
    const INSTRUCTIONS: u64 = 40;
    const MOST: u32 = 0xff_ffff;

    fn new(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(Self::MOST);
        timer.enable_counter();
        Self(timer)
    }

    /// What comes of it, and how many instructions it took.
    pub(crate) fn count<R>(&mut self, f: impl FnOnce() -> R) -> (R, u64) {
        self.0.clear_current();
        // What was set before is forgotten by being read.
        self.0.has_wrapped();
        let begin = SYST::get_current();
        let value = f();
        let end = SYST::get_current();
        assert!(!self.0.has_wrapped(), "too long for the timer");
        (value, u64::from(begin.wrapping_sub(end) & Self::MOST) * Self::INSTRUCTIONS)
    }
}

/// Whether the clock counts instructions: a loop of two does as many turns as are said.
fn counts(clock: &mut Clock) -> bool {
    let (_, took) = clock.count(|| cortex_m::asm::delay(1_000_000));
    (1_990_000..2_010_000).contains(&took)
}

#[entry]
fn main() -> ! {
    heap::init();
    let Some(peripherals) = Peripherals::take() else { exit(false) };
    let mut clock = Clock::new(peripherals.SYST);
    if !counts(&mut clock) {
        hprintln!("the clock does not count instructions: QEMU needs `-icount shift=0`");
        exit(false);
    }
    hprintln!("| instructions | Coracle | wasmi | ratio |");
    hprintln!("|---|---|---|---|");
    let mut right = true;
    for fuel in [false, true] {
        for &(module, name, argument, answer, parts) in PROGRAMS {
            let mut counted = |run: Runs| match run(module, name, argument, fuel, &mut clock) {
                Some((said, count)) if said == answer => count / parts,
                _ => 0,
            };
            let [ours, theirs] = [counted(ours::run), counted(theirs::run)];
            right &= ours != 0 && theirs != 0;
            let percent = ours * 100 / theirs.max(1);
            let with = if fuel { ", with fuel" } else { "" };
            let [whole, rest] = [percent / 100, percent % 100];
            hprintln!("| {}({}){} | {} | {} | {}.{:02} |", name, argument, with, ours, theirs, whole, rest);
        }
    }
    exit(right && heap::used() == 0)
}
