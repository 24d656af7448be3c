//! Rust text as the laws see it: cut into code and comment, tests marked.
//!
//! A scanner of a few states, not a parser; it knows strings, raw strings, chars against lifetimes and nested comments.
//!
//! # Invariants
//! - No line is lost: the n-th `Line` is the n-th line of the file.
//! - What stands in a string is in neither `code` nor `comment`.

/// One file, its text cut into code and comment.
pub(crate) struct Source {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) lines: Vec<Line>,
}

/// One line, seen thrice.
pub(crate) struct Line {
    pub(crate) raw: String,
    /// Without comments; the content of strings and chars is blanked.
    pub(crate) code: String,
    /// Only what stands in comments.
    pub(crate) comment: String,
    /// Inside an item under `#[cfg(test)]`, or in a file of tests.
    pub(crate) test: bool,
    /// How many inline modules of this file surround it.
    pub(crate) inline: usize,
}

impl Source {
    /// Cuts a text; what is no Rust keeps its `raw` lines, the only ones that are looked at then.
    pub(crate) fn new(path: &str, text: &str) -> Source {
        let mut lines = split(text);
        mark_tests(path, &mut lines);
        mark_inline(&mut lines);
        Source { path: path.to_owned(), lines }
    }

    /// Whether this is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// All lines, counted from one.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &Line)> {
        (1..).zip(&self.lines)
    }
}

/// What the scanner is inside of.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Code,
    LineComment,
    BlockComment(u32),
    Str,
    RawStr(usize),
}

/// Cuts a Rust text into code and comment, line by line.
fn split(text: &str) -> Vec<Line> {
    let mut inside = Inside::Code;
    text.lines()
        .map(|raw| {
            let (code, comment);
            (code, comment, inside) = split_line(raw, inside);
            Line { raw: raw.to_owned(), code, comment, test: false, inline: 0 }
        })
        .collect()
}

fn split_line(raw: &str, mut inside: Inside) -> (String, String, Inside) {
    let (mut code, mut comment) = (String::new(), String::new());
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        match inside {
            Inside::Code => {
                let hashes = raw_string_hashes(rest, &code);
                if rest.starts_with("//") {
                    inside = Inside::LineComment;
                } else if rest.starts_with("/*") {
                    (inside, taken) = (Inside::BlockComment(1), 2);
                } else if let Some(hashes) = hashes {
                    (inside, taken) = (Inside::RawStr(hashes), hashes + 2);
                    code.push('"');
                } else if first == '"' {
                    inside = Inside::Str;
                    code.push('"');
                } else if first == '\'' && char_literal_bytes(rest) > 0 {
                    taken = char_literal_bytes(rest);
                    code.push_str("' '");
                } else {
                    code.push(first);
                }
            }
            Inside::LineComment => comment.push(first),
            Inside::BlockComment(depth) => {
                if rest.starts_with("*/") {
                    taken = 2;
                    inside = if depth == 1 { Inside::Code } else { Inside::BlockComment(depth - 1) };
                } else if rest.starts_with("/*") {
                    (inside, taken) = (Inside::BlockComment(depth + 1), 2);
                } else {
                    comment.push(first);
                }
            }
            Inside::Str => {
                if first == '\\' {
                    taken += rest[1..].chars().next().map_or(0, char::len_utf8);
                } else if first == '"' {
                    inside = Inside::Code;
                    code.push('"');
                }
            }
            Inside::RawStr(hashes) => {
                let tail = rest.strip_prefix('"').unwrap_or("");
                if first == '"' && tail.bytes().take_while(|&b| b == b'#').count() >= hashes {
                    (inside, taken) = (Inside::Code, hashes + 1);
                    code.push('"');
                }
            }
        }
        rest = &rest[taken..];
    }
    if inside == Inside::LineComment {
        inside = Inside::Code;
    }
    (code, comment, inside)
}

/// How many `#` a raw string that begins here has; `None` if none begins here.
fn raw_string_hashes(rest: &str, before: &str) -> Option<usize> {
    let tail = rest.strip_prefix('r')?;
    let glued = before.chars().next_back().is_some_and(|c| (is_word(c) && c != 'b' && c != 'c') || c == '\'');
    let hashes = tail.bytes().take_while(|&b| b == b'#').count();
    (!glued && tail[hashes..].starts_with('"')).then_some(hashes)
}

/// Bytes of the char literal that begins here; zero for a lifetime.
fn char_literal_bytes(rest: &str) -> usize {
    let body = &rest[1..];
    let Some(first) = body.chars().next() else {
        return 0;
    };
    if first == '\\' {
        let skip = 2 + body[1..].chars().next().map_or(0, char::len_utf8);
        return rest[skip..].find('\'').map_or(0, |end| skip + end + 1);
    }
    let end = 1 + first.len_utf8();
    if rest[end..].starts_with('\'') { end + 1 } else { 0 }
}

/// Marks what is compiled for tests only.
fn mark_tests(path: &str, lines: &mut [Line]) {
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        lines.iter_mut().for_each(|line| line.test = true);
        return;
    }
    let mut at = 0;
    while at < lines.len() {
        let squeezed = squeeze(&lines[at].code);
        if squeezed.contains("#[cfg(test)]") || squeezed.contains("#[cfg(all(test") {
            at = mark_item(lines, at);
        } else {
            at += 1;
        }
    }
}

/// Marks one item from its attribute to its closing brace or semicolon; gives the line behind it.
fn mark_item(lines: &mut [Line], start: usize) -> usize {
    let mut depth = 0;
    for (at, line) in lines.iter_mut().enumerate().skip(start) {
        line.test = true;
        let code = line.code.trim();
        let attribute = depth == 0 && code.starts_with("#[") && code.ends_with(']');
        let (mut opened, mut ended) = (false, false);
        for c in code.chars().filter(|_| !attribute) {
            match c {
                '{' => (depth, opened) = (depth + 1, true),
                '}' => depth -= 1,
                ';' if depth == 0 => ended = true,
                _ => {}
            }
        }
        if depth == 0 && (opened || ended || code.ends_with('}')) {
            return at + 1;
        }
    }
    lines.len()
}

/// Counts for each line the inline modules (`mod x { … }`) around it.
fn mark_inline(lines: &mut [Line]) {
    let (mut depth, mut opens) = (0_usize, Vec::new());
    for line in lines {
        line.inline = opens.len();
        let mut module = has_word(&line.code, "mod");
        for c in line.code.chars() {
            if c == '{' {
                depth += 1;
                if module {
                    opens.push(depth);
                    module = false;
                }
            } else if c == '}' {
                if opens.last() == Some(&depth) {
                    opens.pop();
                }
                depth = depth.saturating_sub(1);
            }
        }
    }
}

pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Places of `word` as a whole word in `text`.
pub(crate) fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let before = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !behind.is_some_and(is_word)
    })
}

pub(crate) fn has_word(text: &str, word: &str) -> bool {
    words(text, word).next().is_some()
}
