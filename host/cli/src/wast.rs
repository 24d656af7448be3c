//! `coracle wast`: runs test scripts and tells what came of them.

use crate::flags::WastFlags;
use crate::report::Outcome;
use crate::run;
use coracle_wast::Options;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};

/// Runs the scripts that the flags name. Fails when a directive does.
pub(crate) fn wast(flags: &WastFlags) -> Outcome {
    let options = Options::new(run::config(&flags.engine)?);
    let bar = progress(flags.files.len() as u64);
    let (mut passed, mut failed, mut unread) = (0, 0, 0);
    for file in &flags.files {
        bar.set_message(file.display().to_string());
        let text = match coracle_wast::run_file(file, &options) {
            Ok(report) => {
                passed += report.passed;
                failed += report.failures.len();
                report.to_string()
            }
            Err(error) => {
                unread += 1;
                format!("{}: {error:?}", file.display())
            }
        };
        bar.suspend(|| print(&text))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if flags.files.len() > 1 {
        print(&format!("{} files: {passed} directives passed, {failed} failed", flags.files.len()))?;
    }
    Ok(u8::from(failed + unread > 0))
}

fn print(text: &str) -> coracle::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
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
