//! `wasi:clocks`.

/// `wasi:clocks/monotonic-clock`.
pub mod monotonic_clock {
    pub use crate::p2::bindings::io::poll::Pollable;
    use coracle::Result;
    use coracle::component::Resource;

    /// Nanoseconds since an unspecified start.
    pub type Instant = u64;

    /// Nanoseconds.
    pub type Duration = u64;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Reads the clock.
            value "now"
            fn now(&mut self) -> Result<Instant>;
            /// Gives the smallest step of the clock.
            value "resolution"
            fn resolution(&mut self) -> Result<Duration>;
            /// Makes a pollable that is ready from an instant on.
            value "subscribe-instant"
            fn subscribe_instant(&mut self, when: Instant) -> Result<Resource<Pollable>>;
            /// Makes a pollable that is ready after a time.
            value "subscribe-duration"
            fn subscribe_duration(&mut self, when: Duration) -> Result<Resource<Pollable>>;
        }
    }

    interface!("wasi:clocks/monotonic-clock@0.2.12": link_functions);
}

/// `wasi:clocks/wall-clock`.
pub mod wall_clock {
    use coracle::Result;
    use coracle::component::{ComponentType, Lift, Lower};

    /// Time since 1970-01-01T00:00:00Z.
    #[derive(Debug, Copy, Clone, ComponentType, Lift, Lower)]
    #[component(record)]
    pub struct Datetime {
        /// Whole seconds.
        #[component(name = "seconds")]
        pub seconds: u64,
        /// The rest, less than a second.
        #[component(name = "nanoseconds")]
        pub nanoseconds: u32,
    }

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Reads the clock.
            value "now"
            fn now(&mut self) -> Result<Datetime>;
            /// Gives the smallest step of the clock.
            value "resolution"
            fn resolution(&mut self) -> Result<Datetime>;
        }
    }

    interface!("wasi:clocks/wall-clock@0.2.12": link_functions);
}

/// `wasi:clocks/timezone`.
pub mod timezone {
    pub use crate::p2::bindings::clocks::wall_clock::Datetime;
    use coracle::Result;
    use coracle::component::{ComponentType, Lift, Lower};

    /// How a time zone is shown at some instant.
    #[derive(Debug, Clone, ComponentType, Lift, Lower)]
    #[component(record)]
    pub struct TimezoneDisplay {
        /// Seconds that local time is ahead of UTC.
        #[component(name = "utc-offset")]
        pub utc_offset: i32,
        /// The short name.
        #[component(name = "name")]
        pub name: String,
        /// Whether daylight saving time is on.
        #[component(name = "in-daylight-saving-time")]
        pub in_daylight_saving_time: bool,
    }

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives how the time zone is shown at an instant.
            value "display"
            fn display(&mut self, when: Datetime) -> Result<TimezoneDisplay>;
            /// Gives the offset alone.
            value "utc-offset"
            fn utc_offset(&mut self, when: Datetime) -> Result<i32>;
        }
    }

    interface!("wasi:clocks/timezone@0.2.12": link_functions);
}
