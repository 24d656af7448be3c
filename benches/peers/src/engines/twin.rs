//! One source for two runtimes: Coracle's API has the shape of wasmtime's.

/// Defines a module with `Runtime`, an engine of the crate `$rt`.
macro_rules! twin {
    ($name:ident, $rt:ident) => {
        pub(crate) mod $name {
            use crate::engines::{Engine, Live, Loaded, WAITS, is_component};
            use anyhow::{Context, Result, anyhow, ensure};
            use std::any::Any;
            use std::future::pending;
            use std::task::Waker;
            use $rt::{InstancePre, Linker, Module, Store, TypedFunc, component};

            /// An engine with its settings.
            pub(crate) struct Runtime {
                pub(crate) engine: $rt::Engine,
                /// Whether it counts fuel; every store then gets plenty.
                pub(crate) fuel: bool,
            }

            /// An error of the runtime as one of this program's, with all its causes.
            pub(crate) fn foreign(error: $rt::Error) -> anyhow::Error {
                anyhow!("{error:?}")
            }

            /// What instances are made of.
            enum Pre {
                Module(InstancePre<()>),
                Component(component::InstancePre<()>),
            }

            struct Prepared {
                pre: Pre,
                engine: $rt::Engine,
                fuel: bool,
                export: String,
            }

            /// An instance, and what is called in it.
            enum Instance {
                Module($rt::Instance),
                Component(component::Instance),
                Run(TypedFunc<i32, i32>),
                Get(TypedFunc<(), i32>),
                ComponentRun(component::TypedFunc<(u32,), (u32,)>),
            }

            struct Alive {
                store: Store<()>,
                instance: Instance,
                export: String,
            }

            impl Engine for Runtime {
                fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Loaded>> {
                    let engine = self.engine.clone();
                    let pre = if is_component(wasm) {
                        let component = component::Component::new(&engine, wasm).map_err(foreign)?;
                        let mut linker = component::Linker::new(&engine);
                        linker.define_unknown_imports_as_traps(&component).map_err(foreign)?;
                        Pre::Component(linker.instantiate_pre(&component).map_err(foreign)?)
                    } else {
                        let module = Module::new(&engine, wasm).map_err(foreign)?;
                        let mut linker = Linker::new(&engine);
                        linker.define_unknown_imports_as_traps(&module).map_err(foreign)?;
                        Pre::Module(linker.instantiate_pre(&module).map_err(foreign)?)
                    };
                    Ok(Box::new(Prepared { pre, engine, fuel: self.fuel, export: export.to_owned() }))
                }

                fn waiting(&self, count: usize) -> Result<Box<dyn Any>> {
                    let module = Module::new(&self.engine, wat::parse_str(WAITS)?).map_err(foreign)?;
                    let mut linker = Linker::<()>::new(&self.engine);
                    linker.func_wrap_async("", "wait", |_, ()| Box::new(pending::<()>())).map_err(foreign)?;
                    let pre = linker.instantiate_pre(&module).map_err(foreign)?;
                    let mut all = Vec::with_capacity(count);
                    for _ in 0..count {
                        let (engine, pre, fuel) = (self.engine.clone(), pre.clone(), self.fuel);
                        let mut call = Box::pin(async move {
                            let mut store = Store::new(&engine, ());
                            if fuel {
                                store.set_fuel(u64::MAX / 2)?;
                            }
                            let instance = pre.instantiate_async(&mut store).await?;
                            let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
                            run.call_async(&mut store, ()).await
                        });
                        let polled = call.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
                        ensure!(polled.is_pending(), "a call does not wait: {polled:?}");
                        all.push(call);
                    }
                    Ok(Box::new(all))
                }
            }

            impl Loaded for Prepared {
                fn instance(&self) -> Result<Box<dyn Live>> {
                    let mut store = Store::new(&self.engine, ());
                    if self.fuel {
                        store.set_fuel(u64::MAX / 2).map_err(foreign)?;
                    }
                    let instance = match &self.pre {
                        Pre::Module(pre) => Instance::Module(pre.instantiate(&mut store).map_err(foreign)?),
                        Pre::Component(pre) => Instance::Component(pre.instantiate(&mut store).map_err(foreign)?),
                    };
                    Ok(Box::new(Alive { store, instance, export: self.export.clone() }))
                }
            }

            impl Alive {
                fn find(&mut self) -> Result<Instance> {
                    match &self.instance {
                        Instance::Module(instance) => {
                            let func = instance.get_func(&mut self.store, &self.export).context("no such export")?;
                            Ok(match func.typed(&self.store) {
                                Ok(run) => Instance::Run(run),
                                Err(_) => Instance::Get(func.typed(&self.store).map_err(foreign)?),
                            })
                        }
                        Instance::Component(instance) => {
                            let found = instance.get_typed_func(&mut self.store, self.export.as_str());
                            Ok(Instance::ComponentRun(found.map_err(foreign)?))
                        }
                        _ => anyhow::bail!("it has been found already"),
                    }
                }
            }

            impl Live for Alive {
                fn run(&mut self, n: i32) -> Result<i32> {
                    if matches!(self.instance, Instance::Module(_) | Instance::Component(_)) {
                        self.instance = self.find()?;
                    }
                    match &self.instance {
                        Instance::Run(run) => run.call(&mut self.store, n),
                        Instance::Get(get) => get.call(&mut self.store, ()),
                        Instance::ComponentRun(run) => {
                            run.call(&mut self.store, (n as u32,)).map(|(result,)| result as i32)
                        }
                        Instance::Module(_) | Instance::Component(_) => return Err(anyhow!("no such export")),
                    }
                    .map_err(foreign)
                }
            }
        }
    };
}

twin!(ours, coracle);
twin!(theirs, wasmtime);
