//! An office whose sweeps are made as they are read: some six gigabytes of them need no disk and little time.

use std::io::{self, Read, Write};

use presence_model::time::Timestamp;

/// Whose sweeps.
pub(crate) const ACCOUNT: i64 = 37_439_510;

/// When the first one was made: 2026-01-05T08:00:00Z.
pub(crate) const START_MS: i64 = 1_767_600_000_000;

/// One sweep a minute.
pub(crate) const STEP_MS: i64 = 60_000;

const FIRST_ID: usize = 400_129_284_008;
const FIRST_NUMBER: usize = 10_001;

/// Presence, user, telephony and do-not-disturb status.
const STATES: [[&str; 4]; 8] = [
    ["Available", "Available", "NoCall", "TakeAllCalls"],
    ["Busy", "Available", "CallConnected", "TakeAllCalls"],
    ["Busy", "Available", "Ringing", "TakeAllCalls"],
    ["Busy", "Busy", "NoCall", "TakeAllCalls"],
    ["Busy", "Busy", "NoCall", "DoNotAcceptAnyCalls"],
    ["Offline", "Offline", "NoCall", "TakeAllCalls"],
    ["Busy", "Available", "OnHold", "TakeAllCalls"],
    [
        "Available",
        "Available",
        "NoCall",
        "DoNotAcceptDepartmentCalls",
    ],
];

/// One in so many extensions shows a status message, of so many.
const MESSAGE_EVERY: usize = 20;
const MESSAGES: usize = 50;

/// Prime, so that its multiples visit every extension before any comes twice.
const STRIDE: usize = 7_919;

/// How the records of one sweep are written in the next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// People who have not changed are written in the same bytes.
    Same,
    /// Every record has a field that is another one each time, which the program does not keep.
    Different,
}

/// The records of an account, some of which change from one sweep to the next.
pub(crate) struct Office {
    writing: Writing,
    records: Vec<Vec<u8>>,
    states: Vec<u8>,
    changed_each: usize,
    sweep_count: usize,
    rng: u64,
}

impl Office {
    /// So many extensions, of which so many change from one sweep to the next.
    pub(crate) fn new(extension_count: usize, changed_each: usize, writing: Writing) -> Self {
        let mut office = Self {
            writing,
            records: vec![Vec::with_capacity(640); extension_count],
            states: vec![0; extension_count],
            changed_each,
            sweep_count: 0,
            rng: 7,
        };
        for index in 0..extension_count {
            office.states[index] = office.draw(STATES.len());
            office.write_record(index);
        }
        office
    }

    /// Makes `line` the next sweep, its line end included.
    pub(crate) fn next_line(&mut self, line: &mut Vec<u8>) {
        if self.sweep_count > 0 {
            self.change_some();
        }
        let observed_at = Timestamp::saturating_from_ms(
            START_MS + STEP_MS * i64::try_from(self.sweep_count).expect("it is small"),
        );
        self.sweep_count += 1;
        line.clear();
        write!(
            line,
            r#"{{"account_id":"{ACCOUNT}","observed_at":"{observed_at}","valid_for_ms":180000,"complete":true,"records":["#
        )
        .expect("a vector takes any bytes");
        let differs = format!(r#","serial":{}}},"#, self.sweep_count);
        for record in &self.records {
            if self.writing == Writing::Same {
                line.extend_from_slice(record);
            } else {
                line.extend_from_slice(&record[..record.len() - 2]);
                line.extend_from_slice(differs.as_bytes());
            }
        }
        line.pop();
        line.extend_from_slice(b"]}\n");
    }

    fn change_some(&mut self) {
        let start = usize::from(self.draw(251)) * 251 + usize::from(self.draw(251));
        for index in 0..self.changed_each {
            let index = (start + index * STRIDE) % self.records.len();
            let step = 1 + self.draw(STATES.len() - 1);
            self.states[index] = (self.states[index] + step) % 8;
            self.write_record(index);
        }
    }

    fn write_record(&mut self, index: usize) {
        let [presence, user, telephony, dnd] = STATES[usize::from(self.states[index])];
        let id = FIRST_ID + index * 1_000;
        let number = FIRST_NUMBER + index;
        let base = "https://platform.ringcentral.com/restapi/v1.0/account";
        let message = if index.is_multiple_of(MESSAGE_EVERY) {
            let number = (index + usize::from(self.states[index])) % MESSAGES;
            format!(r#""message":"Back at the desk after meeting {number}","#)
        } else {
            String::new()
        };
        let record = &mut self.records[index];
        record.clear();
        write!(
            record,
            r#"{{"uri":"{base}/{ACCOUNT}/extension/{id}/presence","extension":{{"uri":"{base}/{ACCOUNT}/extension/{id}","id":{id},"extensionNumber":"{number}"}},"presenceStatus":"{presence}","telephonyStatus":"{telephony}","userStatus":"{user}","dndStatus":"{dnd}",{message}"allowSeeMyPresence":true,"ringOnMonitoredCall":false,"pickUpCallsOnHold":false}},"#
        )
        .expect("a vector takes any bytes");
    }

    /// A number below `sides`, the same ones in every run.
    fn draw(&mut self, sides: usize) -> u8 {
        self.rng = self
            .rng
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let sides = u64::try_from(sides).expect("it is small");
        u8::try_from((self.rng >> 33) % sides).expect("a die has few sides")
    }
}

/// The sweeps of an office as a file.
pub(crate) struct SweepFile {
    office: Office,
    sweeps_left: usize,
    line: Vec<u8>,
    at: usize,
}

impl SweepFile {
    /// The next `sweep_count` sweeps.
    pub(crate) fn new(office: Office, sweep_count: usize) -> Self {
        Self {
            office,
            sweeps_left: sweep_count,
            line: Vec::new(),
            at: 0,
        }
    }
}

impl Read for SweepFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            if self.sweeps_left == 0 {
                return Ok(0);
            }
            self.sweeps_left -= 1;
            self.office.next_line(&mut self.line);
            self.at = 0;
        }
        let rest = &self.line[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
