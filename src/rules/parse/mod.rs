//! What tenet cannot read.

pub mod directive;
pub mod invalid_utf8;
pub mod opaque;
pub mod template_placeholder;
