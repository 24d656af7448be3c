//! The end of a resource: its destructor, of the host's or of a guest's.

use crate::error::Result;
use crate::raw::RawVal;
use crate::store::component::Dtor;
use crate::store::inner::StoreInner;
use crate::store::resource::ResourceId;

impl StoreInner {
    /// Ends a resource that the host owned. A trap poisons, as in any call from the host.
    pub(crate) fn destroy_from_host(&mut self, resource: ResourceId, rep: u32) -> Result<()> {
        let mark = self.components.handles.mark();
        self.components.handles.enter_call();
        let result = self.destroy(resource, rep).and_then(|()| self.components.handles.exit_call());
        if result.is_err() {
            self.components.handles.unwind(mark);
            self.components.poisoned = true;
        }
        result
    }

    /// Ends a resource whose last own handle is gone.
    pub(crate) fn destroy(&mut self, resource: ResourceId, rep: u32) -> Result<()> {
        match self.components.dtors.get(resource).clone() {
            None => Ok(()),
            Some(Dtor::Host(dtor)) => dtor.run(self, rep),
            Some(Dtor::Guest { func, wide }) => {
                self.check_may_enter()?;
                let rep = if wide { RawVal::from_u64(u64::from(rep)) } else { RawVal::from_u32(rep) };
                self.call_core(func, &[rep]).map(|_| ())
            }
        }
    }
}
