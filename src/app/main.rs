//! Mounts the client.

fn main() {
    app::start();
}
