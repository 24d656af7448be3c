//! `echo`: each function gives back its argument, by itself or by asking the imported `echo`.

use crate::Values;
use crate::control::through_import;
use crate::coracle::values::echo as import;
use crate::coracle::values::types::*;
use crate::exports::coracle::values::echo::Guest;

/// One row for each function: its name, its type, and the form in which the import takes the value.
macro_rules! echo {
    ($($name:ident($v:ident: $ty:ty) => $arg:expr;)*) => {
        impl Guest for Values {
            $(fn $name($v: $ty) -> $ty {
                if through_import() { import::$name($arg) } else { $v }
            })*

            fn nothing() {
                if through_import() {
                    import::nothing()
                }
            }

            fn sixteen(
                a: u8, b: i8, c: u16, d: i16, e: u32, f: i32, g: u64, h: i64,
                i: f32, j: f64, k: bool, l: char, m: String, n: String,
            ) -> String {
                if through_import() {
                    return import::sixteen(a, b, c, d, e, f, g, h, i, j, k, l, &m, &n);
                }
                format!("{a} {b} {c} {d} {e} {f} {g} {h} {:x} {:x} {k} {l} {m} {n}", i.to_bits(), j.to_bits())
            }

            fn spilled(
                a: u8, b: i8, c: u16, d: i16, e: u32, f: i32, g: u64, h: i64,
                i: f32, j: f64, k: bool, l: char, m: String, n: String, o: u8,
            ) -> (u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, bool, char, String, String, u8) {
                if through_import() {
                    return import::spilled(a, b, c, d, e, f, g, h, i, j, k, l, &m, &n, o);
                }
                (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
            }
        }
    };
}

echo! {
    echo_bool(v: bool) => v;
    echo_u8(v: u8) => v;
    echo_s8(v: i8) => v;
    echo_u16(v: u16) => v;
    echo_s16(v: i16) => v;
    echo_u32(v: u32) => v;
    echo_s32(v: i32) => v;
    echo_u64(v: u64) => v;
    echo_s64(v: i64) => v;
    echo_f32(v: f32) => v;
    echo_f64(v: f64) => v;
    echo_char(v: char) => v;
    echo_string(v: String) => &v;
    echo_bytes(v: Vec<u8>) => &v;
    echo_longs(v: Vec<u64>) => &v;
    echo_doubles(v: Vec<f64>) => &v;
    echo_chars(v: Vec<char>) => &v;
    echo_strings(v: Vec<String>) => &v;
    echo_lists(v: Vec<Vec<u16>>) => &v;
    echo_points(v: Vec<Point>) => &v;
    echo_point(v: Point) => v;
    echo_mixed(v: Mixed) => &v;
    echo_empty_text(v: EmptyText) => &v;
    echo_tuple(v: (u8, i64, f32, String)) => (v.0, v.1, v.2, &v.3);
    echo_shape(v: Shape) => &v;
    echo_tree_ish(v: TreeIsh) => &v;
    echo_suit(v: Suit) => v;
    echo_weekday(v: Weekday) => v;
    echo_option(v: Option<u32>) => v;
    echo_option_string(v: Option<String>) => v.as_deref();
    echo_option_option(v: Option<Option<f32>>) => v;
    echo_result(v: Result<u32, String>) => v.as_ref().map(|&ok| ok).map_err(String::as_str);
    echo_result_ok(v: Result<i8, ()>) => v;
    echo_result_err(v: Result<(), f64>) => v;
    echo_result_none(v: Result<(), ()>) => v;
    echo_deep(v: Deep) => &v;
    echo_one(v: One) => v;
    echo_eight(v: Eight) => v;
    echo_nine(v: Nine) => v;
    echo_seventeen(v: Seventeen) => v;
    echo_thirty_two(v: ThirtyTwo) => v;
}
