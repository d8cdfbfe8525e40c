//! The message with which a stream begins: length, four bytes, big endian, then so many bytes. Nothing behind it is read.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Longest message at the head of a stream, bytes.
const LONGEST: usize = 4 << 10;

/// Reads the message that a stream begins with. `InvalidData`: it says that it is too long.
pub async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = stream.read_u32().await? as usize;
    if length > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the head of a stream is too long"));
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// Writes the message that a stream begins with, and sends it.
pub async fn write_head(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    let mut whole = length.to_be_bytes().to_vec();
    whole.extend_from_slice(message);
    stream.write_all(&whole).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_follows_a_head_stays_unread_and_long_ones_are_refused() {
        let (mut here, mut there) = tokio::io::duplex(64);
        write_head(&mut here, b"for a tunnel").await.unwrap();
        here.write_all(b"rest").await.unwrap();
        assert_eq!(read_head(&mut there).await.unwrap(), b"for a tunnel");
        let mut rest = [0; 4];
        there.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"rest");
        here.write_u32(1 << 20).await.unwrap();
        assert_eq!(read_head(&mut there).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
