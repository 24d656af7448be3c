//! How the host functions find the WASI state inside the embedder's store data.

use crate::WasiCtx;
use crate::cli::{WasiCliCtxView, WasiCliView};
use crate::clocks::{WasiClocksCtxView, WasiClocksView};
use crate::filesystem::{WasiFilesystemCtxView, WasiFilesystemView};
use crate::random::{WasiRandomCtx, WasiRandomView};
use coracle::component::ResourceTable;

/// Gives access to the [`WasiCtx`] and the [`ResourceTable`] inside the `T` of a `Store<T>`.
pub trait WasiView: Send {
    /// Borrows both.
    fn ctx(&mut self) -> WasiCtxView<'_>;
}

/// What [`WasiView::ctx`] returns: the state that host functions work on.
pub struct WasiCtxView<'a> {
    /// What the guest may touch.
    pub ctx: &'a mut WasiCtx,
    /// The host's side of the resources that the guest holds.
    pub table: &'a mut ResourceTable,
}

impl<T: WasiView> WasiCliView for T {
    fn cli(&mut self) -> WasiCliCtxView<'_> {
        let WasiCtxView { ctx, table } = self.ctx();
        WasiCliCtxView { ctx: &mut ctx.cli, table }
    }
}

impl<T: WasiView> WasiClocksView for T {
    fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        let WasiCtxView { ctx, table } = self.ctx();
        WasiClocksCtxView { ctx: &mut ctx.clocks, table }
    }
}

impl<T: WasiView> WasiFilesystemView for T {
    fn filesystem(&mut self) -> WasiFilesystemCtxView<'_> {
        let WasiCtxView { ctx, table } = self.ctx();
        WasiFilesystemCtxView { ctx: &mut ctx.filesystem, table }
    }
}

impl<T: WasiView> WasiRandomView for T {
    fn random(&mut self) -> &mut WasiRandomCtx {
        &mut self.ctx().ctx.random
    }
}
