//! Connections, over HTTP/1: one on which nobody asks anything is closed. A tablet that walks out
//! of the network leaves its connection open, and no word of it ever comes.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tower::ServiceExt as _;

/// How long a connection may be open without the whole head of a request, the first or the next.
/// Proxies keep one for a minute or two: whoever is before the endpoint closes it first, and no
/// request is sent into one that ends.
pub const IDLE_MAX: Duration = Duration::from_secs(180);

/// Serves what a listener accepts until `ended`, and what was asked until then to its end. A
/// connection may be idle for `idle`; a request that is under way, and its answer, take as long as
/// they take.
pub async fn serve<L: Listener<Addr = SocketAddr>>(
    mut listener: L,
    router: Router,
    idle: Duration,
    ended: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(idle);
    let connections = GracefulShutdown::new();
    let mut ended = pin!(ended);
    loop {
        let (io, address) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut ended => break,
        };
        let router = router.clone();
        let answers = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            router.clone().oneshot(request)
        });
        let connection = http.serve_connection(TokioIo::new(io), answers);
        tokio::spawn(connections.watch(connection));
    }
    drop(listener);
    connections.shutdown().await;
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use axum::routing::{get, post};
    use futures_util::{StreamExt as _, stream};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;

    use super::*;

    /// What the endpoint may take where it does not do what it should.
    const PATIENCE: Duration = Duration::from_secs(30);

    async fn sent(address: SocketAddr, text: &str) -> TcpStream {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(text.as_bytes()).await.unwrap();
        socket
    }

    /// What the endpoint says until it closes the connection.
    async fn last(mut socket: TcpStream) -> String {
        let mut said = String::new();
        let all = tokio::time::timeout(PATIENCE, socket.read_to_string(&mut said)).await;
        all.expect("the connection is closed").unwrap();
        said
    }

    #[tokio::test]
    async fn a_connection_on_which_nobody_asks_is_closed_and_no_other() {
        let (silent_ended, ends) = watch::channel(false);
        // As a tablet that waits: an answer that begins, and goes on later.
        let live = move || async move {
            let mut ends = ends.clone();
            let first = stream::iter([Bytes::from("begun, ")]);
            let then = stream::once(async move {
                ends.wait_for(|ended| *ended).await.unwrap();
                Bytes::from("and done")
            });
            Body::from_stream(first.chain(then).map(Ok::<_, std::io::Error>))
        };
        let upload = |body: String| async move { body };
        let router = Router::new()
            .route("/live", get(live))
            .route("/photo", post(upload));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (end, mut told) = watch::channel(false);
        let ended = async move {
            told.wait_for(|ended| *ended).await.unwrap();
        };
        let idle = Duration::from_secs(1);
        let serving = tokio::spawn(serve(listener, router, idle, ended));

        let head = "HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
        let live = sent(at, &format!("GET /live {head}\r\n")).await;
        let half = format!("POST /photo {head}content-length: 8\r\n\r\nhalf");
        let mut upload = sent(at, &half).await;
        let silent = ["", "GET /live HT", "GET /none HTTP/1.1\r\nhost: x\r\n\r\n"];
        let mut said = Vec::new();
        for text in silent {
            said.push(last(sent(at, text).await).await);
        }
        assert_eq!(said[..2], ["", ""]);
        assert!(said[2].starts_with("HTTP/1.1 404"), "{said:?}");
        // Those that were asked something before have outlasted the limit.
        silent_ended.send_replace(true);
        upload.write_all(b"full").await.unwrap();
        let (live, upload) = (last(live).await, last(upload).await);
        assert!(
            live.contains("begun, ") && live.contains("and done"),
            "{live}"
        );
        assert!(upload.ends_with("halffull"), "{upload}");

        end.send_replace(true);
        let all = tokio::time::timeout(PATIENCE, serving).await;
        all.expect("it ends").unwrap();
    }
}
