//! No rows: the twin of `atomics` in builds without the feature `threads`.

/// Hands on who wants all rows.
macro_rules! atomic_rows {
    ([$($next:tt)*] $with:ident $($more:tt)*) => {
        $($next)*! { $with $($more)* }
    };
}
pub(crate) use atomic_rows;
