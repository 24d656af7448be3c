//! Where runs end, as code, and what the seam is given of a dispatcher: the same for each, but for what a code word is.

/// Writes that for a dispatcher, whose code words are of a type, given those of the ops for the end of a run, for a
/// function that was never called, and for one that is not the interpreter's.
macro_rules! ends {
    ($dispatcher:ty, $word:ty, $exit:expr, $lazy:expr, $foreign:expr) => {
        /// Code that no function owns: a frame size of 0, and one op.
        #[repr(C)]
        struct Stub {
            frame_bytes: u64,
            op: $word,
        }
        /// The end of a run. Where fuel is charged, a return takes it that a fuel op lies there, and steps over it.
        #[repr(C)]
        struct End {
            stub: Stub,
            cost: u64,
            slot: u64,
            again: $word,
        }
        static EXIT: End = End { stub: Stub { frame_bytes: 0, op: $exit }, cost: 0, slot: 0, again: $exit };
        static LAZY: Stub = Stub { frame_bytes: 0, op: $lazy };
        static FOREIGN: Stub = Stub { frame_bytes: 0, op: $foreign };

        fn first_op<T>(stub: &'static T) -> *const u64 {
            // From the whole stub, since a call reads the word before the op.
            core::ptr::from_ref(stub).cast::<u64>().wrapping_add(1)
        }

        /// The array entry of every function that has no native code.
        pub(crate) fn entry() -> coracle_vm::tier::ArrayEntry {
            stack::entry::<$dispatcher>
        }

        /// What goes on where frames were left in the middle.
        pub(crate) fn resume() -> coracle_vm::tier::ResumeEntry {
            stack::resume::<$dispatcher>
        }

        /// What a slot's `code` points to before and after.
        pub(crate) fn stubs() -> coracle_vm::tier::Stubs {
            let [lazy, foreign] = [&LAZY, &FOREIGN].map(|stub| first_op(stub).cast_mut().cast());
            coracle_vm::tier::Stubs { lazy, foreign }
        }
    };
}
pub(crate) use ends;
