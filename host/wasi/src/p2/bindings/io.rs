//! `wasi:io`.

/// `wasi:io/error`.
pub mod error {
    use coracle::Result;
    use coracle::component::Resource;

    pub use crate::io::Error;

    host_trait! {
        /// The functions of the interface outside its resources.
        pub trait Host: HostError [link_functions] {}
    }

    host_trait! {
        /// What an `error` can do.
        pub trait HostError [link_error] {
            /// Gives a text for people; it may change with host and version.
            value "[method]error.to-debug-string"
            fn to_debug_string(&mut self, this: Resource<Error>) -> Result<String>;
            /// Forgets the error.
            unlinked ""
            fn drop(&mut self, this: Resource<Error>) -> Result<()>;
        }
    }

    interface!("wasi:io/error@0.2.12": link_functions, link_error; "error": Error => HostError);
}

/// `wasi:io/poll`.
pub mod poll {
    use coracle::Result;
    use coracle::component::Resource;

    pub use crate::io::DynPollable as Pollable;

    host_trait! {
        /// The functions of the interface outside its resources.
        pub trait Host: HostPollable [link_functions] {
            /// Waits until one or more are ready and gives their positions. An empty list is a trap.
            value "poll"
            fn poll(&mut self, pollables: Vec<Resource<Pollable>>) -> Result<Vec<u32>>;
        }
    }

    host_trait! {
        /// What a `pollable` can do.
        pub trait HostPollable [link_pollable] {
            /// Whether it is ready; never blocks.
            value "[method]pollable.ready"
            fn ready(&mut self, this: Resource<Pollable>) -> Result<bool>;
            /// Waits until it is ready.
            unit "[method]pollable.block"
            fn block(&mut self, this: Resource<Pollable>) -> Result<()>;
            /// Forgets the pollable and what it owns.
            unlinked ""
            fn drop(&mut self, this: Resource<Pollable>) -> Result<()>;
        }
    }

    interface!(
        "wasi:io/poll@0.2.12": link_functions, link_pollable;
        "pollable": Pollable => HostPollable
    );
}

/// `wasi:io/streams`.
pub mod streams {
    pub use crate::io::{DynInputStream as InputStream, DynOutputStream as OutputStream};
    pub use crate::p2::bindings::io::error::Error;
    pub use crate::p2::bindings::io::poll::Pollable;
    use coracle::Result;
    use coracle::component::{ComponentType, Lift, Lower, Resource};

    /// Why an operation on a stream failed.
    #[derive(Debug, ComponentType, Lift, Lower)]
    #[component(variant)]
    pub enum StreamError {
        /// The last write or flush failed; the stream is closed from now on.
        #[component(name = "last-operation-failed")]
        LastOperationFailed(Resource<Error>),
        /// The stream is closed.
        #[component(name = "closed")]
        Closed,
    }

    /// The host's own stream results, whose errors may be traps.
    type Fallible<T> = crate::io::StreamResult<T>;

    host_trait! {
        /// The functions of the interface outside its resources.
        pub trait Host: HostInputStream + HostOutputStream [link_functions] {
            /// Makes the guest's error out of the host's, or gives the trap.
            unlinked ""
            fn convert_stream_error(&mut self, error: crate::io::StreamError) -> Result<StreamError>;
        }
    }

    host_trait! {
        /// What an `input-stream` can do.
        pub trait HostInputStream [link_input_stream] {
            /// Reads at most `len` bytes; none when none are there.
            fallible(convert_stream_error) "[method]input-stream.read"
            fn read(&mut self, this: Resource<InputStream>, len: u64) -> Fallible<Vec<u8>>;
            /// Reads at most `len` bytes; waits for the first.
            fallible(convert_stream_error) "[method]input-stream.blocking-read"
            fn blocking_read(&mut self, this: Resource<InputStream>, len: u64) -> Fallible<Vec<u8>>;
            /// Skips at most `len` bytes and gives their number.
            fallible(convert_stream_error) "[method]input-stream.skip"
            fn skip(&mut self, this: Resource<InputStream>, len: u64) -> Fallible<u64>;
            /// Skips at most `len` bytes and gives their number; waits for the first.
            fallible(convert_stream_error) "[method]input-stream.blocking-skip"
            fn blocking_skip(&mut self, this: Resource<InputStream>, len: u64) -> Fallible<u64>;
            /// Makes a pollable that is ready when there is something to read, or an error.
            value "[method]input-stream.subscribe"
            fn subscribe(&mut self, this: Resource<InputStream>) -> Result<Resource<Pollable>>;
            /// Forgets the stream.
            unlinked ""
            fn drop(&mut self, this: Resource<InputStream>) -> Result<()>;
        }
    }

    host_trait! {
        /// What an `output-stream` can do.
        pub trait HostOutputStream [link_output_stream] {
            /// Gives the number of bytes that the next write may have.
            fallible(convert_stream_error) "[method]output-stream.check-write"
            fn check_write(&mut self, this: Resource<OutputStream>) -> Fallible<u64>;
            /// Writes within the permit; more is a trap.
            fallible(convert_stream_error) "[method]output-stream.write"
            fn write(&mut self, this: Resource<OutputStream>, contents: Vec<u8>) -> Fallible<()>;
            /// Writes at most 4096 bytes and flushes; waits for both.
            fallible(convert_stream_error) "[method]output-stream.blocking-write-and-flush"
            fn blocking_write_and_flush(
                &mut self,
                this: Resource<OutputStream>,
                contents: Vec<u8>,
            ) -> Fallible<()>;
            /// Starts a flush.
            fallible(convert_stream_error) "[method]output-stream.flush"
            fn flush(&mut self, this: Resource<OutputStream>) -> Fallible<()>;
            /// Flushes and waits for it.
            fallible(convert_stream_error) "[method]output-stream.blocking-flush"
            fn blocking_flush(&mut self, this: Resource<OutputStream>) -> Fallible<()>;
            /// Makes a pollable that is ready when there is a permit, or an error.
            value "[method]output-stream.subscribe"
            fn subscribe(&mut self, this: Resource<OutputStream>) -> Result<Resource<Pollable>>;
            /// Writes zeroes within the permit; more is a trap.
            fallible(convert_stream_error) "[method]output-stream.write-zeroes"
            fn write_zeroes(&mut self, this: Resource<OutputStream>, len: u64) -> Fallible<()>;
            /// Writes at most 4096 zeroes and flushes; waits for both.
            fallible(convert_stream_error) "[method]output-stream.blocking-write-zeroes-and-flush"
            fn blocking_write_zeroes_and_flush(
                &mut self,
                this: Resource<OutputStream>,
                len: u64,
            ) -> Fallible<()>;
            /// Moves at most `len` bytes from `src` and gives their number.
            fallible(convert_stream_error) "[method]output-stream.splice"
            fn splice(
                &mut self,
                this: Resource<OutputStream>,
                src: Resource<InputStream>,
                len: u64,
            ) -> Fallible<u64>;
            /// As `splice`, but waits until both ends are ready.
            fallible(convert_stream_error) "[method]output-stream.blocking-splice"
            fn blocking_splice(
                &mut self,
                this: Resource<OutputStream>,
                src: Resource<InputStream>,
                len: u64,
            ) -> Fallible<u64>;
            /// Forgets the stream.
            unlinked ""
            fn drop(&mut self, this: Resource<OutputStream>) -> Result<()>;
        }
    }

    interface!(
        "wasi:io/streams@0.2.12": link_functions, link_input_stream, link_output_stream;
        "input-stream": InputStream => HostInputStream,
        "output-stream": OutputStream => HostOutputStream
    );
}
