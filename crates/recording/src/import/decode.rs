//! The first of two stages: a thread that reads and decodes, while the other records. So two cores are used, and
//! reading a file, which blocks, does not block other tasks.

use std::io::{self, Read};
use std::thread::{Builder, JoinHandle};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::lines::{Lines, LinesError};
use super::repeat::LineDecoder;
use presence_model::observation::Sweep;
use presence_ringcentral_wire::WireError;

/// At most so many chunks wait for the second stage: memory is bounded by a few of the longest lines.
const CHUNKS_WAITING: usize = 2;

/// At most so many sweeps make a chunk.
const SWEEPS_IN_CHUNK: usize = 256;

/// Sweeps that could be read without waiting for the input.
#[derive(Default)]
pub(super) struct Chunk {
    /// Each with the number of its line.
    pub(super) sweeps: Vec<(u64, Sweep)>,
    /// How much of the input has been read.
    pub(super) bytes_read: u64,
    /// Why nothing follows, if it is not that the input has ended.
    pub(super) stop: Option<Stop>,
}

/// Why reading stopped, and at which line.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) line_no: u64,
    pub(super) reason: StopReason,
}

#[derive(Debug)]
pub(super) enum StopReason {
    Refused(WireError),
    TooLong { bytes_max: usize },
    Unreadable(io::Error),
}

impl From<LinesError> for Stop {
    fn from(error: LinesError) -> Self {
        match error {
            LinesError::TooLong { line_no, bytes_max } => Self {
                line_no,
                reason: StopReason::TooLong { bytes_max },
            },
            LinesError::Unreadable { line_no, error } => Self {
                line_no,
                reason: StopReason::Unreadable(error),
            },
        }
    }
}

/// Starts reading. The thread ends with the input, at the first line that cannot be taken, or when the chunks are
/// dropped; it hands the decoder back.
pub(super) fn start<R: Read + Send + 'static>(
    reader: R,
    bytes_max: usize,
    mut decoder: LineDecoder,
) -> io::Result<(Receiver<Chunk>, JoinHandle<LineDecoder>)> {
    let (sender, chunks) = channel(CHUNKS_WAITING);
    let thread = Builder::new().name("import".to_owned()).spawn(move || {
        decode_all(Lines::new(reader, bytes_max), &mut decoder, &sender);
        decoder
    })?;
    Ok((chunks, thread))
}

fn decode_all<R: Read>(mut lines: Lines<R>, decoder: &mut LineDecoder, sender: &Sender<Chunk>) {
    let mut chunk = Chunk::default();
    loop {
        let more = match next_sweep(&mut lines, decoder) {
            Ok(Some(sweep)) => {
                chunk.sweeps.push(sweep);
                true
            }
            Ok(None) => false,
            Err(stop) => {
                chunk.stop = Some(stop);
                false
            }
        };
        if more && lines.has_next_at_hand() && chunk.sweeps.len() < SWEEPS_IN_CHUNK {
            continue;
        }
        chunk.bytes_read = lines.bytes_read();
        if sender.blocking_send(std::mem::take(&mut chunk)).is_err() || !more {
            return;
        }
    }
}

fn next_sweep<R: Read>(
    lines: &mut Lines<R>,
    decoder: &mut LineDecoder,
) -> Result<Option<(u64, Sweep)>, Stop> {
    let Some(line) = lines.next()? else {
        return Ok(None);
    };
    match decoder.decode(line.bytes) {
        Ok(sweep) => Ok(Some((line.line_no, sweep))),
        Err(error) => Err(Stop {
            line_no: line.line_no,
            reason: StopReason::Refused(error),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"account_id":1,"observed_at":"2026-11-02T14:00:00Z","records":[]}"#;

    /// The chunks of an input, each as the numbers of its lines, and how reading ended.
    fn chunks(input: &str, bytes_max: usize) -> String {
        let reader = io::Cursor::new(input.to_owned());
        let (mut chunks, thread) =
            start(reader, bytes_max, LineDecoder::default()).expect("a thread can be started");
        let mut shown = Vec::new();
        while let Some(chunk) = chunks.blocking_recv() {
            let lines: Vec<u64> = chunk.sweeps.iter().map(|(line_no, _)| *line_no).collect();
            let stop = chunk.stop.map_or(String::new(), |stop| format!("{stop:?}"));
            shown.push(format!("{lines:?}@{}{stop}", chunk.bytes_read));
        }
        thread.join().expect("the thread does not panic");
        shown.join(" ")
    }

    #[test]
    fn what_can_be_had_without_waiting_is_one_chunk() {
        let two = format!("{LINE}\n\n{LINE}\n");
        let end = two.len();
        assert_eq!(chunks(&two, 1_000), format!("[1, 3]@{end} []@{end}"));
        assert_eq!(chunks("", 1_000), "[]@0");
    }

    #[test]
    fn nothing_is_read_beyond_a_line_that_cannot_be_taken() {
        let bad = format!("{LINE}\n{{}}\n{LINE}\n");
        let shown = chunks(&bad, 1_000);
        assert!(
            shown.starts_with("[1]@") && shown.contains("line_no: 2, reason: Refused"),
            "{shown}"
        );
        let long = format!("{LINE}\n{LINE} \n");
        let shown = chunks(&long, LINE.len() + 1);
        assert!(shown.contains("line_no: 2, reason: TooLong"), "{shown}");
    }
}
