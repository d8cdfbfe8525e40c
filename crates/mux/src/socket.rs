//! How the sockets of links and tunnels are set.

use std::io;

use tokio::net::TcpStream;

/// Bytes that may wait in the kernel to be sent, beside those that are on their way.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 256 << 10;

/// What is written leaves at once: a keystroke does not wait for the next one. And what cannot leave waits here, where
/// messages go first, not in the kernel, which would take megabytes of each socket and says them in turn.
pub fn prompt(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT)?;
    Ok(())
}
