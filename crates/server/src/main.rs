//! The `vigie` program.

fn main() -> std::process::ExitCode {
    vigie_server::cli::main()
}
