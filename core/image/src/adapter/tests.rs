//! The generated modules are validated, and their size is shown to be linear in the types.

use crate::adapter::write::{Batch, generate};
use crate::adapter::{Call, MemoryOption, SideOptions};
use crate::plan::StringEncoding;
use crate::types::{FuncTypeIndex, InterfaceType as T, Ptr, TypeTable, TypeTableBuilder};
use alloc::vec;
use alloc::vec::Vec;

fn side(key: u32, ptr: Ptr, encoding: StringEncoding) -> SideOptions {
    SideOptions { key, instance: key, encoding, memory: Some(MemoryOption { key, ptr }), realloc: Some(key) }
}

fn batch(types: &TypeTable, ty: FuncTypeIndex, ptrs: [Ptr; 2], encodings: [StringEncoding; 2]) -> Batch {
    let call = Call {
        caller: (ty, side(0, ptrs[0], encodings[0])),
        callee: (ty, side(1, ptrs[1], encodings[1])),
        func: 7,
        post_return: Some(8),
        can_throw: true,
    };
    let batch = generate(types, &[call]).expect("synchronous types");
    let features = wasmparser::WasmFeatures::all();
    wasmparser::Validator::new_with_features(features).validate_all(&batch.bytes).expect("valid");
    batch
}

/// Every kind of type, as parameter and result, alone and spilled.
fn signatures() -> (TypeTable, Vec<FuncTypeIndex>) {
    let mut b = TypeTableBuilder::default();
    let names: Vec<_> = ["a", "b", "c", "d", "e"].map(|n| b.name(n)).into();
    let mut tys = vec![T::Bool, T::S8, T::U8, T::S16, T::U16, T::S32, T::U32, T::S64, T::U64, T::F32, T::F64, T::Char];
    tys.push(T::String);
    tys.push(T::Enum(b.enumeration(names.clone()).unwrap()));
    tys.push(T::Flags(b.flags(names.clone())));
    let scalars = tys.clone();
    tys.push(T::Record(b.record(names.iter().copied().zip(scalars.iter().copied()).collect()).unwrap()));
    tys.push(T::Record(b.record(names.iter().copied().zip(scalars[9..].iter().copied()).collect()).unwrap()));
    tys.push(T::Tuple(b.tuple(scalars.clone()).unwrap()));
    for ty in tys.clone() {
        tys.push(T::List(b.list(ty).unwrap()));
        tys.push(T::Option(b.option(ty).unwrap()));
        tys.push(T::Result(b.result(Some(ty), Some(T::F32)).unwrap()));
        tys.push(T::Result(b.result(Some(T::F64), Some(ty)).unwrap()));
        tys.push(T::FixedLengthList(b.fixed_length_list(ty, 3).unwrap()));
        tys.push(T::Map(b.map(T::U32, ty).unwrap()));
    }
    let name = b.name("p");
    let mut funcs = Vec::new();
    for &ty in &tys {
        funcs.push(b.func(false, vec![(name, ty)], Some(ty)).unwrap());
        funcs.push(b.func(false, vec![(name, ty); 17], None).unwrap());
    }
    (b.finish(), funcs)
}

#[test]
fn every_type_validates_in_every_direction() {
    use StringEncoding::{CompactUtf16, Utf8, Utf16};
    let (types, funcs) = signatures();
    for &func in &funcs {
        for ptrs in [[Ptr::P32, Ptr::P32], [Ptr::P32, Ptr::P64], [Ptr::P64, Ptr::P32], [Ptr::P64, Ptr::P64]] {
            batch(&types, func, ptrs, [Utf8, Utf8]);
        }
        batch(&types, func, [Ptr::P32; 2], [Utf16, CompactUtf16]);
        batch(&types, func, [Ptr::P32; 2], [Utf16, Utf16]);
    }
}

#[test]
fn doubling_types_make_linear_code() {
    for lists in [false, true] {
        let sizes = [8, 16].map(|depth| {
            let mut b = TypeTableBuilder::default();
            let (left, right, name) = (b.name("l"), b.name("r"), b.name("p"));
            let mut ty = T::String;
            for _ in 0..depth {
                ty = T::Record(b.record(vec![(left, ty), (right, ty)]).unwrap());
                ty = if lists { T::List(b.list(ty).unwrap()) } else { T::Option(b.option(ty).unwrap()) };
            }
            let func = b.func(false, vec![(name, ty)], None).unwrap();
            let types = b.finish();
            batch(&types, func, [Ptr::P32; 2], [StringEncoding::Utf8; 2]).bytes.len()
        });
        assert!(sizes[1] < sizes[0] * 3, "{sizes:?}");
    }
}
