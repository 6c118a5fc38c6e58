//! A page that holds the whole computation, and needs nothing else.

use std::{io, path::Path};

use roundkey::fips197::sbox::{INV_SBOX, SBOX};
use serde_json::json;

use crate::{json, walk::Walk, whole};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page: the block encrypted, and decrypted again in both ways. A file that is there is replaced.
pub fn write(walk: &Walk, path: &Path) -> io::Result<()> {
    let (plaintext, ciphertext) =
        if walk.name == "Cipher" { (walk.input, walk.output) } else { (walk.output, walk.input) };
    let walks = [(plaintext, false, false), (ciphertext, true, false), (ciphertext, true, true)]
        .map(|(block, decrypt, equivalent)| json::value(&Walk::new(&walk.key, Some(block), decrypt, equivalent)));
    let start = walks.iter().position(|other| other["algorithm"] == walk.name);
    // Nothing in it could end the element that it stands in: it is digits and names.
    let data =
        json!({ "sbox": hex::encode(SBOX), "inverse sbox": hex::encode(INV_SBOX), "walks": walks, "start": start });
    let page = PAGE.replace("/*DATA*/", &data.to_string()).replace("/*SCRIPT*/", SCRIPT);
    whole::write(path, page.as_bytes())
}
