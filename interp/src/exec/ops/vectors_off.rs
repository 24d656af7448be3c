//! No rows: the twin of `vectors` in builds without the feature `simd`.

/// Hands on who wants all rows.
macro_rules! vector_rows {
    ([$($next:tt)*] [$($then:tt)*] $with:ident) => {
        $($next)*! { [$($then)*] $with }
    };
}
pub(crate) use vector_rows;
