//! The rows of the table that are about memories that threads share.

/// Hands these rows on, and who wants all of them.
macro_rules! atomic_rows {
    ([$($next:tt)*] $with:ident $($more:tt)*) => {
        $($next)*! {
            $with
            AtomicLoad8 "atomic8.load" atomic::AtomicLoads<u8>;
            Atomic8Add "atomic8.rmw.add" atomic::Rmws<u8, atomic::Add>;
            Atomic8Sub "atomic8.rmw.sub" atomic::Rmws<u8, atomic::Sub>;
            Atomic8And "atomic8.rmw.and" atomic::Rmws<u8, atomic::And>;
            Atomic8Or "atomic8.rmw.or" atomic::Rmws<u8, atomic::Or>;
            Atomic8Xor "atomic8.rmw.xor" atomic::Rmws<u8, atomic::Xor>;
            Atomic8Xchg "atomic8.rmw.xchg" atomic::Rmws<u8, atomic::Xchg>;
            Atomic8Cmpxchg "atomic8.rmw.cmpxchg" atomic::Cmpxchgs<u8>;
            AtomicLoad16 "atomic16.load" atomic::AtomicLoads<u16>;
            Atomic16Add "atomic16.rmw.add" atomic::Rmws<u16, atomic::Add>;
            Atomic16Sub "atomic16.rmw.sub" atomic::Rmws<u16, atomic::Sub>;
            Atomic16And "atomic16.rmw.and" atomic::Rmws<u16, atomic::And>;
            Atomic16Or "atomic16.rmw.or" atomic::Rmws<u16, atomic::Or>;
            Atomic16Xor "atomic16.rmw.xor" atomic::Rmws<u16, atomic::Xor>;
            Atomic16Xchg "atomic16.rmw.xchg" atomic::Rmws<u16, atomic::Xchg>;
            Atomic16Cmpxchg "atomic16.rmw.cmpxchg" atomic::Cmpxchgs<u16>;
            AtomicLoad32 "atomic32.load" atomic::AtomicLoads<u32>;
            Atomic32Add "atomic32.rmw.add" atomic::Rmws<u32, atomic::Add>;
            Atomic32Sub "atomic32.rmw.sub" atomic::Rmws<u32, atomic::Sub>;
            Atomic32And "atomic32.rmw.and" atomic::Rmws<u32, atomic::And>;
            Atomic32Or "atomic32.rmw.or" atomic::Rmws<u32, atomic::Or>;
            Atomic32Xor "atomic32.rmw.xor" atomic::Rmws<u32, atomic::Xor>;
            Atomic32Xchg "atomic32.rmw.xchg" atomic::Rmws<u32, atomic::Xchg>;
            Atomic32Cmpxchg "atomic32.rmw.cmpxchg" atomic::Cmpxchgs<u32>;
            AtomicLoad64 "atomic64.load" atomic::AtomicLoads<u64>;
            Atomic64Add "atomic64.rmw.add" atomic::Rmws<u64, atomic::Add>;
            Atomic64Sub "atomic64.rmw.sub" atomic::Rmws<u64, atomic::Sub>;
            Atomic64And "atomic64.rmw.and" atomic::Rmws<u64, atomic::And>;
            Atomic64Or "atomic64.rmw.or" atomic::Rmws<u64, atomic::Or>;
            Atomic64Xor "atomic64.rmw.xor" atomic::Rmws<u64, atomic::Xor>;
            Atomic64Xchg "atomic64.rmw.xchg" atomic::Rmws<u64, atomic::Xchg>;
            Atomic64Cmpxchg "atomic64.rmw.cmpxchg" atomic::Cmpxchgs<u64>;
            Notify "memory.atomic.notify" (atomic::Park<u32, 0>, atomic::Park<u64, 0>);
            Wait32 "memory.atomic.wait32" (atomic::Park<u32, 4>, atomic::Park<u64, 4>);
            Wait64 "memory.atomic.wait64" (atomic::Park<u32, 8>, atomic::Park<u64, 8>);
            Fence "atomic.fence" (atomic::Fence,);
            $($more)*
        }
    };
}
pub(crate) use atomic_rows;
