//! Ports of the loopback.

use std::net::TcpListener;

use anyhow::{Context, Result};

/// The first free port from `wanted` on.
pub fn free_from(wanted: u16) -> Result<u16> {
    (wanted..=u16::MAX).find(|&port| is_free(port)).with_context(|| format!("no port from {wanted} on is free"))
}

/// Any free port.
pub fn any() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_way_to_the_next_free_one() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let found = free_from(port).unwrap();
        assert!(found > port);
        assert!(is_free(found));
    }
}
