//! What every program here needs and no operating system gives it: a beginning, a stack, and words to the outside.
//!
//! The beginning and the stack are a few instructions. The words are *semihosting*: a program stops at an instruction that
//! nobody else uses, and the debugger, here qemu, does what its registers ask for
//! (<https://github.com/ARM-software/abi-aa/blob/main/semihosting/semihosting.rst>; RISC-V has taken it over).

#![no_std]

use core::{
    arch::global_asm,
    hint::{black_box, spin_loop},
    panic::PanicInfo,
    slice,
};

/// What is written over the stack before it is measured.
const PAINT: usize = 0xa5a5_a5a5;

// `_start` takes the stack and calls `main`, which each program has. `paint` fills all of the stack that is not in use yet
// and says where that begins. As it uses no stack itself, that is where the next call's begins, too. The stack is in a
// section of its own, so that it isn't taken for the program's memory when that is counted.
#[cfg(target_arch = "arm")]
global_asm!(
    ".syntax unified
    .section .text._start, \"ax\", %progbits
    .thumb_func
    .global _start
    _start:
        ldr r0, =stack_end
        mov sp, r0
        bl main
        b .
    .section .text.paint, \"ax\", %progbits
    .thumb_func
    .global paint
    paint:
        ldr r1, =stack
        mov r2, sp
    1:  str r0, [r1], #4
        cmp r1, r2
        blo 1b
        mov r0, r2
        bx lr"
);

#[cfg(target_arch = "riscv64")]
global_asm!(
    ".section .text._start, \"ax\", %progbits
    .global _start
    _start:
        la sp, stack_end
        call main
        j .
    .section .text.paint, \"ax\", %progbits
    .global paint
    paint:
        la a1, stack
    1:  sd a0, 0(a1)
        addi a1, a1, 8
        bltu a1, sp, 1b
        mv a0, sp
        ret"
);

global_asm!(
    ".section .stack, \"aw\", %nobits
    .balign 16
    .global stack
    stack:
        .space 16384
    .global stack_end
    stack_end:"
);

unsafe extern "C" {
    /// The lowest word of the stack, which nobody has as a value: only its place is of interest.
    static stack: usize;
    fn paint(with: usize) -> *const usize;
}

/// The most of the stack that a call takes, in bytes.
#[inline(never)]
fn stack_of(call: impl FnOnce()) -> usize {
    // SAFETY: it writes below the stack pointer, where nothing is that anybody needs.
    let top = unsafe { paint(PAINT) };
    call();
    let mut deepest = &raw const stack;
    // SAFETY: all of the stack from its lowest word up to `top` is memory, and `paint` has written it.
    while deepest < top && unsafe { deepest.read_volatile() } == PAINT {
        deepest = deepest.wrapping_add(1);
    }
    top.addr() - deepest.addr()
}

/// Asks for operation number `operation`.
fn semihosting(operation: usize, parameter: usize) -> isize {
    let result;
    // SAFETY: those of the operations that are used below read and write no memory but what they are told to.
    #[cfg(target_arch = "arm")]
    unsafe {
        core::arch::asm!("bkpt 0xab", inlateout("r0") operation => result, in("r1") parameter);
    }
    // SAFETY: as above. The three instructions must not be shortened, nor be on different pages.
    #[cfg(target_arch = "riscv64")]
    unsafe {
        core::arch::asm!(
            ".option push", ".option norvc", ".balign 16",
            "slli x0, x0, 0x1f", "ebreak", "srai x0, x0, 7",
            ".option pop",
            inlateout("a0") operation => result, in("a1") parameter,
        );
    }
    result
}

/// The operations that are used.
const SYS_OPEN: usize = 0x01;
const SYS_WRITE: usize = 0x05;
const SYS_READ: usize = 0x06;
const SYS_EXIT_EXTENDED: usize = 0x20;

/// Opens standard input or standard output.
fn open(mode: usize) -> usize {
    let name = c":tt";
    semihosting(SYS_OPEN, [name.as_ptr().addr(), mode, name.count_bytes()].as_ptr().expose_provenance()).cast_unsigned()
}

/// Reads until there is no more to be read, or no more room; returns what was read.
fn read(buffer: &mut [u8]) -> &mut [u8] {
    let input = open(0);
    let mut len = 0;
    while len < buffer.len() {
        let room = &mut buffer[len..];
        let place = room.as_mut_ptr().expose_provenance();
        // It returns by how many bytes it has fallen short.
        let missing = semihosting(SYS_READ, [input, place, room.len()].as_ptr().expose_provenance()).cast_unsigned();
        if missing >= room.len() {
            break;
        }
        len = buffer.len() - missing;
    }
    &mut buffer[..len]
}

/// Writes to standard output.
pub struct Output(usize);

impl Output {
    pub fn open() -> Self {
        Output(open(4))
    }

    pub fn bytes(&self, bytes: &[u8]) {
        semihosting(SYS_WRITE, [self.0, bytes.as_ptr().expose_provenance(), bytes.len()].as_ptr().expose_provenance());
    }

    /// A number in decimal digits.
    pub fn number(&self, number: usize) {
        if number > 9 {
            self.number(number / 10);
        }
        self.bytes(&[b'0' + (number % 10) as u8]);
    }

    fn hex(&self, bytes: &[u8]) {
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
        for byte in bytes {
            self.bytes(&[digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// Ends the program; 0 is success.
pub fn exit(status: usize) -> ! {
    const ADP_STOPPED_APPLICATION_EXIT: usize = 0x20026;
    semihosting(SYS_EXIT_EXTENDED, [ADP_STOPPED_APPLICATION_EXIT, status].as_ptr().expose_provenance());
    loop {
        spin_loop();
    }
}

/// What is compared: decrypts a ciphertext with this key and IV where it is; the message, or none if the padding is wrong.
type Decrypt<const KEY: usize> = for<'b> fn(&[u8; KEY], &[u8; 16], &'b mut [u8]) -> Option<&'b mut [u8]>;

/// What a program is that can be compared with another: reads a key, an IV and a ciphertext, has the latter decrypted where it
/// is, and writes the message and what it took. `KEY` is the length of the key, `size` what the program makes of it, in bytes.
pub fn compared<const KEY: usize>(decrypt: Decrypt<KEY>, size: usize) -> ! {
    const ROOM: usize = 4096;
    static mut BUFFER: [u8; ROOM] = [0; ROOM];
    let output = Output::open();
    // SAFETY: this function never returns and nobody else knows the buffer.
    let input = read(unsafe { slice::from_raw_parts_mut((&raw mut BUFFER).cast(), ROOM) });
    let Some((key, input)) = input.split_first_chunk_mut::<KEY>() else { exit(1) };
    let Some((iv, ciphertext)) = input.split_first_chunk_mut::<16>() else { exit(1) };
    let mut message = None;
    // What it is called through, past the compiler, so that it stays a function.
    let decrypt = black_box(decrypt);
    let stack_bytes = stack_of(|| message = decrypt(key, iv, ciphertext));
    match message {
        Some(message) => {
            output.bytes(b"message=");
            output.hex(message);
        }
        None => output.bytes(b"refused"),
    }
    output.bytes(b"\n");
    output.number(stack_bytes);
    output.bytes(b"\n");
    output.number(size);
    output.bytes(b"\n");
    exit(0)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(2)
}
