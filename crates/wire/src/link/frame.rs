//! Messages in a stream of bytes: four bytes of length, big endian, then JSON.

use serde::{Serialize, de::DeserializeOwned};

/// Longest message, bytes.
pub const LONGEST: usize = 256 << 10;
const HEAD: usize = 4;
/// Bytes of memory that a link keeps for what comes next: a heartbeat takes less. There are thousands of links.
const KEPT: usize = 256;

/// The bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It says that it is longer than allowed.
    #[error("a message of {0} bytes, more than {LONGEST}")]
    TooLong(usize),
    /// It is not the JSON that it should be.
    #[error("not a message: {0}")]
    Json(String),
}

/// Appends a message.
pub fn write(message: &impl Serialize, out: &mut Vec<u8>) -> Result<(), FrameError> {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD]);
    serde_json::to_writer(&mut *out, message).map_err(|error| FrameError::Json(error.to_string()))?;
    let length = out.len() - start - HEAD;
    let Some(head) = u32::try_from(length).ok().filter(|_| length <= LONGEST) else {
        out.truncate(start);
        return Err(FrameError::TooLong(length));
    };
    out[start..start + HEAD].copy_from_slice(&head.to_be_bytes());
    Ok(())
}

/// Bytes that came, until they are a message. Holds at most one message and what came with it.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
    /// Up to where they were read.
    at: usize,
}

impl Reader {
    /// Takes what came.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.at == self.bytes.len() {
            self.bytes.clear();
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message; none: it is not whole yet.
    pub fn message<T: DeserializeOwned>(&mut self) -> Result<Option<T>, FrameError> {
        let Some((head, rest)) = self.bytes[self.at..].split_first_chunk::<HEAD>() else { return Ok(None) };
        let length = u32::from_be_bytes(*head) as usize;
        if length > LONGEST {
            return Err(FrameError::TooLong(length));
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let message = serde_json::from_slice(body).map_err(|error| FrameError::Json(error.to_string()))?;
        self.at += HEAD + length;
        if self.at > LONGEST {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        // A quiet link holds no memory for the largest message that it ever saw.
        if self.at == self.bytes.len() && self.bytes.capacity() > KEPT {
            *self = Self::default();
        }
        Ok(Some(message))
    }

    /// Bytes that wait to become a message.
    pub const fn waiting(&self) -> usize {
        self.bytes.len() - self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn messages_come_out_as_they_went_in_however_the_bytes_are_cut(
            texts in proptest::collection::vec(".{0,40}", 0..20),
            cuts in proptest::collection::vec(1_usize..50, 1..40),
        ) {
            let mut stream = Vec::new();
            for text in &texts {
                write(text, &mut stream).unwrap();
            }
            let mut reader = Reader::default();
            let mut read: Vec<String> = Vec::new();
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                reader.push(piece);
                rest = after;
                while let Some(text) = reader.message().unwrap() {
                    read.push(text);
                }
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(read, texts);
            prop_assert_eq!(reader.waiting(), 0);
        }
    }

    #[test]
    fn a_length_that_lies_is_refused_before_it_takes_memory() {
        let mut reader = Reader::default();
        reader.push(&u32::MAX.to_be_bytes());
        assert_eq!(reader.message::<String>(), Err(FrameError::TooLong(u32::MAX as usize)));
        let mut out = vec![1, 2];
        assert!(matches!(write(&"x".repeat(LONGEST), &mut out), Err(FrameError::TooLong(_))));
        assert_eq!(out, [1, 2], "what was there stays as it was");
        reader = Reader::default();
        reader.push(&[0, 0, 0, 2, b'{', b'x']);
        assert!(matches!(reader.message::<String>(), Err(FrameError::Json(_))));
    }
}
