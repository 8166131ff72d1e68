//! The program of the lab: `larder-lab outage` and `larder-lab boot`.

fn main() -> std::process::ExitCode {
    larder_lab::cli::run()
}
