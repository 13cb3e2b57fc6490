//! The check-in page in the browser: camera, decoder in a worker, verdicts.

pub mod decode;
