//! Which address a request comes from. Behind a proxy that is what the proxy says, where it is one
//! of those that were named; anybody else may write the header as they like.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The header to which each proxy adds the address that it was asked from.
const FORWARDED: &str = "x-forwarded-for";

/// Proxies whose word is taken.
pub type Proxies = BTreeSet<IpAddr>;

/// The address from which a request was sent: the last one in the proxies' list that is none of
/// them, or the other end of the connection.
#[must_use]
pub fn address(extensions: &Extensions, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let connected = extensions.get::<ConnectInfo<SocketAddr>>();
    let connected = connected.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    let mut nearest = connected.to_canonical();
    let lists = headers.get_all(FORWARDED).iter().rev();
    let mut names = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.rsplit(','));
    while proxies.contains(&nearest) {
        let Some(said) = names
            .next()
            .and_then(|name| name.trim().parse::<IpAddr>().ok())
        else {
            break;
        };
        nearest = said.to_canonical();
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, lists: &[&'static str], proxies: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(FORWARDED, list.parse().unwrap());
        }
        let proxies = proxies.iter().map(|one| one.parse().unwrap()).collect();
        address(&extensions, &headers, &proxies).to_string()
    }

    #[test]
    fn only_a_named_proxy_is_believed() {
        let list = &["203.0.113.9, 198.51.100.7"][..];
        assert_eq!(found("192.0.2.1", list, &[]), "192.0.2.1");
        assert_eq!(found("192.0.2.1", list, &["192.0.2.2"]), "192.0.2.1");
        assert_eq!(found("192.0.2.1", list, &["192.0.2.1"]), "198.51.100.7");
        let two = ["192.0.2.1", "198.51.100.7"];
        assert_eq!(found("192.0.2.1", list, &two), "203.0.113.9");
        let split = &["203.0.113.9", "198.51.100.7"][..];
        assert_eq!(found("::ffff:192.0.2.1", split, &two), "203.0.113.9");
        assert_eq!(found("192.0.2.1", &["unknown"], &two), "192.0.2.1");
        assert_eq!(found("192.0.2.1", &[], &two), "192.0.2.1");
    }
}
