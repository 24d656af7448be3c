//! `coracle wast`: runs test scripts and tells what came of them.

use crate::engine;
use crate::flags::WastFlags;
use crate::report::{self, Outcome, UsageError};
use coracle_wast::Options;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};

/// Runs the scripts that the flags name. Fails when a directive does.
pub(crate) fn wast(flags: &WastFlags) -> Outcome {
    if flags.engine.wasm().timeout.is_some() {
        return Err(UsageError::error("`-W timeout` is of `run` and `serve`: a script has many guests"));
    }
    let options = Options::new(engine::config(&flags.engine)?);
    let bar = progress(flags.files.len() as u64);
    let (mut passed, mut failed, mut unread) = (0, 0, 0);
    for file in &flags.files {
        bar.set_message(file.display().to_string());
        let text = match coracle_wast::run_file(file, &options) {
            Ok(report) => {
                passed += report.passed;
                failed += report.failures.len();
                report::plain(&report.to_string())
            }
            Err(error) => {
                unread += 1;
                report::plain(&format!("{}: {error:?}", file.display()))
            }
        };
        bar.suspend(|| report::print(format!("{text}\n").as_bytes()))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if flags.files.len() > 1 {
        let files = flags.files.len();
        report::print(format!("{files} files: {passed} directives passed, {failed} failed\n").as_bytes())?;
    }
    Ok(u8::from(failed + unread > 0))
}

/// A bar for many files, if standard error is a terminal.
fn progress(files: u64) -> ProgressBar {
    if files < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}
