//! What the JSON costs by itself: the fields that the program keeps, read by derived code into borrowed texts.
//!
//! It is the cheapest honest reading: nothing is checked, interned or turned into the model, and no text is copied.
#![expect(dead_code, reason = "reading them is all that is measured")]

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Line<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) observed_at: &'a str,
    pub(crate) valid_for_ms: Option<i64>,
    pub(crate) complete: Option<bool>,
    #[serde(borrow)]
    pub(crate) records: Vec<Record<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record<'a> {
    #[serde(borrow)]
    pub(crate) extension: Extension<'a>,
    pub(crate) presence_status: Option<&'a str>,
    pub(crate) user_status: Option<&'a str>,
    pub(crate) telephony_status: Option<&'a str>,
    pub(crate) dnd_status: Option<&'a str>,
    pub(crate) meeting_status: Option<&'a str>,
    pub(crate) dnd_status_personal: Option<&'a str>,
    pub(crate) accept_call_queue_calls: Option<bool>,
    pub(crate) allow_see_my_presence: Option<bool>,
    pub(crate) caller_id_visibility: Option<&'a str>,
    pub(crate) ring_on_monitored_call: Option<bool>,
    pub(crate) pick_up_calls_on_hold: Option<bool>,
    pub(crate) cx_telephony_status: Option<&'a str>,
    pub(crate) aggregated_telephony_status: Option<&'a str>,
    pub(crate) message: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extension<'a> {
    pub(crate) id: i64,
    pub(crate) extension_number: Option<&'a str>,
}
