//! Messages over HTTP, encrypted under a password.
//!
//! | form | request | stands in |
//! |---|---|---|
//! | modern | `POST /message`, JSON | [`modern`] |
//! | classic | `GET /get?text=…&now=…` | [`classic`] |

pub mod classic;
pub mod modern;
