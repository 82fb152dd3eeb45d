//! What a block is, byte for byte, and that it gives back what was packed.

use super::*;
use proptest::prelude::*;

fn key() -> BlockKey {
    BlockKey {
        account_id: AccountId(37_439_510),
        extension_id: ExtensionId(62_264_425_008),
        month: Month::from_number(202_611).expect("it is a month"),
    }
}

fn pack(intervals: &[Interval]) -> Vec<u8> {
    Block::pack(key(), None, intervals).expect("all have ended")
}

fn unpack(bytes: &[u8], parts: Parts) -> Result<Vec<Interval>, BlockError> {
    let mut intervals = Vec::new();
    Block::open(key(), bytes, parts)?.unpack(&mut intervals)?;
    Ok(intervals)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms).expect("it is a moment")
}

/// Numbers that seem random, the same ones in every run.
fn draw(rng: &mut u64, sides: u64) -> i64 {
    *rng = rng
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    i64::try_from((*rng >> 33) % sides).expect("a die has few sides")
}

/// A month of a person who is swept every minute, each answer some tenths of a second late.
fn month_of_sweeps(count: i64) -> Vec<Interval> {
    let mut rng = 7;
    let start = 1_793_491_200_000;
    let mut look = 0;
    let mut late = draw(&mut rng, 400) + 150;
    let mut not_before = None;
    let mut position = 1_000_000;
    let one = |_| {
        let from = start + look * 60_000 + late;
        look += 1 + draw(&mut rng, 60) * draw(&mut rng, 3);
        late = draw(&mut rng, 400) + 150;
        let until = start + look * 60_000 + late;
        let certain = until - late - 60_000 + draw(&mut rng, 20);
        position += 1 + draw(&mut rng, 1500);
        let interval = Interval {
            from: at(from),
            not_before,
            certain_until: Some(at(certain.max(from))),
            until: Some(at(until)),
            state_id: StateId(draw(&mut rng, 9) * draw(&mut rng, 9)),
            message_id: (draw(&mut rng, 50) == 0).then(|| MessageId(draw(&mut rng, 900))),
            position: Position(position),
        };
        not_before = Some(at(certain));
        interval
    };
    (0..count).map(one).collect()
}

fn intervals() -> impl Strategy<Value = Vec<Interval>> {
    let moment = || {
        (Timestamp::MIN.as_ms()..=Timestamp::MAX.as_ms()).prop_map(Timestamp::saturating_from_ms)
    };
    let wild = (
        moment(),
        proptest::option::of(moment()),
        proptest::option::of(moment()),
        moment(),
        any::<i64>(),
        proptest::option::of(0..i64::MAX),
        any::<i64>(),
    );
    let wild = wild.prop_map(
        |(from, earliest, certain, until, state, message, position)| Interval {
            from,
            not_before: earliest,
            certain_until: certain,
            until: Some(until),
            state_id: StateId(state),
            message_id: message.map(MessageId),
            position: Position(position),
        },
    );
    proptest::collection::vec(wild, 0..300)
}

#[test]
fn a_month_takes_less_than_six_bytes_a_change() {
    let intervals = month_of_sweeps(1000);
    let bytes = pack(&intervals);
    assert_eq!(unpack(&bytes, Parts::All), Ok(intervals));
    assert!(bytes.len() < 5_500, "{} bytes", bytes.len());
}

#[test]
fn times_are_read_without_the_rest() {
    let intervals = month_of_sweeps(300);
    let mut bytes = pack(&intervals);
    let times: Vec<Interval> = intervals
        .iter()
        .map(|one| Interval {
            message_id: None,
            position: Position(0),
            ..*one
        })
        .collect();
    assert_eq!(unpack(&bytes, Parts::Times), Ok(times.clone()));
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    assert_eq!(unpack(&bytes, Parts::Times), Ok(times));
    unpack(&bytes, Parts::All).expect_err("the rest is damaged");
}

#[test]
fn no_bit_can_be_turned_unseen() {
    let intervals = month_of_sweeps(40);
    let bytes = pack(&intervals);
    for bit in 0..bytes.len() * 8 {
        let mut turned = bytes.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        unpack(&turned, Parts::All).expect_err("a bit was turned");
    }
    for length in 0..bytes.len() {
        unpack(&bytes[..length], Parts::All).expect_err("it was cut");
    }
}

#[test]
fn a_block_is_read_in_its_own_place_only() {
    let bytes = pack(&month_of_sweeps(3));
    let other = BlockKey {
        extension_id: ExtensionId(62_264_425_009),
        ..key()
    };
    let error = Block::open(other, &bytes, Parts::Times).err();
    assert_eq!(
        error.expect("it is another's").to_string(),
        "the packed history of extension 62264425009 of account 37439510 in 2026-11 is damaged: the checksum of its \
         times differs; keep a copy of the store, then rebuild it with `presence rebuild`"
    );
}

#[test]
fn another_way_of_packing_is_named() {
    let mut bytes = pack(&month_of_sweeps(3));
    bytes[0] = 2;
    let error = unpack(&bytes, Parts::All).expect_err("it is not known");
    assert_eq!(
        error.to_string(),
        "the packed history of extension 62264425008 of account 37439510 in 2026-11 was packed by another version of \
         presence (way 2; this program knows 1); use the newer program, or rebuild it with `presence rebuild`"
    );
}

#[test]
fn what_goes_on_is_not_packed() {
    let mut intervals = month_of_sweeps(2);
    intervals[1].until = None;
    let error = Block::pack(key(), Some(&intervals[0]), &intervals[1..]);
    assert_eq!(error.expect_err("it goes on").what, "goes on");
}

proptest! {
    #[test]
    fn blocks_come_back(intervals in intervals(), carried in any::<bool>()) {
        let carried = usize::from(carried && !intervals.is_empty());
        let (before, own) = intervals.split_at(carried);
        let bytes = Block::pack(key(), before.first(), own).expect("all have ended");
        let block = Block::open(key(), &bytes, Parts::All).expect("it is whole");
        prop_assert_eq!((block.count(), block.has_carried()), (intervals.len(), carried == 1));
        prop_assert_eq!(unpack(&bytes, Parts::All), Ok(intervals));
    }

    #[test]
    fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
        bytes[0] = VERSION;
        let _ = unpack(&bytes, Parts::All);
        // Past the checksum, too.
        if let Some(block) = Block::take_times(key(), &bytes) {
            let _ = block.unpack(&mut Vec::new());
        }
    }
}
