//! The built binary, as a shell sees it: standard output, standard error, exit code.

mod bad_input;
#[cfg(unix)]
mod escapes;
#[cfg(unix)]
mod grants;
mod guests;
mod inspect;
mod invoke;
mod run;
#[cfg(unix)]
mod serve;
mod with;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// After this a program counts as hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of a run.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Outcome {
    /// An error of the given code that says all of this, and no panic.
    #[track_caller]
    fn fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        for text in says {
            assert!(self.stderr.contains(text), "no {text:?} in:\n{}", self.stderr);
        }
    }

    /// A success that prints just this.
    #[track_caller]
    fn prints(&self, stdout: &str) {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.stdout, stdout);
        assert_eq!(self.stderr, "");
    }
}

/// Runs the binary with nothing on its standard input.
fn coracle<A: AsRef<OsStr>>(args: &[A]) -> Outcome {
    coracle_with(args, &[])
}

fn coracle_with<A: AsRef<OsStr>>(args: &[A], env: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coracle"));
    command.args(args).envs(env.iter().copied());
    ran(command)
}

/// What comes of a command with nothing on its standard input.
fn ran(mut command: Command) -> Outcome {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the binary starts");
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    let output = waiting.recv_timeout(PATIENCE).expect("the program ends in time").expect("its output is read");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The path of a component in `tests/data`.
fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).to_str().unwrap().to_owned()
}

/// A component of `tests/data` as binary.
fn binary(name: &str) -> Vec<u8> {
    wat::parse_file(data(name)).unwrap()
}

/// A new file with this content; tests name theirs apart.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}
