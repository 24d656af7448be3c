//! Types, traits and linker glue for the texts in `wit/`, in the shape that `bindgen!` emits.
//!
//! One module per interface: its types, a trait `Host`, a trait per resource, and `add_to_linker`,
//! which takes the function that finds the implementor inside the store's data. Interfaces whose
//! functions wait are found under [`sync`] as well, where the other flavour's are not.
//!
//! # Invariants
//!
//! - The version in an interface's name is that of the texts; the linker serves the others of 0.2.

/// One table per trait: its methods, the names under which the linker knows them, and their kind.
///
/// Makes the trait, its forwarding to `&mut T`, and a function that puts the methods into a linker
/// instance. The kinds: `unlinked` methods are not for the guest, `unit` ones return nothing to it,
/// `value` ones a value, and `fallible(convert)` ones a `result` whose error the method `convert` of
/// the interface's `Host` makes, or a trap.
macro_rules! host_trait {
    (
        $(#[$meta:meta])*
        pub trait $name:ident $(: $first:ident $(+ $more:ident)*)? [$link:ident] {
            $(
                $(#[$doc:meta])*
                $kind:ident $(($convert:ident))? $wit:literal
                fn $method:ident(&mut self $(, $param:ident: $ty:ty)* $(,)?) -> $result:ty;
            )*
        }
    ) => {
        $(#[$meta])*
        pub trait $name $(: $first $(+ $more)*)? {
            $(
                $(#[$doc])*
                #[allow(clippy::missing_errors_doc)] // What WIT says of its errors stands with the WIT.
                fn $method(&mut self $(, $param: $ty)*) -> $result;
            )*
        }

        impl<H: $name + ?Sized> $name for &mut H {
            $(
                fn $method(&mut self $(, $param: $ty)*) -> $result {
                    H::$method(*self $(, $param)*)
                }
            )*
        }

        fn $link<T, D>(
            instance: &mut coracle::component::LinkerInstance<'_, T>,
            host_getter: fn(&mut T) -> D::Data<'_>,
        ) -> coracle::Result<()>
        where
            T: 'static,
            D: coracle::component::HasData,
            for<'a> D::Data<'a>: Host,
        {
            $(
                host_trait!(
                    @link $kind $(($convert))?, instance, host_getter, $wit,
                    $name::$method, ($($param)*), ($($ty,)*)
                );
            )*
            // Interfaces without functions use neither.
            let _ = (instance, host_getter);
            Ok(())
        }
    };
    (@link unlinked, $($rest:tt)*) => {};
    (
        @link unit, $instance:ident, $getter:ident, $wit:literal,
        $name:ident::$method:ident, ($($param:ident)*), $types:ty
    ) => {
        $instance.func_wrap(
            $wit,
            move |mut store: coracle::StoreContextMut<'_, T>, ($($param,)*): $types| {
                $name::$method(&mut $getter(store.data_mut()) $(, $param)*)
            },
        )?;
    };
    (
        @link value, $instance:ident, $getter:ident, $wit:literal,
        $name:ident::$method:ident, ($($param:ident)*), $types:ty
    ) => {
        $instance.func_wrap(
            $wit,
            move |mut store: coracle::StoreContextMut<'_, T>, ($($param,)*): $types| {
                Ok(($name::$method(&mut $getter(store.data_mut()) $(, $param)*)?,))
            },
        )?;
    };
    (
        @link fallible($convert:ident), $instance:ident, $getter:ident, $wit:literal,
        $name:ident::$method:ident, ($($param:ident)*), $types:ty
    ) => {
        $instance.func_wrap(
            $wit,
            move |mut store: coracle::StoreContextMut<'_, T>, ($($param,)*): $types| {
                let host = &mut $getter(store.data_mut());
                match $name::$method(host $(, $param)*) {
                    Ok(value) => Ok((Ok(value),)),
                    Err(error) => Ok((Err(Host::$convert(host, error)?),)),
                }
            },
        )?;
    };
}

/// Makes an interface's `add_to_linker` out of the functions that [`host_trait!`] made, and the
/// resources that the interface defines.
macro_rules! interface {
    ($wit:literal: $($link:ident),* $(; $($resource:literal: $ty:ty => $host:ident),*)?) => {
        /// Adds the interface to a linker; `host_getter` finds the implementor in the store's data.
        ///
        /// # Errors
        ///
        /// When the linker already has the interface and does not allow shadowing.
        pub fn add_to_linker<T, D>(
            linker: &mut coracle::component::Linker<T>,
            host_getter: fn(&mut T) -> D::Data<'_>,
        ) -> coracle::Result<()>
        where
            T: 'static,
            D: coracle::component::HasData,
            for<'a> D::Data<'a>: Host,
        {
            let instance = &mut linker.instance($wit)?;
            $($(
                instance.resource(
                    $resource,
                    coracle::component::ResourceType::host::<$ty>(),
                    move |mut store, rep| {
                        $host::drop(
                            &mut host_getter(store.data_mut()),
                            coracle::component::Resource::new_own(rep),
                        )
                    },
                )?;
            )*)?
            $($link::<T, D>(instance, host_getter)?;)*
            Ok(())
        }
    };
}

pub mod cli;
pub mod clocks;
mod command;
pub mod exports;
pub mod filesystem;
pub mod io;
pub mod random;

/// The bindings whose functions block the thread when they wait.
pub mod sync {
    pub use crate::p2::bindings::command::{Command, CommandIndices, CommandPre};
    pub use crate::p2::bindings::{cli, clocks, exports, filesystem, io, random};
}
