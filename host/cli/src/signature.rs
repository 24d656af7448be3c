//! Types and functions as WIT text.
//!
//! Types have no names in a component's binary once they are looked at from outside, so records and
//! the like are written out. Their text can be exponentially longer than the types, so it is cut.

use coracle::component::Type;
use coracle::component::types::ComponentFunc;

/// Bytes after which a text is cut.
const LONGEST: usize = 2000;

/// A function as `name: func(a: u32) -> string`.
pub(crate) fn func(name: &str, ty: &ComponentFunc) -> String {
    let mut printer = Printer::default();
    printer.word(name);
    printer.word(": func(");
    printer.list(ty.params(), |printer, (name, ty)| {
        printer.word(name);
        printer.word(": ");
        printer.ty(&ty);
    });
    printer.word(")");
    for result in ty.results() {
        printer.word(" -> ");
        printer.ty(&result);
    }
    printer.text()
}

/// A type.
pub(crate) fn ty(ty: &Type) -> String {
    let mut printer = Printer::default();
    printer.ty(ty);
    printer.text()
}

#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    fn full(&self) -> bool {
        self.out.len() > LONGEST
    }

    fn text(mut self) -> String {
        if self.full() {
            self.out.push('…');
        }
        self.out
    }

    fn word(&mut self, word: &str) {
        if !self.full() {
            self.out.push_str(word);
        }
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, mut print: impl FnMut(&mut Self, T)) {
        for (position, item) in items.enumerate() {
            if self.full() {
                return;
            }
            if position > 0 {
                self.word(", ");
            }
            print(self, item);
        }
    }

    fn braced<T>(&mut self, head: &str, items: impl Iterator<Item = T>, print: impl FnMut(&mut Self, T)) {
        self.word(head);
        self.word(" { ");
        self.list(items, print);
        self.word(" }");
    }

    fn of(&mut self, head: &str, ty: &Type) {
        self.word(head);
        self.word("<");
        self.ty(ty);
        self.word(">");
    }

    fn ty(&mut self, ty: &Type) {
        if self.full() {
            return;
        }
        match ty {
            Type::Bool => self.word("bool"),
            Type::S8 => self.word("s8"),
            Type::U8 => self.word("u8"),
            Type::S16 => self.word("s16"),
            Type::U16 => self.word("u16"),
            Type::S32 => self.word("s32"),
            Type::U32 => self.word("u32"),
            Type::S64 => self.word("s64"),
            Type::U64 => self.word("u64"),
            Type::Float32 => self.word("f32"),
            Type::Float64 => self.word("f64"),
            Type::Char => self.word("char"),
            Type::String => self.word("string"),
            Type::List(list) => self.of("list", &list.ty()),
            Type::Option(option) => self.of("option", &option.ty()),
            Type::Record(record) => self.braced("record", record.fields(), |printer, field| {
                printer.word(field.name);
                printer.word(": ");
                printer.ty(&field.ty);
            }),
            Type::Variant(variant) => self.braced("variant", variant.cases(), |printer, case| {
                printer.word(case.name);
                if let Some(ty) = &case.ty {
                    printer.word("(");
                    printer.ty(ty);
                    printer.word(")");
                }
            }),
            Type::Enum(cases) => self.braced("enum", cases.names(), Self::word),
            Type::Flags(flags) => self.braced("flags", flags.names(), Self::word),
            Type::Tuple(tuple) => {
                self.word("tuple<");
                self.list(tuple.types(), |printer, ty| printer.ty(&ty));
                self.word(">");
            }
            Type::Result(result) => match (result.ok(), result.err()) {
                (None, None) => self.word("result"),
                (Some(ok), None) => self.of("result", &ok),
                (ok, Some(err)) => {
                    self.word("result<");
                    match ok {
                        Some(ok) => self.ty(&ok),
                        None => self.word("_"),
                    }
                    self.word(", ");
                    self.ty(&err);
                    self.word(">");
                }
            },
            Type::Own(_) => self.word("own<resource>"),
            Type::Borrow(_) => self.word("borrow<resource>"),
            other => self.word(&format!("{other:?}").to_lowercase()),
        }
    }
}
