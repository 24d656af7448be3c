//! A guest with one directory tries to reach what is beside it, in all ways that somebody thought of. None works: each
//! attempt is an error that the guest sees, the secret stays what it was, and nothing appears outside.

use crate::{Outcome, coracle, data};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What `probe.wat` exits with after it has read a secret.
const READ_A_SECRET: i32 = 99;

/// A secret, and beside it the directory that the guest gets.
struct Ground {
    top: PathBuf,
}

impl Ground {
    fn new(name: &str) -> Self {
        let top = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("escapes-{name}"));
        let _ = fs::remove_dir_all(&top);
        fs::create_dir_all(top.join("granted/inner")).unwrap();
        fs::create_dir_all(top.join("beside")).unwrap();
        fs::write(top.join("secret"), "Secret").unwrap();
        fs::write(top.join("beside/secret"), "Secret").unwrap();
        fs::write(top.join("granted/own"), "own").unwrap();
        fs::write(top.join("granted/inner/own"), "own").unwrap();
        Self { top }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.top.join(path)
    }

    fn absolute(&self, path: &str) -> String {
        self.at(path).to_str().unwrap().to_owned()
    }

    fn probe(&self, args: &[&str]) -> Outcome {
        let dir = format!("{}::/", self.absolute("granted"));
        let probe = data("probe.wat");
        let command: Vec<&str> = ["run", "--dir", &dir, &probe].into_iter().chain(args.iter().copied()).collect();
        coracle(&command)
    }

    /// Nothing outside of the guest's directory was read, changed, made or taken away.
    fn untouched(&self) {
        let names = |path: &str| -> Vec<_> {
            let mut names: Vec<_> = fs::read_dir(self.at(path)).unwrap().map(|e| e.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(""), ["beside", "granted", "secret"]);
        assert_eq!(names("beside"), ["secret"]);
        for secret in ["secret", "beside/secret"] {
            assert_eq!(fs::read_to_string(self.at(secret)).unwrap(), "Secret");
            assert!(
                fs::symlink_metadata(self.at(secret)).unwrap().modified().unwrap().elapsed().unwrap().as_secs() < 600
            );
        }
    }
}

#[test]
fn what_is_inside_is_reached() {
    let ground = Ground::new("inside");
    for args in [&["r", "own"][..], &["r", "inner/own"], &["r", "inner/../own"], &["f", "inner/"], &["d", "new"]] {
        assert_eq!(ground.probe(args).code, Some(0), "{args:?}");
    }
    for args in [&["s", "own", "link"][..], &["r", "link"], &["m", "own", "inner/moved"], &["r", "inner/moved"]] {
        assert_eq!(ground.probe(args).code, Some(0), "{args:?}");
    }
    ground.untouched();
}

/// Paths and links that lead outside, one at a time.
#[test]
fn none_leads_outside() {
    let ground = Ground::new("paths");
    for (link, to) in [
        ("up", ".."),
        ("up-to-secret", "../secret"),
        ("deep", "inner/../../secret"),
        ("beside", "../beside"),
        ("slash", "/"),
    ] {
        symlink(to, ground.at("granted").join(link)).unwrap();
    }
    symlink(ground.at("secret"), ground.at("granted/absolute")).unwrap();
    symlink("up", ground.at("granted/twice")).unwrap();
    symlink("../up", ground.at("granted/inner/up")).unwrap();
    symlink("loop", ground.at("granted/loop")).unwrap();
    let secret = ground.absolute("secret");
    let through_proc = "/proc/self/cwd/../../../../../../../etc/passwd";
    let attempts: &[&[&str]] = &[
        &["r", "../secret"],
        &["r", "./../secret"],
        &["r", "inner/../../secret"],
        &["r", "inner/./.././../secret"],
        &["r", "..//secret"],
        &["r", "../granted/../secret"],
        &["r", &secret],
        &["r", "/etc/passwd"],
        &["r", "//etc/passwd"],
        &["r", through_proc],
        &["r", "proc/self/root/etc/passwd"],
        &["r", "own/../../secret"],
        &["r", "up-to-secret"],
        &["r", "up-to-secret/"],
        &["r", "up/secret"],
        &["r", "twice/secret"],
        &["r", "inner/up/secret"],
        &["r", "deep"],
        &["r", "absolute"],
        &["r", "slash/etc/passwd"],
        &["r", "beside/secret"],
        &["r", "loop"],
        &["r", ""],
        &["f", ".."],
        &["f", "../"],
        &["f", "up/"],
        &["f", "up-to-secret"],
        &["f", "absolute"],
        &["t", "../secret"],
        &["t", "up-to-secret"],
        &["w", "../made"],
        &["w", "up/made"],
        &["w", "beside/secret"],
        &["w", "up-to-secret"],
        &["d", "../made"],
        &["d", "up/made"],
        &["d", "inner/../../made/"],
        &["u", "../secret"],
        &["u", "up/secret"],
        &["u", "beside/secret"],
        &["x", "../beside"],
        &["x", "up/beside"],
        &["x", ".."],
        &["m", "../secret", "taken"],
        &["m", "up/secret", "taken"],
        &["m", "own", "../made"],
        &["m", "own", "up/secret"],
        &["m", "own", "beside/secret"],
        &["m", "inner", "../made"],
        &["l", "../secret", "taken"],
        &["l", "up/secret", "taken"],
        &["l", "own", "../made"],
        &["l", "own", "beside/made"],
        &["s", "own", "../made"],
        &["s", "own", "up/made"],
        &["L", ".."],
        &["L", "up"],
        &["L", "slash"],
    ];
    for attempt in attempts {
        let outcome = ground.probe(attempt);
        assert!(!matches!(outcome.code, None | Some(0 | READ_A_SECRET | 134)), "{attempt:?}: {outcome:?}");
        assert_eq!(outcome.stderr, "", "{attempt:?}");
    }
    assert!(!ground.at("granted/taken").exists());
    ground.untouched();
}

/// The guest makes the links itself: it may, where they lead inside, and they lead nowhere else.
#[test]
fn its_own_links_lead_nowhere() {
    let ground = Ground::new("links");
    let secret = ground.absolute("secret");
    for (to, name) in [("../secret", "a"), (&*secret, "b"), ("inner/../../secret", "c"), ("/", "d"), ("..", "e")] {
        // To make one is refused, or it cannot be followed.
        ground.probe(&["s", to, name]);
        for path in [name.to_owned(), format!("{name}/secret"), format!("{name}/"), format!("inner/../{name}")] {
            let outcome = ground.probe(&["r", &path]);
            assert!(!matches!(outcome.code, None | Some(0 | READ_A_SECRET | 134)), "{path} -> {to}: {outcome:?}");
        }
    }
    // A directory takes the place of a link, and a link that of a directory.
    assert_eq!(ground.probe(&["d", "place"]).code, Some(0));
    ground.probe(&["s", "..", "link"]);
    ground.probe(&["m", "link", "place"]);
    assert_ne!(ground.probe(&["r", "place/secret"]).code, Some(READ_A_SECRET));
    ground.untouched();
}

/// While the guest opens a path, somebody exchanges a directory on it for a link to outside, thousands of times.
#[test]
fn no_race_is_won() {
    let ground = Ground::new("race");
    let (place, other) = (ground.at("granted/place"), ground.at("granted/other"));
    fs::create_dir(&place).unwrap();
    fs::write(place.join("secret"), "own").unwrap();
    symlink("../beside", &other).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let spare = ground.at("granted/spare");
            while !done.load(Ordering::Relaxed) {
                for (from, to) in [(&place, &spare), (&other, &place), (&spare, &other)] {
                    fs::rename(from, to).unwrap();
                }
            }
        });
        for _ in 0..3 {
            let outcome = ground.probe(&["o", "place/secret"]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
        }
        done.store(true, Ordering::Relaxed);
    });
}
