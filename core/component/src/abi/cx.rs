//! What a lifting or lowering needs: options, memory, realloc, handles.
//!
//! The canonical ABI does not know the store. It sees a memory as bytes, `realloc` as a function that may be called,
//! and the handle tables as [`Handles`]; whoever makes a call builds a [`LowerCx`] or [`LiftCx`] over what it owns.
//! A lift holds the memory for as long as it lasts, since nothing can move it then; a lowering asks the host again
//! after each `realloc`.
//!
//! # Invariants
//! - Every access is checked against the memory's present length; an address that `realloc` returned is checked for
//!   alignment and bounds before anything is written there.
//! - Sizes handed to `realloc` fit the address width of the memory.

use crate::abi::handles::{HandleTableId, Handles, ResourceId};
use crate::abi::resource::ty::ResourceType;
use coracle_error::Trap;
use coracle_error::{Error, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::plan::StringEncoding;
use coracle_image::types::{InterfaceType, Ptr, ResourceIndex, TypeTable};

/// Something of the store that a canonical option names, as a word that only the store understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OptionHandle(pub usize);

/// The canonical options of one lift or lower, resolved for one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// How strings are encoded.
    pub encoding: StringEncoding,
    /// Width of the memory's addresses.
    pub ptr: Ptr,
    /// The memory, where the types need one.
    pub memory: Option<OptionHandle>,
    /// The function that allocates in that memory, where the types need one.
    pub realloc: Option<OptionHandle>,
    /// The function to call when the results have been lifted.
    pub post_return: Option<OptionHandle>,
}

/// What a lowering asks of the store.
pub trait AbiHost {
    /// The bytes of the memory that the options name; none if they name none.
    fn memory(&self, options: &Options) -> &[u8];
    /// The bytes of the memory that the options name, for change.
    fn memory_mut(&mut self, options: &Options) -> &mut [u8];
    /// Calls the guest's `realloc`. What it returns is not to be trusted.
    ///
    /// # Errors
    /// When the guest traps or may not be entered.
    fn realloc(&mut self, options: &Options, old: u64, old_size: u64, align: u32, new_size: u64) -> Result<u64>;
    /// The handle tables of the store.
    fn handles(&mut self) -> &mut Handles;
}

/// The resource types of one instance: what each index of its type table stands for.
pub type ResourceBindings = PrimaryMap<ResourceIndex, ResourceId>;

/// Maps the resource types of a type table to identities, for type checks.
pub trait ResourceTypes {
    /// The identity of a resource type of the table.
    fn resource_type(&self, index: ResourceIndex) -> ResourceType;
}

/// The resource types of an instance that is alive.
#[derive(Clone, Copy, Debug)]
pub struct BoundResources<'a> {
    /// The instance's resource types.
    pub bindings: &'a ResourceBindings,
    /// The store's tables.
    pub handles: &'a Handles,
}

impl ResourceTypes for BoundResources<'_> {
    fn resource_type(&self, index: ResourceIndex) -> ResourceType {
        self.handles.def(self.bindings[index]).ty
    }
}

/// The resource types of a component that is not instantiated: each is only itself.
#[derive(Clone, Copy, Debug)]
pub struct UnboundResources {
    /// Tells components apart.
    pub component: u64,
}

impl ResourceTypes for UnboundResources {
    fn resource_type(&self, index: ResourceIndex) -> ResourceType {
        ResourceType::uninstantiated(self.component, index)
    }
}

/// The types that a Rust type is checked against.
#[derive(Clone, Copy)]
pub struct InstanceType<'a> {
    /// The component's types.
    pub types: &'a TypeTable,
    /// What its resource types stand for.
    pub resources: &'a dyn ResourceTypes,
}

/// State of one lowering: values go into a guest.
pub struct LowerCx<'a> {
    /// The options of the lift or lower.
    pub(crate) options: Options,
    /// The types of the component.
    pub types: &'a TypeTable,
    /// The resource types of the instance.
    pub(crate) resources: &'a ResourceBindings,
    /// The handle table of the component instance that receives the values.
    pub(crate) table: HandleTableId,
    /// Memory, realloc and handle tables.
    pub(crate) host: &'a mut dyn AbiHost,
}

/// State of one lifting: values come out of a guest.
pub struct LiftCx<'a> {
    /// The options of the lift or lower.
    pub(crate) options: Options,
    /// The types of the component.
    pub types: &'a TypeTable,
    /// The resource types of the instance.
    pub(crate) resources: &'a ResourceBindings,
    /// The handle table of the component instance that the values come from.
    pub(crate) table: HandleTableId,
    /// The memory that the options name; empty if they name none.
    pub(crate) memory: &'a [u8],
    /// The handle tables of the store.
    pub(crate) handles: &'a mut Handles,
    /// Bytes that the guest may still make the host copy.
    pub(crate) fuel: &'a mut usize,
    /// Where the values come from, for views that outlive the lifting; `None` where the memory does not.
    pub(crate) source: Option<Source>,
}

/// A component instance of a store, as views keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The store's identity.
    pub store: u64,
    /// The instance's number in it.
    pub instance: u32,
}

impl LowerCx<'_> {
    /// Width of the memory's addresses.
    #[inline]
    pub fn ptr(&self) -> Ptr {
        self.options.ptr
    }

    /// Allocates in the guest.
    ///
    /// # Errors
    /// `Trap::ReallocUnaligned`, `Trap::ReallocOutOfBounds`, `Trap::TooLong`, or what the guest's `realloc` raises.
    pub(crate) fn alloc(&mut self, align: u32, size: usize) -> Result<usize> {
        self.realloc(0, 0, align, size)
    }

    /// Moves an allocation of the guest to another size.
    ///
    /// # Errors
    /// As [`alloc`](Self::alloc).
    pub(crate) fn realloc(&mut self, old: usize, old_size: usize, align: u32, new_size: usize) -> Result<usize> {
        let new_size = new_size as u64;
        if self.options.ptr == Ptr::P32 && u32::try_from(new_size).is_err() {
            return Err(Error::new(Trap::TooLong));
        }
        let at = self.host.realloc(&self.options, old as u64, old_size as u64, align, new_size)?;
        if at & u64::from(align - 1) != 0 {
            return Err(Error::new(Trap::ReallocUnaligned));
        }
        let len = self.host.memory(&self.options).len() as u64;
        match at.checked_add(new_size) {
            Some(end) if end <= len => Ok(at as usize),
            _ => Err(Error::new(Trap::ReallocOutOfBounds)),
        }
    }

    /// `len` bytes of the memory at `at`, for change.
    ///
    /// # Errors
    /// `Trap::MemoryOutOfBounds`: the memory is not what it was when the address was checked.
    #[inline]
    pub(crate) fn bytes_mut(&mut self, at: usize, len: usize) -> Result<&mut [u8]> {
        let memory = self.host.memory_mut(&self.options);
        at.checked_add(len).and_then(|end| memory.get_mut(at..end)).ok_or_else(outside)
    }

    /// Writes bytes at `at`.
    ///
    /// # Errors
    /// As [`bytes_mut`](Self::bytes_mut).
    #[inline]
    pub(crate) fn write<const N: usize>(&mut self, at: usize, bytes: [u8; N]) -> Result<()> {
        self.bytes_mut(at, N)?.copy_from_slice(&bytes);
        Ok(())
    }

    /// Writes an address or length at `at`.
    ///
    /// # Errors
    /// As [`bytes_mut`](Self::bytes_mut).
    #[inline]
    pub(crate) fn write_ptr(&mut self, at: usize, value: usize) -> Result<()> {
        match self.options.ptr {
            Ptr::P32 => self.write(at, (value as u32).to_le_bytes()),
            Ptr::P64 => self.write(at, (value as u64).to_le_bytes()),
        }
    }

    /// Checks an address that the guest gave for a value of this size, as a return pointer.
    ///
    /// # Errors
    /// `Trap::UnalignedPointer`, `Trap::PointerOutOfBounds`.
    pub(crate) fn check_pointer(&self, at: u64, align: u32, size: u32) -> Result<usize> {
        check_pointer(self.host.memory(&self.options).len(), at, align, size)
    }

    /// The identity of the resource type that an index of the type table stands for.
    pub(crate) fn resource_type(&mut self, index: ResourceIndex) -> ResourceType {
        let id = self.resources[index];
        self.host.handles().def(id).ty
    }

    /// Gives a resource to the guest, or lends it, as `ty` says. Gives the core value.
    ///
    /// # Errors
    /// `Trap::HandleLimit`.
    pub(crate) fn lower_handle(&mut self, ty: InterfaceType, rep: u32) -> Result<u32> {
        let table = self.table;
        match ty {
            InterfaceType::Own(index) => self.host.handles().lower_own(table, self.resources[index], rep),
            InterfaceType::Borrow(index) => self.host.handles().lower_borrow(table, self.resources[index], rep),
            _ => Err(bad_type()),
        }
    }
}

impl<'a> LiftCx<'a> {
    /// Width of the memory's addresses.
    #[inline]
    pub fn ptr(&self) -> Ptr {
        self.options.ptr
    }

    /// Pays for bytes that the host is going to copy.
    ///
    /// # Errors
    /// `Trap::HostcallFuel`.
    #[inline]
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<()> {
        match self.fuel.checked_sub(bytes) {
            Some(left) => {
                *self.fuel = left;
                Ok(())
            }
            None => Err(Error::new(Trap::HostcallFuel)),
        }
    }

    /// `len` bytes of the memory at `at`.
    ///
    /// # Errors
    /// `Trap::MemoryOutOfBounds`.
    #[inline]
    pub(crate) fn bytes(&self, at: usize, len: usize) -> Result<&'a [u8]> {
        let memory = self.memory;
        at.checked_add(len).and_then(|end| memory.get(at..end)).ok_or_else(outside)
    }

    /// Checks an address that the guest gave for a value of this size.
    ///
    /// # Errors
    /// `Trap::UnalignedPointer`, `Trap::PointerOutOfBounds`.
    pub(crate) fn check_pointer(&self, at: u64, align: u32, size: u32) -> Result<usize> {
        check_pointer(self.memory.len(), at, align, size)
    }

    /// Takes or borrows a resource from the guest, as `ty` says. Gives type and representation.
    ///
    /// # Errors
    /// The traps of [`Handles::lift_own`] and [`Handles::lift_borrow`].
    pub(crate) fn lift_handle(&mut self, ty: InterfaceType, index: u32) -> Result<(ResourceId, u32)> {
        match ty {
            InterfaceType::Own(ty) => {
                let id = self.resources[ty];
                Ok((id, self.handles.lift_own(self.table, id, index)?))
            }
            InterfaceType::Borrow(ty) => {
                let id = self.resources[ty];
                Ok((id, self.handles.lift_borrow(self.table, id, index)?))
            }
            _ => Err(bad_type()),
        }
    }
}

fn check_pointer(memory: usize, at: u64, align: u32, size: u32) -> Result<usize> {
    if at & u64::from(align - 1) != 0 {
        return Err(Error::new(Trap::UnalignedPointer));
    }
    match at.checked_add(u64::from(size)) {
        Some(end) if end <= memory as u64 => Ok(at as usize),
        _ => Err(Error::new(Trap::PointerOutOfBounds)),
    }
}

#[cold]
fn outside() -> Error {
    Error::new(Trap::MemoryOutOfBounds)
}

/// A value met a type that its type check should have refused.
#[cold]
pub fn bad_type() -> Error {
    coracle_error::bug!("a value was lifted or lowered by a type that it was not checked against")
}
