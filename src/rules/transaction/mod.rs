//! What fails or misbehaves in its transaction.

pub mod non_transactional_with_others;
