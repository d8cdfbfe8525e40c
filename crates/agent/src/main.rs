//! The program `vigie-agent`.

fn main() -> std::process::ExitCode {
    vigie_agent::cli::main()
}
