//! The service over real HTTP, and the models it asks.

mod errors;
mod openai;
mod operations;
mod page;
mod running;
mod shutdown;
mod smoke;
