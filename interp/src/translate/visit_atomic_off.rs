//! No atomics: the twin of `visit_atomic` in builds without the feature `threads`.

use crate::translate::func::Func;
use coracle_error::Result;
use wasmparser::Operator;

impl Func<'_> {
    pub(crate) fn visit_atomic(&mut self, op: &Operator<'_>) -> Result<()> {
        self.visit_rare(op)
    }
}
