//! No vectors: the twin of `visit_simd` in builds without the feature `simd`.

use crate::translate::func::Func;
use coracle_error::Result;
use wasmparser::Operator;

impl Func<'_> {
    pub(crate) fn visit_simd(&mut self, op: &Operator<'_>) -> Result<()> {
        Err(self.unsupported(op))
    }
}
