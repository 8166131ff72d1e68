//! Entries in Redis: conditional writes, order between nodes, notices.
