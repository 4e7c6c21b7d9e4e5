//! The program `underpin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    underpin_server::command::main()
}
