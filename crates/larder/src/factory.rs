//! One word for each way to begin.

use larder_cache::Larder;
use larder_config::{Environment, Loader, Settings, assemble};
use larder_core::Result;
