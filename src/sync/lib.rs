//! Synchronisation: the wire, the tablet's and the endpoint's rules without I/O, the storage trait with its suite.
