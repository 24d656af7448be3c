//! THE STRATEGY: which tier runs what, and from when on.
//!
//! Configuration makes one [`TierStrategy`] per engine; the interpreter asks it what a call and a turn of a loop count for,
//! a module with how much heat its slots begin, and the compiler what becomes of a function that is hot, and which of
//! those that wait is next. Nobody else decides.
//!
//! Heat is work: what fuel would count, as the interpreter's translation estimates it for a call and for a turn. A slot
//! begins with as much as the interpreter may spend on its body: a share of what compiling it would cost
//! ([`Tuning::percent`]). With all of it the sum would be, whatever comes, at most twice what the better of the two tiers
//! would have taken, with half of it three times; less is sooner at peak speed. A body that is not worth its compilation
//! is not compiled.
//!
//! Where a body waits for the compiler, it asks again after a part of that ([`TierStrategy::patience`]). How often it has
//! asked tells how hot it is now; what has not asked for long has cooled, and is cold again.
//!
//! A loop gets code of its own only while it runs in a body that no call would make native: one that was hardly ever
//! called, or one that is native already while an old frame of it still turns. Whether it still runs is told by when it has
//! asked last: a function that goes from loop to loop asks for each of them, and needs the first alone.
//!
//! # What is absent
//! No answer depends on what is decided here, nor on any clock but that of those who wait.

use crate::tier::slot::Promotion;
use crate::tuning::{TierPolicy, Tuning};

/// Calls of a body up to which one of its loops, when hot, is taken for what it spends its time on.
const FEW_CALLS: u32 = 2;
/// The share of its threshold after which what waits asks again: one part in so many.
const PATIENCE: i32 = 8;
/// The least heat after which it asks again.
const LEAST_PATIENCE: i32 = 10_000;
/// Microseconds that a body may wait without asking again before it counts as cooled.
const COOLED_US: u64 = 50_000;
/// The same for a loop, which asks again and again as long as it turns; and how many of its asks it may leave out beside.
const LOOP_ENDED_US: u64 = 1_000;
const LOOP_SILENT: u64 = 4;
/// Microseconds that are added to how long something has waited: what has just come has shown nothing yet.
const UNKNOWN_US: u64 = 20_000;

/// Microseconds of compilation that a thread does at the priority of guests before it gives way to them. What is hot in a
/// small module takes no more, and guests that run beside cost it ten times as long otherwise.
const AT_ONCE_US: u64 = 30_000;

/// Who waits for a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nobody: nothing is compiled.
    Never,
    /// Whoever calls the function.
    Now,
    /// Nobody: a thread of its own compiles.
    Behind,
}

/// What becomes of a loop that is hot and has no code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopChoice {
    /// It gets some.
    Enter,
    /// The body is compiled, for its next call.
    Body,
    /// The body is being compiled: it waits for that.
    Wait,
    /// It stays where it is.
    Stay,
}

/// Which tier runs what. See the head of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierStrategy {
    policy: TierPolicy,
    tuning: Tuning,
}

impl TierStrategy {
    /// The strategy of a policy.
    pub fn new(policy: TierPolicy, tuning: Tuning) -> Self {
        Self { policy, tuning }
    }

    /// That of an engine that has no compiler.
    pub fn interpreter_alone() -> Self {
        Self::new(TierPolicy::Off, Tuning::default())
    }

    /// Whether the interpreter counts heat.
    pub fn counts(&self) -> bool {
        matches!(self.policy, TierPolicy::InterpreterOnly | TierPolicy::Background | TierPolicy::Sync(_))
    }

    /// Whether everything is compiled when it is loaded.
    pub fn compiles_all(&self) -> bool {
        self.policy == TierPolicy::Eager
    }

    /// Whether there is something for a compiler to do.
    pub fn needs_compiler(&self) -> bool {
        self.when() != When::Never
    }

    /// Who waits for the compilation of what is hot.
    pub fn when(&self) -> When {
        match self.policy {
            TierPolicy::Off | TierPolicy::InterpreterOnly => When::Never,
            TierPolicy::Sync(_) | TierPolicy::Eager => When::Now,
            TierPolicy::Background => When::Behind,
        }
    }

    /// The heat of a call, or of a turn of a loop, that does this much work.
    pub fn heat(&self, work: u32) -> u32 {
        match self.policy {
            // Calls and turns are what is counted.
            TierPolicy::Sync(_) => 1,
            _ => work.clamp(1, i32::MAX as u32),
        }
    }

    /// The heat with which the slot of a body of `bytes` bytes begins. It is hot when that is used up.
    pub fn first_heat(&self, bytes: usize) -> i32 {
        match self.policy {
            TierPolicy::Sync(calls) => i32::try_from(calls.saturating_sub(1)).unwrap_or(i32::MAX),
            _ => self.tuning.threshold(bytes),
        }
    }

    /// The heat after which what waits for the compiler asks again.
    pub fn patience(&self, bytes: usize) -> i32 {
        (self.tuning.threshold(bytes) / PATIENCE).max(LEAST_PATIENCE)
    }

    /// What becomes of a loop that is hot, in a body that has come this far and was called so often.
    pub fn hot_loop(&self, body: Promotion, calls: u32) -> LoopChoice {
        match (self.when(), body) {
            (When::Never, _) | (_, Promotion::Refused) => LoopChoice::Stay,
            (When::Now, _) | (_, Promotion::Published) => LoopChoice::Enter,
            _ if calls <= FEW_CALLS => LoopChoice::Enter,
            (_, Promotion::Queued) => LoopChoice::Wait,
            (_, Promotion::Cold) => LoopChoice::Body,
        }
    }

    /// What is to be won by compiling a body of `bytes` bytes next that has waited for `waited_us` and has used up
    /// `spent` meanwhile: heat per time, for each unit that compiling costs.
    pub fn gain(&self, bytes: usize, spent: u64, waited_us: u64) -> u64 {
        let (cost, patience) = (self.tuning.cost(bytes).max(1), self.patience(bytes) as u64);
        let rate = spent.saturating_add(patience).saturating_mul(1 << 20) / waited_us.saturating_add(UNKNOWN_US);
        rate.saturating_mul(1 << 20) / cost
    }

    /// Whether a thread that has compiled bodies of so many bytes gives way to guests from now on.
    pub fn gives_way(&self, bodies: u64, bytes: u64) -> bool {
        let ns = bodies.saturating_mul(u64::from(self.tuning.compiled_us) * 1_000);
        let ns = ns.saturating_add(bytes.saturating_mul(self.tuning.compiled_ns_per_byte.into()));
        ns / 1_000 > AT_ONCE_US
    }

    /// Whether a body that has waited so long and has spent so much meanwhile is hot no more.
    pub fn has_cooled(&self, spent: u64, waited_us: u64) -> bool {
        spent == 0 && waited_us > COOLED_US
    }

    /// Whether a loop in a body of `bytes` bytes that waits, and has not asked for so long, turns no more.
    pub fn has_ended(&self, bytes: usize, silent_us: u64) -> bool {
        let asks_ps = self.patience(bytes) as u64 * u64::from(self.tuning.interpreted_ps);
        silent_us > LOOP_ENDED_US + LOOP_SILENT * asks_ps / 1_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: usize = 1000;

    fn background() -> TierStrategy {
        TierStrategy::new(TierPolicy::Background, Tuning::default())
    }

    #[test]
    fn a_body_is_promoted_when_it_has_cost_what_compiling_it_costs() {
        let tuning = Tuning { interpreted_ps: 2_000, compiled_us: 100, compiled_ns_per_byte: 900, percent: 100 };
        let strategy = TierStrategy::new(TierPolicy::Background, tuning);
        // 100 µs and 900 ns for each of 1000 bytes are one millisecond: 500,000 times 2 ns.
        assert_eq!(strategy.first_heat(BODY), 500_000);
        assert_eq!(strategy.heat(17), 17);
        assert_eq!(strategy.heat(0), 1);
        let half = TierStrategy::new(TierPolicy::Background, Tuning { percent: 50, ..tuning });
        assert_eq!(half.first_heat(BODY), 250_000);
        assert_eq!(half.first_heat(usize::MAX), i32::MAX);
    }

    #[test]
    fn the_number_of_calls_is_taken_at_its_word() {
        let strategy = |calls| TierStrategy::new(TierPolicy::Sync(calls), Tuning::default());
        for (calls, heat) in [(0, 0), (1, 0), (2, 1), (100, 99)] {
            assert_eq!(strategy(calls).first_heat(BODY), heat);
            assert_eq!(strategy(calls).heat(1_000), 1);
        }
    }

    #[test]
    fn who_counts_and_who_compiles() {
        let policies = [
            (TierPolicy::Off, false, When::Never),
            (TierPolicy::InterpreterOnly, true, When::Never),
            (TierPolicy::Background, true, When::Behind),
            (TierPolicy::Sync(3), true, When::Now),
            (TierPolicy::Eager, false, When::Now),
        ];
        for (policy, counts, when) in policies {
            let strategy = TierStrategy::new(policy, Tuning::default());
            assert_eq!((strategy.counts(), strategy.when()), (counts, when), "{policy:?}");
        }
    }

    #[test]
    fn a_loop_gets_code_only_where_no_call_would_find_any() {
        let choices = [
            (Promotion::Cold, 1, LoopChoice::Enter),
            (Promotion::Cold, 50, LoopChoice::Body),
            (Promotion::Queued, 50, LoopChoice::Wait),
            (Promotion::Queued, 1, LoopChoice::Enter),
            (Promotion::Published, 50, LoopChoice::Enter),
            (Promotion::Refused, 1, LoopChoice::Stay),
        ];
        for (body, calls, choice) in choices {
            assert_eq!(background().hot_loop(body, calls), choice, "{body:?}, {calls} calls");
        }
        let sync = TierStrategy::new(TierPolicy::Sync(7), Tuning::default());
        assert_eq!(sync.hot_loop(Promotion::Cold, 50), LoopChoice::Enter);
    }

    #[test]
    fn who_has_compiled_much_gives_way() {
        // 100 µs for each body, and 1 µs for each byte.
        assert!(!background().gives_way(1, 20_000) && background().gives_way(1, 30_000));
        assert!(!background().gives_way(100, 20_000) && background().gives_way(101, 20_000));
        assert!(background().gives_way(u64::MAX, u64::MAX));
    }

    #[test]
    fn the_queue_takes_what_wins_most() {
        let strategy = background();
        let patience = strategy.patience(BODY) as u64;
        // Hotter, shorter, and what has asked again before what has not.
        assert!(strategy.gain(BODY, 3 * patience, 5_000) > strategy.gain(BODY, patience, 5_000));
        assert!(strategy.gain(BODY, patience, 5_000) > strategy.gain(4 * BODY, patience, 5_000));
        assert!(strategy.gain(BODY, 0, 0) > strategy.gain(BODY, 0, 30_000));
        assert!(strategy.has_cooled(0, 60_000) && !strategy.has_cooled(1, 60_000) && !strategy.has_cooled(0, 6_000));
    }

    #[test]
    fn a_loop_that_asks_no_more_has_ended() {
        let strategy = background();
        assert!(strategy.has_ended(BODY, 2_000) && !strategy.has_ended(BODY, 1_000));
        // It asks after an eighth of the half of 10 ms.
        assert!(strategy.has_ended(10 * BODY, 4_000) && !strategy.has_ended(10 * BODY, 3_000));
    }
}
