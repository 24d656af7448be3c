//! Ctrl-C: what was measured is kept. The signal sets a mark, and whoever measures looks at it between rounds.

use std::sync::atomic::{AtomicBool, Ordering};

static WANTED: AtomicBool = AtomicBool::new(false);

extern "C" fn mark(_: libc::c_int) {
    // The second time it is meant.
    if WANTED.swap(true, Ordering::Relaxed) {
        // SAFETY: ends the process at once; allowed in a signal handler.
        unsafe { libc::_exit(130) }
    }
}

/// From now on the first interrupt only sets the mark.
pub fn listen() {
    let handler: extern "C" fn(libc::c_int) = mark;
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: the handler stores to an atomic, or ends the process; nothing else.
        unsafe { libc::signal(signal, handler as libc::sighandler_t) };
    }
}

/// From now on interrupts from the keyboard do nothing: the parent gets them too.
pub fn ignore() {
    // SAFETY: no handler is installed.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
}

/// Whether somebody wants an end.
pub fn wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}
