//! Frames to bytes and back: positional binary, one deflate stream per direction.
//!
//! A message (one WebSocket binary message) is `deflate(frames)`, each frame `length varint, postcard`. The stream is
//! flushed after every message and the flush's fixed four bytes are cut off. Both windows may begin primed with the
//! dictionary. A frame of unknown kind is skipped by its length and counted. Everything else wrong is a
//! [`CodecError`], after which the stream must be given up: its window no longer matches the other side's.
//!
//! Between two messages a direction keeps only what was said ([`past`]), not the machinery of deflate, which is ten
//! times as much: each thread has one, primed anew for each message. A server holds thousands of quiet connections.

use std::cell::RefCell;
use std::marker::PhantomData;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use serde::{Serialize, de::DeserializeOwned};

use super::frame::{Down, Up};
use past::Past;

mod past;

/// Largest message on the wire, before inflating.
pub const MAX_WIRE: usize = 8 << 20;
/// Most frames in one message.
pub const MAX_FRAMES: usize = 1 << 16;
/// Deflate looks back this far (2^15): over what was said, and then over the dictionary.
const WINDOW_BITS: u8 = 15;
/// The same in bytes.
const WINDOW: usize = 1 << WINDOW_BITS;
/// So much of what was said is kept: 2 % more bytes than twice as much, for half the memory (spec: sync 2.1).
const SAID: usize = 1 << 14;
/// What a sync flush always ends in.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// One direction's frames.
pub trait Frame: Serialize + DeserializeOwned {
    /// Largest inflated message.
    const MAX_MESSAGE: usize;
}

impl Frame for Down {
    const MAX_MESSAGE: usize = 8 << 20;
}

impl Frame for Up {
    const MAX_MESSAGE: usize = 2 << 20;
}

/// Bytes that are no message, or a message that may not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// More than is allowed.
    #[error("a message of more than {limit} bytes")]
    TooBig {
        /// The limit.
        limit: usize,
    },
    /// Too many frames in one message.
    #[error("a message of more than {MAX_FRAMES} frames")]
    TooMany,
    /// Not a deflate stream, or out of step with the other side.
    #[error("a message that cannot be inflated")]
    Deflate,
    /// A length that points beyond the message.
    #[error("a frame that is cut short")]
    Short,
}

thread_local! {
    static DEFLATE: RefCell<Compress> =
        RefCell::new(Compress::new_with_window_bits(Compression::new(6), false, WINDOW_BITS));
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Writes one direction.
pub struct Encoder<F> {
    past: Past,
    frames: PhantomData<fn(F)>,
}

impl<F: Frame> Encoder<F> {
    /// A fresh stream, its window primed or not.
    pub fn new(primed: bool) -> Encoder<F> {
        Encoder { past: Past::new(primed), frames: PhantomData }
    }

    /// One message of these frames, in order. On an error nothing was written and the stream goes on.
    pub fn message<'a>(&mut self, frames: impl IntoIterator<Item = &'a F>) -> Result<Vec<u8>, CodecError>
    where
        F: 'a,
    {
        let mut plain = Vec::new();
        let filled = frames.into_iter().enumerate().try_for_each(|(count, frame)| {
            if count == MAX_FRAMES { Err(CodecError::TooMany) } else { write_frame(frame, &mut plain) }
        });
        filled.and_then(|()| self.seal(&plain))
    }

    /// One message of frames written by [`write_frame`] before, so that one encoding serves many connections.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, CodecError> {
        if plain.len() > F::MAX_MESSAGE {
            return Err(CodecError::TooBig { limit: F::MAX_MESSAGE });
        }
        let out = DEFLATE.with_borrow_mut(|deflate| {
            deflate.reset();
            self.past.prime(|past| deflate.set_dictionary(past).map(drop)).map_err(|_| CodecError::Deflate)?;
            squeeze(deflate, plain)
        })?;
        self.past.add(plain);
        Ok(out)
    }
}

/// Compresses and flushes.
fn squeeze(deflate: &mut Compress, plain: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(plain.len() / 2 + 64);
    loop {
        let done = deflate.total_in() as usize;
        let before = out.len();
        let result = deflate.compress_vec(plain.get(done..).unwrap_or_default(), &mut out, FlushCompress::Sync);
        let done = deflate.total_in() as usize;
        // Room left over means the flush is complete; BufError means there was nothing left to flush.
        let complete = done == plain.len() && (out.len() < out.capacity() || out.len() == before);
        match result {
            Ok(_) if complete => break,
            Ok(_) => out.reserve(plain.len() / 4 + 256),
            Err(_) => return Err(CodecError::Deflate),
        }
    }
    if out.ends_with(&TAIL) {
        out.truncate(out.len() - TAIL.len());
    }
    Ok(out)
}

/// Appends one frame in its uncompressed form.
pub fn write_frame<F: Frame>(frame: &F, plain: &mut Vec<u8>) -> Result<(), CodecError> {
    let too_big = CodecError::TooBig { limit: F::MAX_MESSAGE };
    let body = postcard::to_stdvec(frame).map_err(|_| CodecError::Short)?;
    if plain.len() + body.len() + 10 > F::MAX_MESSAGE {
        return Err(too_big);
    }
    let mut length = body.len();
    while length >= 0x80 {
        plain.push((length as u8) | 0x80);
        length >>= 7;
    }
    plain.push(length as u8);
    plain.extend_from_slice(&body);
    Ok(())
}

/// Reads one direction.
pub struct Decoder<F> {
    past: Past,
    skipped: u64,
    frames: PhantomData<fn() -> F>,
}

impl<F: Frame> Decoder<F> {
    /// A fresh stream, its window primed or not.
    pub fn new(primed: bool) -> Decoder<F> {
        Decoder { past: Past::new(primed), skipped: 0, frames: PhantomData }
    }

    /// Frames skipped so far because this build does not know them.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The frames of one message, in order.
    pub fn message(&mut self, bytes: &[u8]) -> Result<Vec<F>, CodecError> {
        if bytes.len() > MAX_WIRE {
            return Err(CodecError::TooBig { limit: MAX_WIRE });
        }
        let mut plain = Vec::with_capacity((bytes.len() * 3).clamp(256, 1 << 20));
        INFLATE.with_borrow_mut(|inflate| {
            inflate.reset(false);
            self.past.prime(|past| inflate.set_dictionary(past).map(drop)).map_err(|_| CodecError::Deflate)?;
            unpack(inflate, bytes, &mut plain, F::MAX_MESSAGE)?;
            unpack(inflate, &TAIL, &mut plain, F::MAX_MESSAGE)
        })?;
        self.past.add(&plain);
        let mut frames = Vec::new();
        let mut rest = plain.as_slice();
        while !rest.is_empty() {
            let (body, after) = split_frame(rest)?;
            if frames.len() == MAX_FRAMES {
                return Err(CodecError::TooMany);
            }
            // Bytes left over inside a frame are fields a newer build added at the end.
            match postcard::take_from_bytes::<F>(body) {
                Ok((frame, _)) => frames.push(frame),
                Err(_) => self.skipped += 1,
            }
            rest = after;
        }
        Ok(frames)
    }
}

fn unpack(inflate: &mut Decompress, mut input: &[u8], plain: &mut Vec<u8>, limit: usize) -> Result<(), CodecError> {
    loop {
        let (start, length) = (inflate.total_in(), plain.len());
        let result = inflate.decompress_vec(input, plain, FlushDecompress::None);
        let used = (inflate.total_in() - start) as usize;
        input = input.get(used..).unwrap_or_default();
        if plain.len() > limit {
            return Err(CodecError::TooBig { limit });
        }
        match result {
            Ok(Status::StreamEnd) | Err(_) => return Err(CodecError::Deflate),
            Ok(_) if plain.len() == plain.capacity() => {
                plain.reserve(plain.len().clamp(1 << 10, 1 << 20));
            }
            Ok(_) if input.is_empty() => return Ok(()),
            Ok(_) if used == 0 && plain.len() == length => return Err(CodecError::Deflate),
            Ok(_) => {}
        }
    }
}

/// Cuts the first frame's body off.
fn split_frame(bytes: &[u8]) -> Result<(&[u8], &[u8]), CodecError> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return bytes[index + 1..].split_at_checked(length).ok_or(CodecError::Short);
        }
    }
    Err(CodecError::Short)
}

#[cfg(test)]
mod tests;
