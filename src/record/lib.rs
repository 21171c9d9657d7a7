//! The record: entries, streams, receipts, signatures, sealing. Knows bytes and no cases. Pure.
