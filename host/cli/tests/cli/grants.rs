//! What is granted, and what becomes of a disk that does not do what it should.

use crate::{coracle, data, file, ran};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn probe(dir: &Path, args: &[&str]) -> crate::Outcome {
    let dir = format!("{}::/", dir.display());
    let probe = data("probe.wat");
    let command: Vec<&str> = ["run", "--dir", &dir, &probe].into_iter().chain(args.iter().copied()).collect();
    coracle(&command)
}

#[test]
fn options_are_taken_or_refused() {
    let small = data("small.wat");
    let all = "inherit-network,tcp,udp=n,allow-ip-name-lookup,http,inherit-env=n,cli,config-var=a=b";
    coracle(&["run", "-S", all, "-S", "keyvalue-in-memory-data=a=b", &small]).prints("");
    for bad in ["nn", "p3", "tcp=maybe", "config-var=a", "cli=n"] {
        coracle(&["run", "-S", bad, &small]).fails(2, &["--wasi", bad.split('=').next().unwrap()]);
    }
    coracle(&["run", "--dir", "", &small]).fails(2, &["--dir"]);
}

#[test]
fn a_folder_that_is_not_there_is_told_in_a_line() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grants-nowhere");
    let outcome = coracle(&["run", "--dir", path.to_str().unwrap(), &data("small.wat")]);
    outcome.fails(1, &["failed to open directory", "grants-nowhere", "No such file"]);
    let not_a_folder = file("grants-file", b"");
    coracle(&["run", "--dir", not_a_folder.to_str().unwrap(), &data("small.wat")]).fails(1, &["grants-file"]);
}

/// Without a grant there is no directory to begin with: descriptor 3 is none.
#[test]
fn nothing_is_granted_by_default() {
    for args in [["r", "own"], ["d", "new"], ["L", "."]] {
        let outcome = coracle(&["run", &data("probe.wat"), args[0], args[1]]);
        assert_eq!((outcome.code, &*outcome.stderr), (Some(8), ""), "{args:?}: bad descriptor");
    }
}

#[test]
fn a_module_is_run_by_its_start() {
    let started = file("grants-start.wat", b"(module (func (export \"_start\")))");
    coracle(&["run".as_ref(), started.as_os_str()]).prints("");
    let trap = file("grants-trap.wat", b"(module (func (export \"_start\") unreachable))");
    coracle(&["run".as_ref(), trap.as_os_str()]).fails(134, &["unreachable"]);
    let none = file("grants-none.wat", b"(module (func (export \"f\")))");
    coracle(&["run".as_ref(), none.as_os_str()]).fails(1, &["not a command", "_start", "exports f"]);
    coracle(&["run".as_ref(), "--invoke".as_ref(), "f()".as_ref(), none.as_os_str()]).fails(2, &["--invoke"]);
    let import = file("grants-import.wat", b"(module (import \"a\" \"b\" (func)) (func (export \"_start\")))");
    coracle(&["run".as_ref(), import.as_os_str()]).fails(1, &["a::b"]);
    let odd = file("grants-odd.wat", b"(module (func (export \"_start\") (param i32)))");
    coracle(&["run".as_ref(), odd.as_os_str()]).fails(1, &["grants-odd.wat"]);
}

/// A file beyond what the process may write: the guest's error, and the program goes on to its end.
#[test]
fn a_disk_that_is_full_is_the_guests_error() {
    let dir = folder("grants-full");
    let (dir, probe) = (format!("{}::/", dir.display()), data("probe.wat"));
    // `ulimit -f` counts blocks; a write beyond it is an error once the signal is ignored.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let bin = env!("CARGO_BIN_EXE_coracle");
    let status = Command::new("sh").args(["-c", script, "sh", bin, "run", "--dir", &dir, &probe, "w", "big"]).status();
    let code = status.unwrap().code();
    assert_eq!(code, Some(22), "file too large");
    // Standard output that nobody can take is the guest's to see as well.
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(bin);
    command.args(["run", &data("command.wat"), "print", "x"]).stdout(full).stderr(Stdio::piped());
    let output = command.output().unwrap();
    assert!(!output.status.success());
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

#[test]
fn names_that_are_no_text_are_the_guests_error() {
    let dir = folder("grants-names");
    fs::write(dir.join(OsStr::from_bytes(b"\xff\xfe")), "x").unwrap();
    let outcome = probe(&dir, &["L", "."]);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(25), ""), "illegal byte sequence");
}

#[test]
fn a_directory_may_go_while_it_is_read() {
    let dir = folder("grants-removed");
    for turn in 0..5 {
        let inner = dir.join("inner");
        fs::create_dir(&inner).unwrap();
        for name in 0..300 {
            fs::write(inner.join(format!("a-file-with-a-long-name-{name}")), "").unwrap();
        }
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(10 * turn));
                fs::remove_dir_all(&inner).unwrap();
            });
            probe(&dir, &["L", "inner"])
        });
        // All of it, or as much as there was, or that it is gone.
        assert!(matches!(outcome.code, Some(0 | 44)), "{outcome:?}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn what_is_forbidden_is_the_guests_error() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    // What others may do too: the folder of the build may lie where they may not go.
    let all = std::env::temp_dir().join(format!("coracle-forbidden-{}", std::process::id()));
    let (dir, binary, guest) = (all.join("dir"), all.join("coracle"), all.join("probe.wat"));
    fs::create_dir_all(&dir).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_coracle"), &binary).unwrap();
    fs::copy(data("probe.wat"), &guest).unwrap();
    fs::write(dir.join("own"), "own").unwrap();
    fs::set_permissions(dir.join("own"), fs::Permissions::from_mode(0o0)).unwrap();
    let mut command = Command::new(&binary);
    command.args(["run", "--dir", &format!("{}::/", dir.display())]).arg(&guest).args(["r", "own"]);
    if File::open(dir.join("own")).is_ok() {
        // Whoever runs this may do everything, so somebody else does: `nobody`.
        command.uid(65534).gid(65534);
    }
    let outcome = ran(command);
    fs::remove_dir_all(&all).unwrap();
    assert_eq!((outcome.code, &*outcome.stderr), (Some(2), ""), "permission denied");
}
