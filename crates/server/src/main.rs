//! The `vigie` program.

/// Intake allocates much, in many small pieces and on every thread: the C library's allocator takes a fifth more CPU
/// time, and keeps more. SQLite and zstd use this one, too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    vigie_server::cli::main()
}
