//! What a payload has to be before it is given to zstd: one frame of a known length, and nothing else.
//!
//! zstd itself reads more: frames one after the other, frames to be skipped, frames of earlier formats, frames that do not say how
//! long they are. None of those is anything that this layer writes.

/// The first bytes of a frame of the format of RFC 8878.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The largest window that is read: 8 MiB, what RFC 8878 asks of every decoder.
const MAX_WINDOW_LOG: u8 = 23;

/// Checks that `bytes` are one frame whose content has `raw_len` bytes.
///
/// # Errors
/// Why they are not.
pub(crate) fn check(bytes: &[u8], raw_len: usize) -> Result<(), &'static str> {
    if bytes.first_chunk() != Some(&MAGIC) {
        return Err("the payload is no zstd frame");
    }
    let descriptor = *bytes.get(4).ok_or("the payload ends within the head of its frame")?;
    let is_one_segment = descriptor & 0b10_0000 != 0;
    if !is_one_segment {
        let window = *bytes.get(5).ok_or("the payload ends within the head of its frame")?;
        if 10 + (window >> 3) > MAX_WINDOW_LOG {
            return Err("the payload wants a larger window than is read");
        }
    }
    match zstd::zstd_safe::get_frame_content_size(bytes) {
        Ok(Some(size)) if usize::try_from(size) == Ok(raw_len) => {}
        _ => return Err("the payload's frame and its header differ about its length"),
    }
    match zstd::zstd_safe::find_frame_compressed_size(bytes) {
        Ok(length) if length == bytes.len() => Ok(()),
        _ => Err("the payload is not exactly one frame"),
    }
}
