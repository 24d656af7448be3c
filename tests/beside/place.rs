//! Where the data lies that is not part of this repository: a folder beside it, which need not be there.

use std::path::{Path, PathBuf};

/// A folder of the shared data.
pub(crate) fn shared(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder)
}

/// The suites of scripts: where `CORACLE_SUITES` points, or among the shared data.
pub(crate) fn suites() -> PathBuf {
    std::env::var_os("CORACLE_SUITES").map_or_else(|| shared("suites"), PathBuf::from)
}

/// All files below a folder whose names end so, sorted; none where there is no such folder.
pub(crate) fn files(root: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(at) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&at) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
