//! Every knob that cannot change an answer: unit, default, why.

/// When a function is promoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Heat that a call of a function adds. An entry says more than a back-edge: what is called is called again.
    pub call_heat: i32,
    /// Heat that one turn of a loop adds.
    pub loop_heat: i32,
    /// Heat at which a function of no length is promoted.
    pub base_heat: i32,
    /// Heat added to the threshold per byte of body, so that a huge function does not block the queue.
    pub heat_per_byte: i32,
}

impl Tuning {
    /// The heat at which a body of `bytes` bytes is promoted.
    pub fn threshold(&self, bytes: usize) -> i32 {
        let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        self.base_heat.saturating_add(self.heat_per_byte.saturating_mul(bytes))
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self { call_heat: 10, loop_heat: 1, base_heat: 3_000, heat_per_byte: 4 }
    }
}
