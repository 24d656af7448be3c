//! The name section, read when somebody asks for a name.

use wasmparser::{BinaryReader, Name, NameSectionReader};

fn subsections(payload: &[u8]) -> impl Iterator<Item = Name<'_>> {
    // A name section that is broken gives no names; the module is as good without.
    NameSectionReader::new(BinaryReader::new(payload, 0)).map_while(Result::ok)
}

/// Calls `each` with every function's index and name, in the order in which the payload tells them.
pub fn each_func_name<'a>(payload: &'a [u8], mut each: impl FnMut(u32, &'a str)) {
    for section in subsections(payload) {
        if let Name::Function(names) = section {
            names.into_iter().map_while(Result::ok).for_each(|naming| each(naming.index, naming.name));
        }
    }
}

/// The name of the module, if this payload of a name section tells it.
pub fn module_name(payload: &[u8]) -> Option<&str> {
    subsections(payload).find_map(|section| match section {
        Name::Module { name, .. } => Some(name),
        _ => None,
    })
}
