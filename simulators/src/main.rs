//! The command line of the simulators in this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    motherlode::cli::main(motherlode_simulators::registry())
}
