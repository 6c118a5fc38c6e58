//! What the program says to valgrind's memcheck, and asks it: by its client requests (valgrind manual, sections 3.1 and
//! 4.7), which without valgrind are instructions that do nothing.
//!
//! Memcheck follows every bit of the program's memory and registers and knows whether it was ever given a value. It
//! reports each branch and each address that depends on one that wasn't. So a secret is what was marked as having no value:
//! its real value is there all the same, and the program runs with it as ever.

use std::{arch::asm, slice};

const RUNNING_ON_VALGRIND: usize = 0x1001;
const COUNT_ERRORS: usize = 0x1201;
const MEMCHECK: usize = (b'M' as usize) << 24 | (b'C' as usize) << 16;
const MAKE_MEM_UNDEFINED: usize = MEMCHECK + 1;
const MAKE_MEM_DEFINED: usize = MEMCHECK + 2;
const GET_VBITS: usize = MEMCHECK + 8;

/// A client request; 0 without valgrind.
fn request(code: usize, arguments: [usize; 3]) -> usize {
    let [first, second, third] = arguments;
    let request = [code, first, second, third, 0, 0];
    let answer;
    // SAFETY: RDI is turned by 128 bits in all and RBX exchanged with itself. Valgrind, which knows these five instructions,
    // reads the request and writes to RDX and to the memory that the request is about, which is the caller's.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") &request,
            inout("rdx") 0_usize => answer,
        );
    }
    answer
}

/// Whether anything here has an effect.
pub fn is_there() -> bool {
    request(RUNNING_ON_VALGRIND, [0; 3]) != 0
}

/// How many branches and addresses were reported so far.
pub fn reports() -> usize {
    request(COUNT_ERRORS, [0; 3])
}

/// From here on these bytes are secret.
pub fn hide(bytes: &mut [u8]) {
    request(MAKE_MEM_UNDEFINED, [bytes.as_mut_ptr().expose_provenance(), bytes.len(), 0]);
}

/// From here on these values are public. (`Copy`: what points elsewhere is not meant.)
pub fn publish<T: Copy>(values: &mut [T]) {
    request(MAKE_MEM_DEFINED, [values.as_mut_ptr().expose_provenance(), size_of_val(values), 0]);
}

/// For each byte, whether it depends on a secret.
pub fn are_secret(bytes: &[u8]) -> Vec<bool> {
    let mut bits = vec![0_u8; bytes.len()];
    let arguments = [bytes.as_ptr().expose_provenance(), bits.as_mut_ptr().expose_provenance(), bytes.len()];
    let answer = request(GET_VBITS, arguments);
    assert!(bytes.is_empty() || answer == 1, "valgrind doesn't say what is secret: {answer}");
    bits.iter().map(|bits| *bits != 0).collect()
}

/// What valgrind runs in place of `roundkey::padding::pkcs7::verdict`, which does the same but for making public what it
/// decides on: the verdict, and if the padding is right the length of the message.
///
/// Valgrind finds it by its name, which says in valgrind's spelling (`_vgr` and, after the name of the object, a pattern in
/// which `Za` is an asterisk: a legacy or a v0 mangled path) what it stands for: the one function with that path, whatever hashes the compiler adds to it.
/// If the compiler makes the function part of its callers, there is nothing to stand for, and the decision is reported.
// SAFETY: nobody else has such a name. The original's `Choice` is a `u8` and passed like one; were it not, lengths would come
// out wrong and the cases notice.
#[unsafe(export_name = "_vgr00000ZZ_NONE__?NZa8roundkey7padding5pkcs77verdictZa")]
#[inline(never)]
fn verdict(mut right: u8, mut message_len: usize) -> Option<usize> {
    publish(slice::from_mut(&mut right));
    if right == 0 {
        return None;
    }
    publish(slice::from_mut(&mut message_len));
    Some(message_len)
}

/// Only what is used is in the program.
#[used]
static VERDICT: fn(u8, usize) -> Option<usize> = verdict;
