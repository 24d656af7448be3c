//! Settings of Wasmtime's that have no meaning here.

macro_rules! without_effect {
    ($($(#[$doc:meta])* $name:ident($ty:ty);)*) => {$(
        $(#[$doc])*
        ///
        /// Without effect: accepted so that programs written for Wasmtime build and run.
        pub fn $name(&mut self, _: $ty) -> &mut Self {
            self
        }
    )*};
}

pub(crate) use without_effect;
