//! What `bindgen!` makes of WASI's WIT: every function is a method, and may trap.

coracle::component::bindgen!({
    path: "wit",
    world: "program",
    imports: { default: trappable },
});
