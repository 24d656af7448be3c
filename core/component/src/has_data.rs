//! `HasData`: what a host implementation sees of a store's data; `Access`: the store along with it.

use coracle_vm::store::{AsContext, AsContextMut, StoreContext, StoreContextMut};
use core::fmt;
use core::marker::PhantomData;

/// A projection from a store's data to what an implementation of host functions works on.
///
/// A type parameter `D: HasData` of `add_to_linker` says what `fn(&mut T) -> D::Data<'_>` returns. For the plain case
/// of a reference there is [`HasSelf`].
pub trait HasData: 'static {
    /// What is seen of the data.
    type Data<'a>;
}

/// The projection to a `&mut T`.
pub struct HasSelf<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized + 'static> HasData for HasSelf<T> {
    type Data<'a> = &'a mut T;
}

/// A store, with a projection of its data: what host functions get that ask for the store.
pub struct Access<'a, T: 'static, D: HasData + ?Sized> {
    store: StoreContextMut<'a, T>,
    get: fn(&mut T) -> D::Data<'_>,
}

impl<'a, T: 'static, D: HasData + ?Sized> Access<'a, T, D> {
    /// The store, and how to project its data.
    pub fn new(store: StoreContextMut<'a, T>, get: fn(&mut T) -> D::Data<'_>) -> Self {
        Self { store, get }
    }

    /// The projection of the store's data.
    pub fn get(&mut self) -> D::Data<'_> {
        (self.get)(self.store.data_mut())
    }

    /// The store's data.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }
}

impl<T: 'static, D: HasData + ?Sized> AsContext for Access<'_, T, D> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T: 'static, D: HasData + ?Sized> AsContextMut for Access<'_, T, D> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}

impl<T: 'static, D: HasData + ?Sized> fmt::Debug for Access<'_, T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access")
    }
}
