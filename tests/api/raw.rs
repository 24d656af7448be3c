//! Raw values: what goes in comes out, both ways, and for every type.
#![allow(unsafe_code)] // Calls what checks nothing.

use crate::engines;
use coracle::{ExternRef, Func, FuncType, Linker, Module, Result, Store, TypedFunc, V128, Val, ValRaw, ValType, bail};

#[test]
fn raw_values_go_both_ways() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let types = [
            ValType::I32,
            ValType::I64,
            ValType::F32,
            ValType::F64,
            ValType::V128,
            ValType::FUNCREF,
            ValType::EXTERNREF,
        ];
        let func = Func::wrap(&mut store, || 5);
        let value = ExternRef::new(&mut store, 9_u64)?;
        let vals: [Val; 7] = [
            Val::I32(-1),
            Val::I64(i64::MIN),
            Val::F32(0x7fa0_0001),
            Val::F64(u64::MAX),
            V128::from(7 << 100).into(),
            func.into(),
            value.into(),
        ];
        let ty = FuncType::new(&engine, types.clone(), types.clone());
        // SAFETY: the results are the arguments, which have the same types.
        let same = unsafe {
            Func::new_unchecked(&mut store, ty.clone(), |_, values| {
                if values.len() != 7 {
                    bail!("{} values", values.len());
                }
                Ok(())
            })
        };
        let mut linker = Linker::new(&engine);
        // SAFETY: as above.
        unsafe { linker.func_new_unchecked("", "same", ty, |_, _| Ok(()))? };
        let list = "i32 i64 f32 f64 v128 funcref externref";
        let text = format!(
            r#"(module (import "" "same" (func $f (param {list}) (result {list})))
                (func (export "run") (param {list}) (result {list})
                    (call $f {})))"#,
            (0..7).map(|at| format!("(local.get {at})")).collect::<String>()
        );
        let it = linker.instantiate(&mut store, &Module::new(&engine, text)?)?;
        let run = it.get_func(&mut store, "run").expect("it is exported");
        for func in [same, run, run, run] {
            let mut raw: Vec<ValRaw> = vals.iter().map(|val| val.to_raw(&mut store)).collect::<Result<_>>()?;
            // SAFETY: seven values of the parameters' types.
            unsafe { func.call_unchecked(&mut store, raw.as_mut_slice())? };
            for ((raw, ty), val) in raw.iter().zip(&types).zip(&vals) {
                // SAFETY: a value of its type, from this store.
                let back = unsafe { Val::from_raw(&mut store, *raw, ty.clone()) };
                assert_eq!(format!("{back:?}"), format!("{val:?}"));
            }
        }
        let raw = func.to_raw(&mut store);
        // SAFETY: it was just made of a function of this store.
        let again = unsafe { Func::from_raw(&mut store, raw) }.expect("it is not null");
        // SAFETY: the function takes nothing and returns an `i32`.
        let typed: TypedFunc<(), i32> = unsafe { TypedFunc::new_unchecked(&store, again) };
        assert_eq!(typed.call(&mut store, ())?, 5);
        // SAFETY: null is of every store.
        assert!(unsafe { Func::from_raw(&mut store, std::ptr::null_mut()) }.is_none());
    }
    Ok(())
}
