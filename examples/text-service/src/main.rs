//! The demo application: `text-service serve` and `text-service smoke`.

fn main() -> std::process::ExitCode {
    text_service::cli::run()
}
