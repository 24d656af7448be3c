//! What the storeys above need of components and embedders must not have.
//!
//! As in [`coracle_vm::internals`]: free functions, which the façade does not re-export.

use crate::handle::Func;
use crate::host_function::HostFunction;
use crate::link::LinkerInstance;
use coracle_error::Result;
use coracle_vm::store::host::Flow;
use coracle_vm::store::ids::FuncHandle;
use coracle_vm::store::opaque::StoreOpaque;

/// Defines a function without parameters that waits: `begin` is told that it was called, and whoever resumes the task
/// writes its flat result.
///
/// # Errors
/// When the name is taken.
pub fn define_waiting<T: 'static>(
    linker: &mut LinkerInstance<'_, T>,
    name: &str,
    begin: impl Fn(&mut StoreOpaque) -> Result<()> + Send + Sync + 'static,
) -> Result<()> {
    linker.host_function(name, HostFunction::new(|_, _| Ok(()), move |store, _, _| begin(store).map(|()| Flow::Wait))?)
}

/// The core function that a function of a guest's was lifted from.
///
/// # Errors
/// `ErrorKind::Unsupported` when it is a host's.
pub fn core_func(store: &mut StoreOpaque, func: &Func) -> Result<FuncHandle> {
    func.core_func(store)
}
