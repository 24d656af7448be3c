//! What a look-up costs after linking, counted: no allocation and no type check, with the features that users get.

use crate::counting::allocations;
use crate::wide::{name, wide};
use coracle::component::__internal::{AbiInfo, FlatDst, FlatSrc, InstanceType, InterfaceType, LiftCx, LowerCx};
use coracle::component::{Component, ComponentType, Lift, Linker, Lower};
use coracle::{Config, Engine, Result, Store, TierPolicy};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A `u32` that counts how often its type is checked.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counted(u32);

static CHECKS: AtomicUsize = AtomicUsize::new(0);

impl ComponentType for Counted {
    const ABI: AbiInfo = <u32 as ComponentType>::ABI;
    const MAY_REQUIRE_REALLOC: bool = false;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        CHECKS.fetch_add(1, Relaxed);
        u32::typecheck(ty, types)
    }
}

impl Lower for Counted {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        self.0.lower_flat(cx, ty, dst)
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        self.0.store(cx, ty, at)
    }
}

impl Lift for Counted {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        u32::lift_flat(cx, ty, src).map(Self)
    }
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        u32::load(cx, ty, bytes).map(Self)
    }
}

#[test]
fn after_linking_nothing_is_allocated_and_no_type_is_checked() {
    for policy in [None, Some(TierPolicy::Off), Some(TierPolicy::Eager)] {
        let mut config = Config::new();
        if let Some(policy) = policy {
            config.tier_policy(policy);
        }
        let engine = Engine::new(&config).unwrap();
        for depth in [1, 90] {
            let component = Component::new(&engine, wide(900, depth)).unwrap();
            let pre = Linker::<()>::new(&engine).instantiate_pre(&component).unwrap();
            let parent = (1..depth).fold(None, |at, _| component.get_export_index(at.as_ref(), "down"));
            let (plain, versioned) = (name(2), name(3));
            let compatible = versioned.replace("@1.2.", "@1.77.");
            let index = component.get_export_index(parent.as_ref(), &plain).unwrap();

            // One check of the parameter and one of the result, for all instances.
            CHECKS.store(0, Relaxed);
            let typed = pre.typed_func::<(Counted,), (Counted,)>(index).unwrap();
            assert_eq!(CHECKS.swap(0, Relaxed), 2);

            for _ in 0..3 {
                let mut store = Store::new(&engine, ());
                let instance = pre.instantiate(&mut store).unwrap();
                // What is made at the first call is not the look-up's: code is translated when it first runs.
                typed.get(&mut store, &instance).call(&mut store, (Counted(1),)).unwrap();
                let looking_up = allocations(|| {
                    for _ in 0..100 {
                        for name in [&plain, &versioned, &compatible] {
                            let found = component.get_export_index(parent.as_ref(), black_box(name.as_str())).unwrap();
                            assert_eq!(instance.get_export_index(&mut store, parent.as_ref(), name), Some(found));
                            assert!(instance.get_func(&mut store, black_box(found)).is_some());
                        }
                        assert!(component.get_export_index(parent.as_ref(), black_box("missing")).is_none());
                        assert!(component.get_export_index(parent.as_ref(), black_box("a:b/c@1.2.3")).is_none());
                        black_box(typed.get(&mut store, black_box(&instance)));
                    }
                });
                assert_eq!(looking_up, 0, "allocations at {depth} levels, {policy:?}");
                let mut calling = || {
                    allocations(|| {
                        for i in 0..100 {
                            let func = typed.get(&mut store, &instance);
                            assert_eq!(func.call(&mut store, (Counted(i),)).unwrap(), (Counted(i),));
                        }
                    })
                };
                // By default a function gets hot once, and then is put into the compiler's queue.
                let tries = if policy.is_none() { 100 } else { 1 };
                let calls: Vec<usize> = (0..tries).map(|_| calling()).collect();
                assert!(calls.iter().filter(|&&count| count > 0).count() < tries.min(2), "{policy:?}: {calls:?}");
            }
            assert_eq!(CHECKS.load(Relaxed), 0, "type checks at {depth} levels, {policy:?}");
        }
    }
}
