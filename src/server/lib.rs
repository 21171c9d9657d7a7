//! The endpoint: HTTP, database, administration.
