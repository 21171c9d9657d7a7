//! Connections over TLS. Handshakes run beside each other: one that is slow holds up no other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Handshakes at once; the next one waits.
const HANDSHAKES_MAX: usize = 256;

type Accepted = (TlsStream<TcpStream>, SocketAddr);

/// Listens at an address over TLS.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    accepted: mpsc::Receiver<Accepted>,
}

impl TlsListener {
    /// Takes connections from `listener` and shakes hands with them.
    ///
    /// # Errors
    /// Where the listener has no address.
    pub fn new(listener: TcpListener, config: ServerConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, accepted) = mpsc::channel(HANDSHAKES_MAX);
        tokio::spawn(accept(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            HANDSHAKE_TIMEOUT,
            sender,
        ));
        Ok(Self { address, accepted })
    }
}

async fn accept(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    timeout: Duration,
    sender: mpsc::Sender<Accepted>,
) {
    let room = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    while !sender.is_closed() {
        let (socket, address) = Listener::accept(&mut listener).await;
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let (handshake, sender) = (acceptor.accept(socket), sender.clone());
        tokio::spawn(async move {
            let done = tokio::time::timeout(timeout, handshake).await;
            drop(permit);
            if let Ok(Ok(stream)) = done {
                // Where nobody takes it the endpoint ends.
                let _ended = sender.send((stream, address)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            // The runtime ends.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring::default_provider;
    use rustls::server::ResolvesServerCertUsingSni;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn a_handshake_that_never_comes_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let nobody = Arc::new(ResolvesServerCertUsingSni::new());
        let config = builder.with_no_client_auth().with_cert_resolver(nobody);
        let (sender, _accepted) = mpsc::channel(1);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let limit = Duration::from_secs(1);
        tokio::spawn(accept(listener, acceptor, limit, sender));
        let mut silent = TcpStream::connect(at).await.unwrap();
        let (mut said, patience) = (Vec::new(), Duration::from_secs(30));
        let ended = tokio::time::timeout(patience, silent.read_to_end(&mut said)).await;
        ended.expect("the connection is closed").unwrap();
        assert_eq!(said, b"");
    }
}
