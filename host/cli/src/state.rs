//! What the store of a guest holds that the command runs.

use coracle::StoreLimits;
use coracle::component::ResourceTable;
use coracle_wasi::{WasiCtx, WasiCtxView, WasiView};

/// What a guest's store holds.
pub(crate) struct State {
    pub(crate) ctx: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) limits: StoreLimits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
    }
}
