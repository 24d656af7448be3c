//! `wasi:filesystem` with nothing granted: its types are whole, no descriptor can exist.

use crate::TrappableError;
use crate::io::{DynInputStream, DynOutputStream, Error};
use crate::p2::bindings::filesystem::preopens;
use crate::p2::bindings::sync::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, MetadataHashValue,
    NewTimestamp, OpenFlags, PathFlags,
};
use coracle::Result;
use coracle::component::{HasData, Resource, ResourceTable, ResourceTableError};
use std::fmt;
use std::io::ErrorKind;

/// How a filesystem operation fails: by a code for the guest, or by a trap.
pub type FsError = TrappableError<ErrorCode>;

/// What filesystem operations return.
pub type FsResult<T> = std::result::Result<T, FsError>;

/// The host's side of a `descriptor`.
///
/// It has no values, since nothing can be granted yet: so the compiler knows that the operations of a
/// descriptor are never carried out.
#[derive(Debug)]
pub enum Descriptor {}

/// The host's side of a `directory-entry-stream`; as [`Descriptor`], it has no values.
#[derive(Debug)]
pub enum ReaddirIterator {}

/// Names [`WasiFilesystemCtxView`] for the `D` parameter of the `add_to_linker` functions.
pub struct WasiFilesystem;

impl HasData for WasiFilesystem {
    type Data<'a> = WasiFilesystemCtxView<'a>;
}

/// Gives access to the state behind `wasi:filesystem`.
pub trait WasiFilesystemView: Send {
    /// Borrows it.
    fn filesystem(&mut self) -> WasiFilesystemCtxView<'_>;
}

/// The state that the functions of `wasi:filesystem` work on.
pub struct WasiFilesystemCtxView<'a> {
    /// What the guest may touch.
    pub ctx: &'a mut WasiFilesystemCtx,
    /// The host's side of the resources that the guest holds.
    pub table: &'a mut ResourceTable,
}

/// The directories that one guest may touch: none.
#[derive(Debug, Default)]
pub struct WasiFilesystemCtx(());

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filesystem error {self:?}")
    }
}

impl std::error::Error for ErrorCode {}

impl From<ResourceTableError> for FsError {
    fn from(error: ResourceTableError) -> Self {
        Self::trap(error)
    }
}

impl From<&std::io::Error> for ErrorCode {
    fn from(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::NoEntry,
            ErrorKind::PermissionDenied => Self::NotPermitted,
            ErrorKind::AlreadyExists => Self::Exist,
            ErrorKind::WouldBlock => Self::WouldBlock,
            ErrorKind::NotADirectory => Self::NotDirectory,
            ErrorKind::IsADirectory => Self::IsDirectory,
            ErrorKind::DirectoryNotEmpty => Self::NotEmpty,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::InvalidInput | ErrorKind::InvalidData => Self::Invalid,
            ErrorKind::InvalidFilename => Self::NameTooLong,
            ErrorKind::StorageFull => Self::InsufficientSpace,
            ErrorKind::QuotaExceeded => Self::Quota,
            ErrorKind::FileTooLarge => Self::FileTooLarge,
            ErrorKind::NotSeekable => Self::InvalidSeek,
            ErrorKind::ResourceBusy => Self::Busy,
            ErrorKind::ExecutableFileBusy => Self::TextFileBusy,
            ErrorKind::Deadlock => Self::Deadlock,
            ErrorKind::CrossesDevices => Self::CrossDevice,
            ErrorKind::TooManyLinks => Self::TooManyLinks,
            ErrorKind::BrokenPipe => Self::Pipe,
            ErrorKind::Interrupted => Self::Interrupted,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::OutOfMemory => Self::InsufficientMemory,
            _ => Self::Io,
        }
    }
}

impl preopens::Host for WasiFilesystemCtxView<'_> {
    fn get_directories(&mut self) -> Result<Vec<(Resource<Descriptor>, String)>> {
        Ok(Vec::new())
    }
}

impl types::Host for WasiFilesystemCtxView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> Result<ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(&mut self, err: Resource<Error>) -> Result<Option<ErrorCode>> {
        let error = self.table.get(&err)?;
        Ok(error.downcast_ref::<std::io::Error>().map(ErrorCode::from))
    }
}

/// Operations on a descriptor: each looks its handle up, which is where it ends.
macro_rules! descriptor_operations {
    ($($name:ident($($param:ident: $ty:ty),*) -> $result:ty;)*) => {
        $(
            fn $name(&mut self, this: Resource<Descriptor> $(, $param: $ty)*) -> FsResult<$result> {
                $(let _ = $param;)*
                match *self.table.get(&this)? {}
            }
        )*
    };
}

impl types::HostDescriptor for WasiFilesystemCtxView<'_> {
    descriptor_operations! {
        read_via_stream(offset: u64) -> Resource<DynInputStream>;
        write_via_stream(offset: u64) -> Resource<DynOutputStream>;
        append_via_stream() -> Resource<DynOutputStream>;
        advise(offset: u64, length: u64, advice: Advice) -> ();
        sync_data() -> ();
        get_flags() -> DescriptorFlags;
        get_type() -> DescriptorType;
        set_size(size: u64) -> ();
        set_times(accessed: NewTimestamp, modified: NewTimestamp) -> ();
        read(length: u64, offset: u64) -> (Vec<u8>, bool);
        write(buffer: Vec<u8>, offset: u64) -> u64;
        read_directory() -> Resource<ReaddirIterator>;
        sync() -> ();
        create_directory_at(path: String) -> ();
        stat() -> DescriptorStat;
        stat_at(path_flags: PathFlags, path: String) -> DescriptorStat;
        set_times_at(
            path_flags: PathFlags,
            path: String,
            accessed: NewTimestamp,
            modified: NewTimestamp
        ) -> ();
        link_at(
            old_path_flags: PathFlags,
            old_path: String,
            new_descriptor: Resource<Descriptor>,
            new_path: String
        ) -> ();
        open_at(
            path_flags: PathFlags,
            path: String,
            open_flags: OpenFlags,
            flags: DescriptorFlags
        ) -> Resource<Descriptor>;
        readlink_at(path: String) -> String;
        remove_directory_at(path: String) -> ();
        rename_at(old_path: String, new_descriptor: Resource<Descriptor>, new_path: String) -> ();
        symlink_at(old_path: String, new_path: String) -> ();
        unlink_file_at(path: String) -> ();
        metadata_hash() -> MetadataHashValue;
        metadata_hash_at(path_flags: PathFlags, path: String) -> MetadataHashValue;
    }

    fn is_same_object(&mut self, this: Resource<Descriptor>, _: Resource<Descriptor>) -> Result<bool> {
        match *self.table.get(&this)? {}
    }

    fn drop(&mut self, this: Resource<Descriptor>) -> Result<()> {
        match self.table.delete(this)? {}
    }
}

impl types::HostDirectoryEntryStream for WasiFilesystemCtxView<'_> {
    fn read_directory_entry(&mut self, this: Resource<ReaddirIterator>) -> FsResult<Option<DirectoryEntry>> {
        match *self.table.get(&this)? {}
    }

    fn drop(&mut self, this: Resource<ReaddirIterator>) -> Result<()> {
        match self.table.delete(this)? {}
    }
}

#[cfg(test)]
mod tests {
    use super::preopens::Host as _;
    use super::types::{Host as _, HostDescriptor as _};
    use super::*;

    #[test]
    fn no_grant_no_descriptor() {
        let (mut ctx, mut table) = (WasiFilesystemCtx::default(), ResourceTable::new());
        let mut view = WasiFilesystemCtxView { ctx: &mut ctx, table: &mut table };
        assert!(view.get_directories().unwrap().is_empty());
        let error = view.stat(Resource::new_borrow(0)).unwrap_err();
        assert!(view.convert_error_code(error).is_err(), "an unknown handle is a trap");
    }

    #[test]
    fn stream_errors_have_codes() {
        let (mut ctx, mut table) = (WasiFilesystemCtx::default(), ResourceTable::new());
        let full = std::io::Error::from(ErrorKind::StorageFull);
        let full = table.push(Error::new(full)).unwrap();
        let other = table.push(Error::msg("no such thing")).unwrap();
        let mut view = WasiFilesystemCtxView { ctx: &mut ctx, table: &mut table };
        let code = view.filesystem_error_code(full).unwrap();
        assert!(matches!(code, Some(ErrorCode::InsufficientSpace)));
        assert!(view.filesystem_error_code(other).unwrap().is_none());
    }

    #[test]
    fn codes_come_back_as_codes() {
        let (mut ctx, mut table) = (WasiFilesystemCtx::default(), ResourceTable::new());
        let mut view = WasiFilesystemCtxView { ctx: &mut ctx, table: &mut table };
        let code = view.convert_error_code(ErrorCode::Loop.into()).unwrap();
        assert!(matches!(code, ErrorCode::Loop));
    }
}
