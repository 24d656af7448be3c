//! Writes a component as another machine runs it: `coracle_image::prepared` says how the file looks.
//!
//! What a loaded component has given up to the engine, its image, is made of its binary once more.

use crate::component::portable::Portable;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::arena::PrimaryMap;
use coracle_image::component::ComponentImage;
use coracle_image::module::{BodyForm, CodeForm, ModuleData};
use coracle_image::prepared::File;
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use coracle_vm::module::Module;

/// A component on its way into a file.
pub(crate) struct Preparation<'a> {
    engine: &'a Engine,
    form: CodeForm,
    names: bool,
    file: File,
}

impl<'a> Preparation<'a> {
    /// Begins a file.
    pub(crate) fn new(engine: &'a Engine, portable: &Portable) -> Self {
        let Portable { compact, threads, simd, wide, names } = *portable;
        let word_bytes = if wide { 8 } else { 4 };
        // What of these the code takes is noted as it is made.
        let (exceptions, memory64, floats) = (false, false, false);
        let form = CodeForm { compact, threads, simd, exceptions, memory64, floats, word_bytes, table: 0 };
        Self { engine, form: internals::interpreter(engine).form(form), names, file: File::default() }
    }

    /// Moves what a module's ranges lead to into the file: code of its functions, data, names. `live` is the module as the
    /// engine has it.
    ///
    /// # Errors
    /// Those of [`Interpreter::prepare`](coracle_vm::tier::Interpreter::prepare), and that the file is too long.
    pub(crate) fn module(&mut self, data: &mut ModuleData, live: &Module) -> Result<()> {
        let old = data.bytes.clone();
        let old = old.as_slice();
        let sigs: Vec<u32> = data.types.values().map(|sig| sig.as_u32()).collect();
        let mut form = self.form;
        let bodies = data.bodies.keys().map(|func| {
            let record = internals::interpreter(self.engine).prepare(live, func, &mut form, &sigs)?;
            self.file.put(&record)
        });
        let bodies: PrimaryMap<_, _> = bodies.collect::<Result<_>>()?;
        (data.bodies, data.form) = (bodies, BodyForm::Prepared(form));
        for (_, segment) in data.datas.iter_mut() {
            let range = segment.range.start as usize..segment.range.end as usize;
            segment.range = self.file.put(&old[range])?;
        }
        data.name_section = match data.name_section.take().filter(|_| self.names) {
            Some(section) => {
                let section = self.file.put(&old[section])?;
                Some(section.start as usize..section.end as usize)
            }
            None => None,
        };
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// That it is too long, or that fuel has other costs than the default.
    pub(crate) fn finish(self, image: &ComponentImage) -> Result<Vec<u8>> {
        self.file.finish(image, internals::settings(self.engine).switches()?)
    }
}
