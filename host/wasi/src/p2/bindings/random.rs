//! `wasi:random`.

/// `wasi:random/random`.
#[expect(clippy::module_inception, reason = "the interface has its package's name")]
pub mod random {
    use coracle::Result;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives `len` bytes that nobody can guess.
            value "get-random-bytes"
            fn get_random_bytes(&mut self, len: u64) -> Result<Vec<u8>>;
            /// Gives a number that nobody can guess.
            value "get-random-u64"
            fn get_random_u64(&mut self) -> Result<u64>;
        }
    }

    interface!("wasi:random/random@0.2.12": link_functions);
}

/// `wasi:random/insecure`.
pub mod insecure {
    use coracle::Result;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives `len` bytes that are evenly spread.
            value "get-insecure-random-bytes"
            fn get_insecure_random_bytes(&mut self, len: u64) -> Result<Vec<u8>>;
            /// Gives a number; they are evenly spread.
            value "get-insecure-random-u64"
            fn get_insecure_random_u64(&mut self) -> Result<u64>;
        }
    }

    interface!("wasi:random/insecure@0.2.12": link_functions);
}

/// `wasi:random/insecure-seed`.
pub mod insecure_seed {
    use coracle::Result;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives 128 bits to seed hash maps with.
            value "insecure-seed"
            fn insecure_seed(&mut self) -> Result<(u64, u64)>;
        }
    }

    interface!("wasi:random/insecure-seed@0.2.12": link_functions);
}
