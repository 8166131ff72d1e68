//! One question to a server, over a connection of its own.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Framer, Reply};

/// Sends `commands` at once and returns their replies.
pub(crate) async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    commands: &[Vec<&[u8]>],
) -> io::Result<Vec<Reply>> {
    let bytes: Vec<u8> = commands.iter().flat_map(|words| encode(words)).collect();
    stream.write_all(&bytes).await?;
    let mut replies = Vec::with_capacity(commands.len());
    let (mut framer, mut frame, mut chunk) = (Framer::default(), Vec::new(), vec![0; 16 * 1024]);
    while replies.len() < commands.len() {
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = &chunk[..read];
        while !rest.is_empty() {
            let piece = framer.piece(rest);
            let (part, after) = rest.split_at(piece.length);
            frame.extend_from_slice(part);
            rest = after;
            if piece.ends {
                replies.push(decode(&std::mem::take(&mut frame))?);
            } else if framer.is_lost() {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }
    Ok(replies)
}

fn encode(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn decode(frame: &[u8]) -> io::Result<Reply> {
    let mut rest = frame;
    Reply::read(&mut rest).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
