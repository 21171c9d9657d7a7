//! Mounts the client.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// What is freed is overwritten: of a person's keys nothing stays in memory once they have locked.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {
    app::start();
}
