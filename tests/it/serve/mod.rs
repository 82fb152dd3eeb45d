//! The server: its answers, who gets them, and how it handles hostile clients.

mod absences;
mod access;
mod answers;
mod answers_first;
pub(crate) mod command;
pub(crate) mod desk;
mod document;
mod doors;
mod excel;
mod giving_up;
mod ingest;
mod languages;
mod links;
mod live;
mod many;
mod memory;
mod one_question;
mod pages;
mod provider;
mod same_bytes;
mod sign_in;
mod stream;
mod tables;
mod tags;
mod transport;
mod trying;
mod wrong;
