//! What components export to the host.

/// The package namespace `wasi`.
pub mod wasi {
    /// `wasi:cli`.
    pub mod cli {
        /// `wasi:cli/run`.
        pub mod run {
            use coracle::component::{ComponentExportIndex, Instance, InstancePre, TypedFunc};
            use coracle::{AsContextMut, Error, Result};

            /// The interface's name; any 0.2 version of it is found by this one.
            const NAME: &str = "wasi:cli/run@0.2.12";

            /// Where the functions of the interface are found in one component.
            #[derive(Clone)]
            pub struct GuestIndices {
                run: ComponentExportIndex,
            }

            impl GuestIndices {
                /// Finds them.
                ///
                /// # Errors
                ///
                /// When the interface or a function of it is missing.
                pub fn new<T>(instance_pre: &InstancePre<T>) -> Result<Self> {
                    let component = instance_pre.component();
                    let interface = component
                        .get_export_index(None, NAME)
                        .ok_or_else(|| Error::msg(format!("no exported instance named `{NAME}`")))?;
                    let run = component
                        .get_export_index(Some(&interface), "run")
                        .ok_or_else(|| Error::msg(format!("instance export `{NAME}` has no export `run`")))?;
                    Ok(Self { run })
                }

                /// Takes the functions out of an instance of the component.
                ///
                /// # Errors
                ///
                /// When one has not the interface's type.
                pub fn load(&self, mut store: impl AsContextMut, instance: &Instance) -> Result<Guest> {
                    Ok(Guest { run: instance.get_typed_func(&mut store, self.run)? })
                }
            }

            /// The functions of the interface.
            pub struct Guest {
                run: TypedFunc<(), (core::result::Result<(), ()>,)>,
            }

            impl Guest {
                /// Runs the program. The inner result is the program's own.
                ///
                /// # Errors
                ///
                /// A trap, or [`I32Exit`](crate::I32Exit) when the program ended itself.
                pub fn call_run(&self, mut store: impl AsContextMut) -> Result<core::result::Result<(), ()>> {
                    let (result,) = self.run.call(store.as_context_mut(), ())?;
                    Ok(result)
                }
            }
        }
    }
}
