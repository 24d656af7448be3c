//! Exceptions end at the border of a component: what the host throws, or another component's destructor, is a trap of
//! whoever called, though it would catch anything.

use crate::engines;
use coracle::component::{Component, Linker, Resource, ResourceType};
use coracle::{AsContextMut, ExnRef, ExnRefPre, ExnType, FuncType, Result, Store, StoreContextMut, Tag, TagType, Trap};

const GUESTS: &str = r#"(component
  (import "file" (type $file (sub resource)))
  (import "throw" (func $throw (param "file" (borrow $file))))
  (component $makes
    (core module $d (tag $t) (func (export "drop") (param i32) (throw $t)))
    (core instance $d (instantiate $d))
    (type $r' (resource (rep i32) (dtor (core func $d "drop"))))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r'))
    (core module $m (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (result i32) (call $new (i32.const 1))))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (func (export "make") (result (own $r)) (canon lift (core func $m "make"))))
  (instance $makes (instantiate $makes))
  (alias export $makes "r" (type $r))
  (core func $throw' (canon lower (func $throw)))
  (core func $make (canon lower (func $makes "make")))
  (core func $drop (canon resource.drop $r))
  (core func $close (canon resource.drop $file))
  (core module $m
    (import "" "throw" (func $throw (param i32)))
    (import "" "make" (func $make (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "close" (func $close (param i32)))
    (func (export "host") (param i32)
      (block $caught (try_table (catch_all $caught) (call $throw (local.get 0))))
      (call $close (local.get 0)))
    (func (export "dtor") (param i32)
      (call $close (local.get 0))
      (block $caught (try_table (catch_all $caught) (call $drop (call $make))))))
  (core instance $i (instantiate $m (with "" (instance
    (export "throw" (func $throw')) (export "make" (func $make)) (export "drop" (func $drop))
    (export "close" (func $close))))))
  (func (export "host") (param "file" (borrow $file)) (canon lift (core func $i "host")))
  (func (export "dtor") (param "file" (borrow $file)) (canon lift (core func $i "dtor"))))"#;

struct File;

fn throw(mut store: StoreContextMut<'_, u32>, (_,): (Resource<File>,)) -> Result<()> {
    *store.data_mut() += 1;
    let ty = TagType::new(FuncType::new(store.engine(), [], []));
    let tag = Tag::new(&mut store, &ty)?;
    let ty = ExnType::new(store.engine(), [])?;
    let pre = ExnRefPre::new(&mut store, ty);
    let exception = ExnRef::new(&mut store, &pre, &tag, &[])?;
    store.as_context_mut().throw(exception)
}

#[test]
fn what_the_host_or_a_destructor_throws_is_a_trap() -> Result<()> {
    for engine in engines() {
        let component = Component::new(&engine, GUESTS)?;
        let mut linker = Linker::<u32>::new(&engine);
        linker.root().resource("file", ResourceType::host::<File>(), |_, _| Ok(()))?;
        linker.root().func_wrap("throw", throw)?;
        for (name, thrown) in [("host", 1), ("dtor", 0)] {
            let mut store = Store::new(&engine, 0);
            let instance = linker.instantiate(&mut store, &component)?;
            let func = instance.get_typed_func::<(&Resource<File>,), ()>(&mut store, name)?;
            let error = func.call(&mut store, (&Resource::new_own(7),)).unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&Trap::UncaughtException), "{name}: {error:?}");
            assert_eq!(*store.data(), thrown, "{name}");
            let error = func.call(&mut store, (&Resource::new_own(7),)).unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&Trap::CannotEnterComponent), "{name}: {error:?}");
        }
    }
    Ok(())
}
