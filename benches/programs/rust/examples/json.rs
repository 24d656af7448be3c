//! A document as text: read into a tree, asked, changed and written, over and over; what a plugin does all day.

use programs::{mix, Numbers};
use std::collections::BTreeMap;
use std::fmt::Write;

enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.text[self.at..].starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self) -> Option<Value> {
        match self.peek()? {
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'"' => self.text().map(Value::Text),
            b'[' => self.list(),
            b'{' => self.map(),
            _ => self.number(),
        }
    }

    fn text(&mut self) -> Option<String> {
        self.eat(b'"')?;
        let mut bytes = Vec::new();
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(bytes).ok(),
                b'\\' => {
                    let byte = *self.text.get(self.at)?;
                    self.at += 1;
                    bytes.push(if byte == b'n' { b'\n' } else { byte });
                }
                _ => bytes.push(byte),
            }
        }
    }

    fn number(&mut self) -> Option<Value> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e')) {
            self.at += 1;
        }
        std::str::from_utf8(&self.text[start..self.at]).ok()?.parse().ok().map(Value::Number)
    }

    fn list(&mut self) -> Option<Value> {
        self.eat(b'[')?;
        let mut items = Vec::new();
        while self.peek()? != b']' {
            items.push(self.value()?);
            self.eat(b',');
        }
        self.eat(b']').map(|()| Value::List(items))
    }

    fn map(&mut self) -> Option<Value> {
        self.eat(b'{')?;
        let mut items = BTreeMap::new();
        while self.peek()? != b'}' {
            let key = self.text()?;
            self.eat(b':')?;
            items.insert(key, self.value()?);
            self.eat(b',');
        }
        self.eat(b'}').map(|()| Value::Map(items))
    }
}

fn write(value: &Value, out: &mut String) {
    let separate = |index: usize, out: &mut String| {
        if index > 0 {
            out.push(',');
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => write!(out, "{value}").unwrap(),
        Value::Number(value) => write!(out, "{value}").unwrap(),
        Value::Text(text) => write!(out, "{text:?}").unwrap(),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                write(item, out);
            }
            out.push(']');
        }
        Value::Map(items) => {
            out.push('{');
            for (index, (key, item)) in items.iter().enumerate() {
                separate(index, out);
                write!(out, "{key:?}:").unwrap();
                write(item, out);
            }
            out.push('}');
        }
    }
}

/// Adds one to every number, turns every truth, and says how many values there are.
fn change(value: &mut Value) -> u32 {
    1 + match value {
        Value::Number(value) => {
            *value += 1.0;
            0
        }
        Value::Bool(value) => {
            *value = !*value;
            0
        }
        Value::List(items) => items.iter_mut().map(change).sum(),
        Value::Map(items) => items.values_mut().map(change).sum(),
        Value::Null | Value::Text(_) => 0,
    }
}

fn document(numbers: &mut Numbers) -> String {
    let mut text = "[".to_owned();
    for i in 0..60 {
        let (a, b) = (numbers.next() % 100_000, numbers.next() % 1_000);
        write!(text, "{{\"id\": {i}, \"name\": \"boat \\\"{a}\\\"\", \"seats\": [{b}, {a}.25, -3e2, null],").unwrap();
        writeln!(text, " \"tags\": {{\"wood\": {}, \"tar\": false}}, \"owner\": null}}{}", b > 500, ",").unwrap();
    }
    text + "{}]"
}

fn round(i: u32) -> u32 {
    let mut text = document(&mut Numbers::from(i + 5));
    let mut sum = 0;
    for _ in 0..3 {
        let mut value = Reader { text: text.as_bytes(), at: 0 }.value().expect("it is well formed");
        sum = mix(sum, change(&mut value));
        text.clear();
        write(&value, &mut text);
    }
    text.bytes().fold(sum, |sum, byte| mix(sum, byte.into()))
}

programs::rounds!(round);
