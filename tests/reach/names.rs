//! Names that the façade does not have, and packages that are not this program's to name.
#![forbid(unsafe_code)]

use coracle::component::internals as _; //~ E0432
use coracle::engine as _; //~ E0432
use coracle::host as _; //~ E0432
use coracle::internals as _; //~ E0432
use coracle::store as _; //~ E0432
use coracle::tier as _; //~ E0432
use coracle::{EngineConfig as _, EngineParts as _}; //~ E0432
use coracle::{FuncHandle as _, HostCall as _, HostFunc as _}; //~ E0432
use coracle::{RawExtern as _, StoreId as _, StoreInner as _, Stored as _}; //~ E0432
use coracle_component as _; //~ E0432
use coracle_image as _; //~ E0432
use coracle_vm as _; //~ E0432
use coracle_interp as _; //~ E0432
use coracle_jit as _; //~ E0432

fn main() {}
