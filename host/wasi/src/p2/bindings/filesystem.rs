//! `wasi:filesystem`.

/// `wasi:filesystem/types`.
pub mod types {
    pub use crate::filesystem::{Descriptor, ReaddirIterator as DirectoryEntryStream};
    pub use crate::p2::bindings::clocks::wall_clock::Datetime;
    pub use crate::p2::bindings::io::streams::{Error, InputStream, OutputStream};
    use coracle::Result;
    use coracle::component::{ComponentType, Lift, Lower, Resource, flags};

    /// A size or an offset in bytes.
    pub type Filesize = u64;

    /// A number of hard links.
    pub type LinkCount = u64;

    /// What a descriptor refers to.
    #[derive(Debug, Copy, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
    #[component(enum)]
    #[repr(u8)]
    pub enum DescriptorType {
        /// None of the others, or not known.
        #[component(name = "unknown")]
        Unknown,
        /// A block device.
        #[component(name = "block-device")]
        BlockDevice,
        /// A character device.
        #[component(name = "character-device")]
        CharacterDevice,
        /// A directory.
        #[component(name = "directory")]
        Directory,
        /// A named pipe.
        #[component(name = "fifo")]
        Fifo,
        /// A symbolic link.
        #[component(name = "symbolic-link")]
        SymbolicLink,
        /// A regular file.
        #[component(name = "regular-file")]
        RegularFile,
        /// A socket.
        #[component(name = "socket")]
        Socket,
    }

    flags! {
        /// How a descriptor was opened.
        DescriptorFlags {
            /// Its data can be read.
            #[component(name = "read")]
            const READ;
            /// Its data can be written.
            #[component(name = "write")]
            const WRITE;
            /// Writes bring data and attributes to the device (`O_SYNC`).
            #[component(name = "file-integrity-sync")]
            const FILE_INTEGRITY_SYNC;
            /// Writes bring data to the device (`O_DSYNC`).
            #[component(name = "data-integrity-sync")]
            const DATA_INTEGRITY_SYNC;
            /// Reads are as strict as writes (`O_RSYNC`).
            #[component(name = "requested-write-sync")]
            const REQUESTED_WRITE_SYNC;
            /// What is below the directory can be changed.
            #[component(name = "mutate-directory")]
            const MUTATE_DIRECTORY;
        }
    }

    flags! {
        /// How a path is resolved.
        PathFlags {
            /// A symbolic link at the end is followed.
            #[component(name = "symlink-follow")]
            const SYMLINK_FOLLOW;
        }
    }

    flags! {
        /// How a file is opened.
        OpenFlags {
            /// It is created if missing (`O_CREAT`).
            #[component(name = "create")]
            const CREATE;
            /// It has to be a directory (`O_DIRECTORY`).
            #[component(name = "directory")]
            const DIRECTORY;
            /// It must not be there yet (`O_EXCL`).
            #[component(name = "exclusive")]
            const EXCLUSIVE;
            /// It is emptied (`O_TRUNC`).
            #[component(name = "truncate")]
            const TRUNCATE;
        }
    }

    /// The attributes of a file.
    #[derive(Debug, Copy, Clone, ComponentType, Lift, Lower)]
    #[component(record)]
    pub struct DescriptorStat {
        /// What it is.
        #[component(name = "type")]
        pub type_: DescriptorType,
        /// How many hard links lead to it.
        #[component(name = "link-count")]
        pub link_count: LinkCount,
        /// Its size in bytes; for a symbolic link, that of the path.
        #[component(name = "size")]
        pub size: Filesize,
        /// When it was last read, where that is kept.
        #[component(name = "data-access-timestamp")]
        pub data_access_timestamp: Option<Datetime>,
        /// When it was last written, where that is kept.
        #[component(name = "data-modification-timestamp")]
        pub data_modification_timestamp: Option<Datetime>,
        /// When its attributes last changed, where that is kept.
        #[component(name = "status-change-timestamp")]
        pub status_change_timestamp: Option<Datetime>,
    }

    /// What to set a time stamp to.
    #[derive(Debug, Copy, Clone, ComponentType, Lift, Lower)]
    #[component(variant)]
    pub enum NewTimestamp {
        /// What it is.
        #[component(name = "no-change")]
        NoChange,
        /// The filesystem's present.
        #[component(name = "now")]
        Now,
        /// This.
        #[component(name = "timestamp")]
        Timestamp(Datetime),
    }

    /// An entry of a directory.
    #[derive(Debug, Clone, ComponentType, Lift, Lower)]
    #[component(record)]
    pub struct DirectoryEntry {
        /// What it is.
        #[component(name = "type")]
        pub type_: DescriptorType,
        /// Its name.
        #[component(name = "name")]
        pub name: String,
    }

    /// Why an operation failed.
    #[derive(Debug, Copy, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
    #[component(enum)]
    #[repr(u8)]
    pub enum ErrorCode {
        /// Permission is denied (`EACCES`).
        #[component(name = "access")]
        Access,
        /// The operation would block (`EAGAIN`).
        #[component(name = "would-block")]
        WouldBlock,
        /// Already in progress (`EALREADY`).
        #[component(name = "already")]
        Already,
        /// Not a descriptor (`EBADF`).
        #[component(name = "bad-descriptor")]
        BadDescriptor,
        /// Device or resource is busy (`EBUSY`).
        #[component(name = "busy")]
        Busy,
        /// A deadlock would occur (`EDEADLK`).
        #[component(name = "deadlock")]
        Deadlock,
        /// The quota is used up (`EDQUOT`).
        #[component(name = "quota")]
        Quota,
        /// The file exists (`EEXIST`).
        #[component(name = "exist")]
        Exist,
        /// The file would be too large (`EFBIG`).
        #[component(name = "file-too-large")]
        FileTooLarge,
        /// Illegal byte sequence (`EILSEQ`).
        #[component(name = "illegal-byte-sequence")]
        IllegalByteSequence,
        /// In progress (`EINPROGRESS`).
        #[component(name = "in-progress")]
        InProgress,
        /// Interrupted (`EINTR`).
        #[component(name = "interrupted")]
        Interrupted,
        /// Invalid argument (`EINVAL`).
        #[component(name = "invalid")]
        Invalid,
        /// The device failed (`EIO`).
        #[component(name = "io")]
        Io,
        /// It is a directory (`EISDIR`).
        #[component(name = "is-directory")]
        IsDirectory,
        /// Too many symbolic links (`ELOOP`).
        #[component(name = "loop")]
        Loop,
        /// Too many hard links (`EMLINK`).
        #[component(name = "too-many-links")]
        TooManyLinks,
        /// The message is too large (`EMSGSIZE`).
        #[component(name = "message-size")]
        MessageSize,
        /// The name is too long (`ENAMETOOLONG`).
        #[component(name = "name-too-long")]
        NameTooLong,
        /// No such device (`ENODEV`).
        #[component(name = "no-device")]
        NoDevice,
        /// No such file or directory (`ENOENT`).
        #[component(name = "no-entry")]
        NoEntry,
        /// No locks are left (`ENOLCK`).
        #[component(name = "no-lock")]
        NoLock,
        /// Not enough memory (`ENOMEM`).
        #[component(name = "insufficient-memory")]
        InsufficientMemory,
        /// The device is full (`ENOSPC`).
        #[component(name = "insufficient-space")]
        InsufficientSpace,
        /// It is no directory (`ENOTDIR`).
        #[component(name = "not-directory")]
        NotDirectory,
        /// The directory is not empty (`ENOTEMPTY`).
        #[component(name = "not-empty")]
        NotEmpty,
        /// The state cannot be recovered (`ENOTRECOVERABLE`).
        #[component(name = "not-recoverable")]
        NotRecoverable,
        /// Not supported (`ENOTSUP`).
        #[component(name = "unsupported")]
        Unsupported,
        /// No such control operation (`ENOTTY`).
        #[component(name = "no-tty")]
        NoTty,
        /// No such device or address (`ENXIO`).
        #[component(name = "no-such-device")]
        NoSuchDevice,
        /// The value does not fit (`EOVERFLOW`).
        #[component(name = "overflow")]
        Overflow,
        /// Not permitted (`EPERM`).
        #[component(name = "not-permitted")]
        NotPermitted,
        /// The pipe is broken (`EPIPE`).
        #[component(name = "pipe")]
        Pipe,
        /// The filesystem is read-only (`EROFS`).
        #[component(name = "read-only")]
        ReadOnly,
        /// It cannot be sought (`ESPIPE`).
        #[component(name = "invalid-seek")]
        InvalidSeek,
        /// The program runs (`ETXTBSY`).
        #[component(name = "text-file-busy")]
        TextFileBusy,
        /// The link would cross devices (`EXDEV`).
        #[component(name = "cross-device")]
        CrossDevice,
    }

    /// How a file will be read.
    #[derive(Debug, Copy, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
    #[component(enum)]
    #[repr(u8)]
    pub enum Advice {
        /// No advice.
        #[component(name = "normal")]
        Normal,
        /// From lower offsets to higher.
        #[component(name = "sequential")]
        Sequential,
        /// In random order.
        #[component(name = "random")]
        Random,
        /// Soon.
        #[component(name = "will-need")]
        WillNeed,
        /// Not soon.
        #[component(name = "dont-need")]
        DontNeed,
        /// Once.
        #[component(name = "no-reuse")]
        NoReuse,
    }

    /// A hash of 128 bits.
    #[derive(Debug, Copy, Clone, ComponentType, Lift, Lower)]
    #[component(record)]
    pub struct MetadataHashValue {
        /// 64 bits of it.
        #[component(name = "lower")]
        pub lower: u64,
        /// The other 64.
        #[component(name = "upper")]
        pub upper: u64,
    }

    /// The host's own results, whose errors may be traps.
    type Fallible<T> = crate::filesystem::FsResult<T>;

    host_trait! {
        /// The functions of the interface outside its resources.
        pub trait Host: HostDescriptor + HostDirectoryEntryStream [link_functions] {
            /// Makes the guest's error out of the host's, or gives the trap.
            unlinked ""
            fn convert_error_code(&mut self, error: crate::filesystem::FsError) -> Result<ErrorCode>;
            /// Gives the code behind a stream's error, if the error is the filesystem's.
            value "filesystem-error-code"
            fn filesystem_error_code(&mut self, err: Resource<Error>) -> Result<Option<ErrorCode>>;
        }
    }

    host_trait! {
        /// What a `descriptor` can do.
        pub trait HostDescriptor [link_descriptor] {
            /// Makes a stream that reads from an offset on.
            fallible(convert_error_code) "[method]descriptor.read-via-stream"
            fn read_via_stream(
                &mut self,
                this: Resource<Descriptor>,
                offset: Filesize,
            ) -> Fallible<Resource<InputStream>>;
            /// Makes a stream that writes from an offset on.
            fallible(convert_error_code) "[method]descriptor.write-via-stream"
            fn write_via_stream(
                &mut self,
                this: Resource<Descriptor>,
                offset: Filesize,
            ) -> Fallible<Resource<OutputStream>>;
            /// Makes a stream that appends.
            fallible(convert_error_code) "[method]descriptor.append-via-stream"
            fn append_via_stream(
                &mut self,
                this: Resource<Descriptor>,
            ) -> Fallible<Resource<OutputStream>>;
            /// Tells how a region will be read.
            fallible(convert_error_code) "[method]descriptor.advise"
            fn advise(
                &mut self,
                this: Resource<Descriptor>,
                offset: Filesize,
                length: Filesize,
                advice: Advice,
            ) -> Fallible<()>;
            /// Brings the data to the device.
            fallible(convert_error_code) "[method]descriptor.sync-data"
            fn sync_data(&mut self, this: Resource<Descriptor>) -> Fallible<()>;
            /// Gives the flags it was opened with.
            fallible(convert_error_code) "[method]descriptor.get-flags"
            fn get_flags(&mut self, this: Resource<Descriptor>) -> Fallible<DescriptorFlags>;
            /// Tells what it refers to.
            fallible(convert_error_code) "[method]descriptor.get-type"
            fn get_type(&mut self, this: Resource<Descriptor>) -> Fallible<DescriptorType>;
            /// Sets the size.
            fallible(convert_error_code) "[method]descriptor.set-size"
            fn set_size(&mut self, this: Resource<Descriptor>, size: Filesize) -> Fallible<()>;
            /// Sets the time stamps.
            fallible(convert_error_code) "[method]descriptor.set-times"
            fn set_times(
                &mut self,
                this: Resource<Descriptor>,
                data_access_timestamp: NewTimestamp,
                data_modification_timestamp: NewTimestamp,
            ) -> Fallible<()>;
            /// Reads at an offset, and tells whether the end was reached.
            fallible(convert_error_code) "[method]descriptor.read"
            fn read(
                &mut self,
                this: Resource<Descriptor>,
                length: Filesize,
                offset: Filesize,
            ) -> Fallible<(Vec<u8>, bool)>;
            /// Writes at an offset.
            fallible(convert_error_code) "[method]descriptor.write"
            fn write(
                &mut self,
                this: Resource<Descriptor>,
                buffer: Vec<u8>,
                offset: Filesize,
            ) -> Fallible<Filesize>;
            /// Makes a stream of the entries of the directory.
            fallible(convert_error_code) "[method]descriptor.read-directory"
            fn read_directory(
                &mut self,
                this: Resource<Descriptor>,
            ) -> Fallible<Resource<DirectoryEntryStream>>;
            /// Brings data and attributes to the device.
            fallible(convert_error_code) "[method]descriptor.sync"
            fn sync(&mut self, this: Resource<Descriptor>) -> Fallible<()>;
            /// Makes a directory.
            fallible(convert_error_code) "[method]descriptor.create-directory-at"
            fn create_directory_at(
                &mut self,
                this: Resource<Descriptor>,
                path: String,
            ) -> Fallible<()>;
            /// Gives the attributes.
            fallible(convert_error_code) "[method]descriptor.stat"
            fn stat(&mut self, this: Resource<Descriptor>) -> Fallible<DescriptorStat>;
            /// Gives the attributes of what is at a path.
            fallible(convert_error_code) "[method]descriptor.stat-at"
            fn stat_at(
                &mut self,
                this: Resource<Descriptor>,
                path_flags: PathFlags,
                path: String,
            ) -> Fallible<DescriptorStat>;
            /// Sets the time stamps of what is at a path.
            fallible(convert_error_code) "[method]descriptor.set-times-at"
            fn set_times_at(
                &mut self,
                this: Resource<Descriptor>,
                path_flags: PathFlags,
                path: String,
                data_access_timestamp: NewTimestamp,
                data_modification_timestamp: NewTimestamp,
            ) -> Fallible<()>;
            /// Makes a hard link.
            fallible(convert_error_code) "[method]descriptor.link-at"
            fn link_at(
                &mut self,
                this: Resource<Descriptor>,
                old_path_flags: PathFlags,
                old_path: String,
                new_descriptor: Resource<Descriptor>,
                new_path: String,
            ) -> Fallible<()>;
            /// Opens what is at a path.
            fallible(convert_error_code) "[method]descriptor.open-at"
            fn open_at(
                &mut self,
                this: Resource<Descriptor>,
                path_flags: PathFlags,
                path: String,
                open_flags: OpenFlags,
                flags: DescriptorFlags,
            ) -> Fallible<Resource<Descriptor>>;
            /// Gives what a symbolic link holds.
            fallible(convert_error_code) "[method]descriptor.readlink-at"
            fn readlink_at(&mut self, this: Resource<Descriptor>, path: String) -> Fallible<String>;
            /// Removes a directory.
            fallible(convert_error_code) "[method]descriptor.remove-directory-at"
            fn remove_directory_at(
                &mut self,
                this: Resource<Descriptor>,
                path: String,
            ) -> Fallible<()>;
            /// Renames what is at a path.
            fallible(convert_error_code) "[method]descriptor.rename-at"
            fn rename_at(
                &mut self,
                this: Resource<Descriptor>,
                old_path: String,
                new_descriptor: Resource<Descriptor>,
                new_path: String,
            ) -> Fallible<()>;
            /// Makes a symbolic link.
            fallible(convert_error_code) "[method]descriptor.symlink-at"
            fn symlink_at(
                &mut self,
                this: Resource<Descriptor>,
                old_path: String,
                new_path: String,
            ) -> Fallible<()>;
            /// Removes a file.
            fallible(convert_error_code) "[method]descriptor.unlink-file-at"
            fn unlink_file_at(&mut self, this: Resource<Descriptor>, path: String) -> Fallible<()>;
            /// Whether two descriptors refer to the same object.
            value "[method]descriptor.is-same-object"
            fn is_same_object(
                &mut self,
                this: Resource<Descriptor>,
                other: Resource<Descriptor>,
            ) -> Result<bool>;
            /// Gives a hash of the attributes.
            fallible(convert_error_code) "[method]descriptor.metadata-hash"
            fn metadata_hash(&mut self, this: Resource<Descriptor>) -> Fallible<MetadataHashValue>;
            /// Gives a hash of the attributes of what is at a path.
            fallible(convert_error_code) "[method]descriptor.metadata-hash-at"
            fn metadata_hash_at(
                &mut self,
                this: Resource<Descriptor>,
                path_flags: PathFlags,
                path: String,
            ) -> Fallible<MetadataHashValue>;
            /// Closes the descriptor.
            unlinked ""
            fn drop(&mut self, this: Resource<Descriptor>) -> Result<()>;
        }
    }

    host_trait! {
        /// What a `directory-entry-stream` can do.
        pub trait HostDirectoryEntryStream [link_directory_entry_stream] {
            /// Gives the next entry, or none at the end.
            fallible(convert_error_code) "[method]directory-entry-stream.read-directory-entry"
            fn read_directory_entry(
                &mut self,
                this: Resource<DirectoryEntryStream>,
            ) -> Fallible<Option<DirectoryEntry>>;
            /// Forgets the stream.
            unlinked ""
            fn drop(&mut self, this: Resource<DirectoryEntryStream>) -> Result<()>;
        }
    }

    interface!(
        "wasi:filesystem/types@0.2.12":
        link_functions, link_descriptor, link_directory_entry_stream;
        "descriptor": Descriptor => HostDescriptor,
        "directory-entry-stream": DirectoryEntryStream => HostDirectoryEntryStream
    );
}

/// `wasi:filesystem/preopens`.
pub mod preopens {
    pub use crate::p2::bindings::filesystem::types::Descriptor;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives the directories that the program may use, with their paths.
            value "get-directories"
            fn get_directories(&mut self) -> Result<Vec<(Resource<Descriptor>, String)>>;
        }
    }

    interface!("wasi:filesystem/preopens@0.2.12": link_functions);
}
