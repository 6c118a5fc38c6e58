//! A page that holds the whole computation, and needs nothing else.

use std::{io::Write, path::Path};

use roundkey::fips197::sbox::{INV_SBOX, SBOX};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::{json, walk::Walk};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page: the block encrypted, and decrypted again in both ways. A file that is there is replaced.
pub fn write(walk: &Walk, path: &Path) -> std::io::Result<()> {
    let (plaintext, ciphertext) =
        if walk.name == "Cipher" { (walk.input, walk.output) } else { (walk.output, walk.input) };
    let walks = [(plaintext, false, false), (ciphertext, true, false), (ciphertext, true, true)]
        .map(|(block, decrypt, equivalent)| json::value(&Walk::new(&walk.key, Some(block), decrypt, equivalent)));
    // Nothing in it could end the element that it stands in: it is digits and names.
    let data = json!({ "sbox": hex::encode(SBOX), "inverse sbox": hex::encode(INV_SBOX), "walks": walks });
    let page = PAGE.replace("/*DATA*/", &data.to_string()).replace("/*SCRIPT*/", SCRIPT);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(page.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
