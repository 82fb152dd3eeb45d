//! The simulated platform, driven over HTTP as a client would.
