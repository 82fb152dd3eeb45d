//! The platform's client; decoding its payloads ([`wire`]) is pure.

pub mod wire;
