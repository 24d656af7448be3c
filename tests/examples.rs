//! The examples run to their end.

#[path = "../examples/async_server.rs"]
mod async_server;
#[path = "../examples/hostile_guest.rs"]
mod hostile_guest;
#[path = "../examples/no_std_style.rs"]
mod no_std_style;
#[path = "../examples/plugin_host.rs"]
mod plugin_host;
#[path = "../examples/shared_library.rs"]
mod shared_library;

macro_rules! run {
    ($($example:ident)*) => {$(
        #[test]
        fn $example() {
            $example::main().unwrap_or_else(|error| panic!("{error:?}"));
        }
    )*};
}

mod runs {
    use super::{async_server, hostile_guest, no_std_style, plugin_host, shared_library};

    run! { async_server hostile_guest no_std_style plugin_host shared_library }
}
