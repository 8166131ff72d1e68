//! Replies of language models, cached honestly.
