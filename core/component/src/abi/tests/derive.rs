//! Derived types there and back, against the dynamic path: two codes, one answer.

use super::World;
use crate::abi::*;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use coracle_image::types::{Case, InterfaceType as T, TypeTableBuilder};

/// What the derives take for the façade.
mod facade {
    pub(super) mod component {
        pub(in super::super) use crate::abi::{ComponentType, Lift, Lower};
        pub(in super::super) use crate::component_internal as __internal;
    }
}

#[derive(coracle_macro::ComponentType, coracle_macro::Lift, coracle_macro::Lower, Clone, Debug, PartialEq)]
#[component(record)]
#[component(wasmtime_crate = facade)]
struct Point {
    x: u8,
    #[component(name = "the-y")]
    y: u64,
    r#type: Option<String>,
}

#[derive(coracle_macro::ComponentType, coracle_macro::Lift, coracle_macro::Lower, Clone, Debug, PartialEq)]
#[component(variant)]
#[component(wasmtime_crate = facade)]
enum Shape<E> {
    #[component(name = "nothing")]
    Nothing,
    #[component(name = "circle")]
    Circle(f32),
    #[component(name = "other")]
    Other(Point),
    #[component(name = "list")]
    List(Vec<E>),
}

#[derive(coracle_macro::ComponentType, coracle_macro::Lift, coracle_macro::Lower, Clone, Copy, Debug, PartialEq)]
#[component(enum)]
#[component(wasmtime_crate = facade)]
enum Colour {
    #[component(name = "red")]
    Red,
    #[component(name = "green")]
    Green,
}

coracle_macro::flags! {
    #[component(wasmtime_crate = facade)]
    Bits {
        #[component(name = "f0")]
        const F0;
        #[component(name = "f1")]
        const F1;
        #[component(name = "f2")]
        const F2;
    }
}

fn types() -> (TypeTableBuilder, [T; 4]) {
    let mut types = TypeTableBuilder::default();
    let text = T::Option(types.option(T::String).unwrap());
    let fields = [("x", T::U8), ("the-y", T::U64), ("type", text)].map(|(name, ty)| (types.name(name), ty));
    let point = T::Record(types.record(fields.to_vec()).unwrap());
    let list = T::List(types.list(T::U16).unwrap());
    let cases = [("nothing", None), ("circle", Some(T::F32)), ("other", Some(point)), ("list", Some(list))];
    let cases = cases.map(|(name, ty)| Case { name: types.name(name), ty });
    let shape = T::Variant(types.variant(cases.to_vec()).unwrap());
    let names = ["red", "green"].map(|name| types.name(name));
    let colour = T::Enum(types.enumeration(names.to_vec()).unwrap());
    let names = ["f0", "f1", "f2"].map(|name| types.name(name));
    let bits = T::Flags(types.flags(names.to_vec()));
    (types, [point, shape, colour, bits])
}

type All = (Point, Shape<u16>, Colour, Bits);

#[test]
fn derived_types_agree_with_the_dynamic_path() {
    let point = Point { x: 1, y: u64::MAX, r#type: Some("é".into()) };
    let shapes = [
        Shape::Nothing,
        Shape::Circle(-1.5),
        Shape::Other(Point { r#type: None, ..point.clone() }),
        Shape::List(vec![1, 2]),
    ];
    let (mut types, all) = types();
    let flat = super::func(&mut types, &all[1..]);
    let spilled = super::func(&mut types, &all);
    let mut world = World::new(types);
    for shape in shapes {
        world.each_options(|world| {
            let bits = Bits::F0 | Bits::F2;
            let value = (point.clone(), shape.clone(), Colour::Green, bits);
            let ty = world.types[spilled].clone();
            let mut cells = [RawVal::ZERO; MAX_CELLS];
            lower_params(&mut world.lower_cx(), &value, &ty, &mut cells).unwrap();
            let mut vals = Vec::new();
            lift_params_dynamic(&mut world.lift_cx(), &ty, &cells, |val| vals.push(val)).unwrap();
            assert_eq!(vals[2..], [Val::Enum("green".into()), Val::Flags(vec!["f0".into(), "f2".into()])]);
            lower_params_dynamic(&mut world.lower_cx(), &vals, &ty, &mut cells).unwrap();
            let back: All = lift_params(&mut world.lift_cx(), &ty, &cells).unwrap();
            assert_eq!(back, value);
            let ty = world.types[flat].clone();
            assert!(!ty.abi(world.options.ptr).params_spill());
            let value = (value.1, value.2, value.3);
            lower_params(&mut world.lower_cx(), &value, &ty, &mut cells).unwrap();
            let back: (Shape<u16>, Colour, Bits) = lift_params(&mut world.lift_cx(), &ty, &cells).unwrap();
            assert_eq!(back, value);
        });
    }
}

#[test]
fn derived_types_are_checked_by_name() {
    let (types, [point, shape, colour, bits]) = types();
    let types = types.finish();
    let resources = UnboundResources { component: 0 };
    let ctx = InstanceType { types: &types, resources: &resources };
    Point::typecheck(point, &ctx).unwrap();
    Shape::<u16>::typecheck(shape, &ctx).unwrap();
    Colour::typecheck(colour, &ctx).unwrap();
    Bits::typecheck(bits, &ctx).unwrap();
    let error = Shape::<u8>::typecheck(shape, &ctx).unwrap_err();
    assert_eq!(
        alloc::format!("{error:#}"),
        "type mismatch in case `list`: type mismatch in list element: expected `u8`, found `u16`"
    );
    assert_eq!(
        Point::typecheck(bits, &ctx).unwrap_err().to_string(),
        "expected `record`, found `flags { f0, f1, f2 }`"
    );
}

#[test]
fn flags_are_a_set() {
    let mut bits = Bits::F0;
    bits |= Bits::F1;
    assert!(bits.contains(Bits::F0) && !bits.contains(Bits::F2) && bits.intersects(Bits::F1 | Bits::F2));
    assert_eq!(!bits, Bits::F2);
    assert_eq!(Bits::all() ^ bits, Bits::F2);
    assert_eq!(bits.as_array(), [3]);
    assert_eq!(alloc::format!("{bits:?}"), "Bits(F0 | F1)");
    assert!(Bits::default() == Bits::empty() && Bits::empty() == (bits & Bits::F2));
}
