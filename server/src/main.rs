//! The program: see the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Passwords are hashed in blocks of 19 MiB and pages are rendered in many small ones: the system's allocator keeps both for
// each thread, and the process grew to twice its size.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    server::run()
}
