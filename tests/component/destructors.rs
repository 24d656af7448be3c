//! Destructors of a guest's, run where the guest itself drops what it owns: native ones in the place of `resource.drop`.

use crate::engines;
use coracle::component::{Component, Instance, Linker};
use coracle::{Engine, Error, Result, Store, StoreContextMut, Trap};

/// Makes resources and drops them. The destructor adds up the representations, and does what it is told.
fn guest(of_destructor: &str) -> String {
    // With a tag in it, a component's code may throw.
    let tag = if of_destructor.contains("throw") { "(tag $tag)" } else { "" };
    format!(
        r#"(component
        (import "tell" (func $tell (param "x" u32)))
        (core func $tell' (canon lower (func $tell)))
        (core module $sum
            (import "" "tell" (func $tell (param i32)))
            {tag}
            (table (export "drop") 1 1 funcref)
            (type $drop (func (param i32)))
            (global $sum (mut i32) (i32.const 0))
            (func (export "sum") (result i32) (global.get $sum))
            (func (export "dtor") (param $x i32)
                (global.set $sum (i32.add (global.get $sum) (local.get $x)))
                {of_destructor}))
        (core instance $sum (instantiate $sum (with "" (instance (export "tell" (func $tell'))))))
        (type $r (resource (rep i32) (dtor (core func $sum "dtor"))))
        (core func $new (canon resource.new $r))
        (core func $drop (canon resource.drop $r))
        (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (import "sum" "sum" (func $sum (result i32)))
            (import "sum" "drop" (table $drops 1 funcref))
            (elem (table $drops) (i32.const 0) func $drop)
            (func (export "run") (param $n i32) (result i32)
                (loop $l
                    (call $drop (call $new (local.get $n)))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (call $sum))
            ;; A row of resources, each owned by the one behind it.
            (func (export "row") (param $n i32) (result i32) (local $last i32) (local $x i32)
                (loop $l
                    (local.set $x (i32.add (local.get $x) (i32.const 1)))
                    (local.set $last (call $new (local.get $last)))
                    (br_if $l (i32.lt_u (local.get $x) (local.get $n))))
                (call $drop (local.get $last))
                (call $sum)))
        (core instance $i (instantiate $m
            (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))
            (with "sum" (instance $sum))))
        (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))
        (func (export "row") (param "n" u32) (result u32) (canon lift (core func $i "row"))))"#
    )
}

struct Guest {
    store: Store<Vec<u32>>,
    instance: Instance,
}

impl Guest {
    fn new(engine: &Engine, of_destructor: &str) -> Result<Self> {
        let text = guest(of_destructor);
        let component = Component::new(engine, &text).map_err(|error| error.context(text))?;
        let mut linker = Linker::new(engine);
        linker.root().func_wrap("tell", |mut store: StoreContextMut<'_, Vec<u32>>, (x,): (u32,)| {
            store.data_mut().push(x);
            if x == 666 { Err(Error::msg("not this one")) } else { Ok(()) }
        })?;
        let mut store = Store::new(engine, Vec::new());
        let instance = linker.instantiate(&mut store, &component)?;
        Ok(Self { store, instance })
    }

    fn call(&mut self, name: &str, n: u32) -> Result<u32> {
        let run = self.instance.get_typed_func::<(u32,), (u32,)>(&mut self.store, name)?;
        Ok(run.call(&mut self.store, (n,))?.0)
    }

    fn trap(&mut self, name: &str, n: u32) -> Trap {
        let error = self.call(name, n).expect_err("a trap");
        *error.downcast_ref().unwrap_or_else(|| panic!("{error:?}"))
    }
}

#[test]
fn each_runs_once() -> Result<()> {
    for engine in engines() {
        let mut guest = Guest::new(&engine, "(call $tell (local.get $x))")?;
        assert_eq!(guest.call("run", 3)?, 6);
        assert_eq!(guest.call("run", 2)?, 9);
        assert_eq!(*guest.store.data(), [3, 2, 1, 2, 1]);
    }
    Ok(())
}

#[test]
fn what_happens_in_one_happens_to_the_instance() -> Result<()> {
    for engine in engines() {
        let mut guest = Guest::new(&engine, "(if (i32.eq (local.get $x) (i32.const 13)) (then unreachable))")?;
        assert_eq!(guest.call("run", 12)?, 78);
        assert_eq!(guest.trap("run", 20), Trap::UnreachableCodeReached);
        assert_eq!(guest.trap("run", 1), Trap::CannotEnterComponent);

        let mut guest = Guest::new(&engine, "(call $tell (local.get $x))")?;
        assert_eq!(guest.call("run", 2)?, 3);
        let error = guest.call("run", 666).expect_err("the host's error");
        assert!(format!("{error:?}").contains("not this one"), "{error:?}");
        assert_eq!(guest.trap("run", 1), Trap::CannotEnterComponent);
    }
    Ok(())
}

#[test]
fn one_may_drop_another() -> Result<()> {
    let drops = "(if (local.get $x) (then (call_indirect (type $drop) (local.get $x) (i32.const 0))))";
    for engine in engines() {
        let mut guest = Guest::new(&engine, drops)?;
        // Handles 1 to 9 are what the resources of handles 2 to 10 own.
        assert_eq!(guest.call("row", 10)?, 45);
        assert_eq!(guest.call("row", 10)?, 90);
        assert_eq!(guest.trap("row", 90_000), Trap::StackOverflow);
        assert_eq!(guest.trap("row", 1), Trap::CannotEnterComponent);
    }
    Ok(())
}

#[test]
fn an_exception_does_not_leave_one() -> Result<()> {
    for engine in engines() {
        let mut guest = Guest::new(&engine, "(if (i32.eq (local.get $x) (i32.const 2)) (then (throw $tag)))")?;
        assert_eq!(guest.call("run", 1)?, 1);
        assert_eq!(guest.trap("run", 2), Trap::UncaughtException);
        assert_eq!(guest.trap("run", 1), Trap::CannotEnterComponent);
    }
    Ok(())
}
