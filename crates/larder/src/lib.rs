//! A caching workspace for web services and applications of language models.
