//! Names of functions as their authors wrote them.

/// A function's name, shown as Rust has it where a Rust compiler made it: `core::fmt::write`, without the hash.
pub(crate) struct Demangled<'a>(pub(crate) &'a str);

#[cfg(feature = "demangle")]
impl core::fmt::Display for Demangled<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match rustc_demangle::try_demangle(self.0) {
            Ok(name) => write!(f, "{name:#}"),
            Err(_) => f.write_str(self.0),
        }
    }
}

#[cfg(not(feature = "demangle"))]
impl core::fmt::Display for Demangled<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(all(test, feature = "demangle"))]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn rust_names() {
        for (name, shown) in [
            ("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"),
            ("_RNvCskwGfYPst2Cb_3foo3bar", "foo::bar"),
            ("_start", "_start"),
            ("_ZN4core", "_ZN4core"),
        ] {
            assert_eq!(Demangled(name).to_string(), shown);
        }
    }
}
