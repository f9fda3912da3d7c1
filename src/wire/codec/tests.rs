//! Round trips, sizes, and hostile bytes.

use proptest::prelude::*;

use super::*;
use crate::domain::ids::CaseId;
use crate::rand::{Rand, SeededRand};
use crate::wire::dictionary::samples::Desk;

fn feed(seed: u64, count: usize) -> Vec<Down> {
    let mut desk = Desk::new(seed);
    let mut frames = desk.start();
    frames.extend((0..count).map(|_| desk.feed()));
    frames
}

#[test]
fn frames_round_trip_message_by_message() {
    for primed in [false, true] {
        let (mut encoder, mut decoder) = (Encoder::new(primed), Decoder::<Down>::new(primed));
        for frames in feed(3, 500).chunks(7) {
            let bytes = encoder.message(frames).expect("fits");
            assert_eq!(decoder.message(&bytes).expect("readable"), frames);
        }
        assert_eq!(decoder.skipped(), 0);
    }
}

#[test]
fn commands_round_trip() {
    let desk = Desk::new(5);
    let (mut encoder, mut decoder) = (Encoder::new(true), Decoder::<Up>::new(true));
    for n in 1..50 {
        let frame = [desk.command(n)];
        let bytes = encoder.message(&frame).expect("fits");
        assert_eq!(decoder.message(&bytes).expect("readable"), frame);
    }
}

#[test]
fn big_incompressible_messages_round_trip() {
    let rand = SeededRand::new(9);
    let (mut encoder, mut decoder) = (Encoder::new(true), Decoder::<Down>::new(true));
    for size in [0, 1, 100, 4_000, 70_000, 3_000_000] {
        let mut body = vec![0; size];
        rand.fill(&mut body);
        let mut frame = feed(1, 0).remove(0);
        if let Down::Chunk { rows, .. } = &mut frame {
            *rows = vec![(1, 1, body)];
        }
        let bytes = encoder.message([&frame]).expect("fits");
        assert_eq!(decoder.message(&bytes).expect("readable"), [frame]);
    }
}

#[test]
fn the_dictionary_pays_at_the_start() {
    let size = |primed, messages| {
        let mut encoder = Encoder::new(primed);
        let mut desk = Desk::new(77);
        (0..messages).map(|_| encoder.message([&desk.feed()]).expect("fits").len()).sum::<usize>()
    };
    // What a reconnect feels: the first messages of a fresh stream.
    for (messages, per_cent) in [(10, 80), (30, 85), (100, 92)] {
        let (plain, primed) = (size(false, messages), size(true, messages));
        assert!(primed * 100 <= plain * per_cent, "{messages} messages: {primed} of {plain} bytes");
    }
}

#[test]
fn an_unknown_kind_is_skipped_by_its_length() {
    let known = Up::Look { case: Some(CaseId(4)), writing: false };
    let mut plain = Vec::new();
    write_frame(&known, &mut plain).expect("fits");
    plain.extend([3, 99, 1, 2]);
    write_frame(&known, &mut plain).expect("fits");
    let bytes = Encoder::<Up>::new(false).seal(&plain).expect("fits");
    let mut decoder = Decoder::<Up>::new(false);
    assert_eq!(decoder.message(&bytes).expect("readable"), [known.clone(), known]);
    assert_eq!(decoder.skipped(), 1);
}

#[test]
fn fields_added_at_the_end_are_passed_over() {
    let plain = [4, 4, 6, 1, 1]; // Beat { desk_ms: 3 } and two bytes of a newer build
    let bytes = Encoder::<Up>::new(false).seal(&plain).expect("fits");
    assert_eq!(Decoder::<Up>::new(false).message(&bytes), Ok(vec![Up::Beat { desk_ms: 3 }]));
}

#[test]
fn too_big_is_refused_on_both_sides() {
    let frame = Up::Want { key: crate::domain::row::RowKey { entity: crate::domain::row::Entity::Case, id: 1 } };
    let mut encoder = Encoder::<Up>::new(false);
    let many = vec![frame.clone(); 70_000];
    assert_eq!(encoder.message(&many), Err(CodecError::TooMany));
    // The stream goes on after a refusal.
    let bytes = encoder.message([&frame]).expect("fits");
    assert_eq!(Decoder::<Up>::new(false).message(&bytes), Ok(vec![frame]));
    // 64 MB of zeroes in some kilobytes.
    let mut bomb = Compress::new(Compression::new(9), false);
    let mut out = Vec::with_capacity(1 << 20);
    bomb.compress_vec(&vec![0; 64 << 20], &mut out, FlushCompress::Sync).expect("compresses");
    let refused = Err(CodecError::TooBig { limit: Down::MAX_MESSAGE });
    assert_eq!(Decoder::<Down>::new(false).message(&out), refused);
}

#[test]
fn a_finished_stream_is_an_error() {
    let mut deflate = Compress::new(Compression::new(6), false);
    let mut out = Vec::with_capacity(100);
    deflate.compress_vec(&[1, 9], &mut out, FlushCompress::Finish).expect("compresses");
    assert_eq!(Decoder::<Up>::new(false).message(&out), Err(CodecError::Deflate));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000), primed: bool) {
        let _ = Decoder::<Down>::new(primed).message(&bytes);
        let _ = Decoder::<Up>::new(primed).message(&bytes);
        let sealed = Encoder::<Down>::new(primed).seal(&bytes).expect("small");
        let _ = Decoder::<Down>::new(primed).message(&sealed);
        let _ = Decoder::<Up>::new(primed).message(&sealed);
    }

    #[test]
    fn mutated_messages_never_panic(seed in 0_u64..50, at in any::<prop::sample::Index>(), bit in 0_u8..8, inner: bool) {
        let frames = feed(seed, 30);
        if inner {
            let mut plain = Vec::new();
            for frame in &frames {
                write_frame(frame, &mut plain).expect("fits");
            }
            let index = at.index(plain.len());
            plain[index] ^= 1 << bit;
            let sealed = Encoder::<Down>::new(true).seal(&plain).expect("fits");
            let _ = Decoder::<Down>::new(true).message(&sealed);
        } else {
            let mut bytes = Encoder::new(true).message(&frames).expect("fits");
            let index = at.index(bytes.len());
            bytes[index] ^= 1 << bit;
            let _ = Decoder::<Down>::new(true).message(&bytes);
        }
    }
}
