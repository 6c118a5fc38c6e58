//! Before anything is timed: all candidates give the same bytes.

use crate::{
    candidates::{self, Class},
    work::{self, Data, Operation, Row, rows},
};

/// Calls for each row: more than one, so that a state kept by mistake would show.
const CALLS: u64 = 3;

/// Runs every row of the table and every block count of the sweep, a few calls each, on the same bytes.
///
/// # Errors
///
/// Names the first row and candidate that differ.
pub fn check(class: Class, data: &mut Data) -> Result<(), String> {
    let operations = [Operation::EcbEncrypt, Operation::EcbDecrypt, Operation::CbcDecrypt, Operation::CbcEncrypt];
    let counts = operations.into_iter().flat_map(|operation| {
        [16, 24, 32].into_iter().flat_map(move |key_len| (1..=256).map(move |n| Row::one(operation, key_len, n)))
    });
    for key_len in [16, 24, 32] {
        let mut all = candidates::all(class, &work::key(key_len));
        // Making a key anew must leave a key that works, so these rows are the first; they leave no bytes to compare.
        let (setups, rest): (Vec<_>, Vec<_>) = rows(class)
            .chain(counts.clone())
            .filter(|row| row.key_len == key_len && !row.is_huge())
            .partition(|row| matches!(row.operation, Operation::KeySetup(_)));
        for row in setups.iter().chain(&rest) {
            let mut expected = None;
            for named in &mut all {
                let data = data.fresh(row.span());
                named.sampler.sample(row, data, CALLS);
                let expected = expected.get_or_insert_with(|| data.to_vec());
                if expected != data {
                    return Err(format!("{} differs at {}", named.name, row.name()));
                }
            }
        }
    }
    Ok(())
}
