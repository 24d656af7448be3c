//! Names of a guest's as they can be shown: on a terminal a name must not move the cursor, change a colour or turn the
//! line's direction.
//!
//! Names of components are kebab-case, which does nothing of that; names of core modules are whatever their author likes.

use core::fmt::{self, Write};

/// Characters of one text that are shown.
const MOST_SHOWN: usize = 4000;

/// Something whose text is a guest's, shown as it is but for what acts on a terminal or hides: control characters, and
/// Unicode's marks of direction, joining and nothing at all. They are written as escapes, `\u{1b}`, and very long texts
/// are cut.
#[derive(Clone, Copy, Debug)]
pub struct Printable<T>(pub T);

impl<T: fmt::Display> fmt::Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Escaping { out: f, left: MOST_SHOWN };
        write!(out, "{}", self.0)?;
        if out.left == 0 { f.write_str("…") } else { Ok(()) }
    }
}

struct Escaping<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    left: usize,
}

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, sign) in text.char_indices() {
            if self.left == 0 {
                return self.out.write_str(&text[plain..at]);
            }
            self.left -= 1;
            if acts(sign) {
                self.out.write_str(&text[plain..at])?;
                write!(self.out, "{}", sign.escape_default())?;
                plain = at + sign.len_utf8();
            }
        }
        self.out.write_str(&text[plain..])
    }
}

/// Whether a character does something rather than being seen.
pub(crate) fn acts(sign: char) -> bool {
    sign.is_control()
        || matches!(
            sign,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn what_acts_is_escaped() {
        for (text, shown) in [
            ("main", "main"),
            ("žluť 漢字 🚀", "žluť 漢字 🚀"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
            ("\u{2066}\u{feff}\u{200b}", "\\u{2066}\\u{feff}\\u{200b}"),
        ] {
            assert_eq!(Printable(text).to_string(), shown);
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "é".repeat(MOST_SHOWN + 1);
        assert_eq!(Printable(&long).to_string(), alloc::format!("{}…", "é".repeat(MOST_SHOWN)));
    }
}
