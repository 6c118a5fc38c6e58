//! PEM (RFC 7468), for the target `keys` and its seeds.

use base64::{Engine, engine::general_purpose::STANDARD};

/// All that are read.
pub const LABELS: [&str; 5] =
    ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "PUBLIC KEY", "RSA PUBLIC KEY"];

pub fn encode(label: &str, der: &[u8]) -> String {
    let lines: Vec<String> = der.chunks(48).map(|line| STANDARD.encode(line)).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The label's place, and what is in the file: of one that is well-formed.
pub fn decode(file: &str) -> (usize, Vec<u8>) {
    let mut lines = file.lines();
    let label = lines.next().and_then(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")).expect("a label");
    let base64: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    let label = LABELS.iter().position(|known| *known == label).expect("a known label");
    (label, STANDARD.decode(base64).expect("base64"))
}
