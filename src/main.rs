//! The command line of the simulators of this project.

use std::process::ExitCode;

fn main() -> ExitCode {
    motherlode::cli::main(motherlode::simulators::registry())
}
