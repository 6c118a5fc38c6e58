//! Keys and what owns clones of them, cloned and dropped by the million: nothing grows, neither what was allocated and not given
//! back nor the process.

mod common;
mod memory;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
};

use common::{block, keys, on_every_backend, say};
use roundkey::{Aes, Aes128, Aes192, Aes256, Backend, cbc};

thread_local! {
    /// How many bytes this thread has and hasn't given back.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, which counts.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    let _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

// SAFETY: the system's allocator does the work.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise is the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The most memory that this process ever had, in KiB, where that can be asked.
fn most_memory() -> Option<u64> {
    #[cfg(target_os = "linux")]
    return memory::most(std::process::id());
    #[cfg(not(target_os = "linux"))]
    None
}

/// Does something so many times, and returns by how many bytes what is allocated has grown. The process may grow, as other
/// tests run beside this one, but not as it would if 10⁷ clones left anything.
fn growth(times: usize, mut what: impl FnMut()) -> isize {
    // What is made on first use is there from now on.
    what();
    let (held, most) = (HELD.get(), most_memory());
    for _ in 0..times {
        what();
    }
    if let [Some(before), Some(after)] = [most, most_memory()] {
        // An emulator, which is the same process, may need room for what it translates; and the system counts roughly.
        let (grown, allowed) = (after.saturating_sub(before), (1 << 16).max(times as u64 / 1024));
        assert!(grown < allowed, "the process has grown by {grown} KiB");
    }
    HELD.get() - held
}

/// So many for the fastest backend, and for the others, which clone by the same code, a tenth.
fn times(most: usize, backend: Backend) -> usize {
    if backend == Backend::detect() { most } else { most / 10 }
}

#[test]
fn keys_cloned_and_dropped() {
    if most_memory().is_none() {
        say("clones: growth of the process NOT MEASURED, this system doesn't say");
    }
    on_every_backend("clones of keys", |cases| {
        let backend = cases.backend;
        for (key, most) in keys().iter().zip([1_000_000, 1_000_000, 10_000_000]) {
            let key = cases.key(key);
            let grown = growth(times(most, backend), || drop(black_box(key.clone())));
            cases.holds(|| format!("{key:?} has grown by {grown} bytes"), grown == 0);
            // The clones of a clone of a clone, and so on.
            let mut last = key.clone();
            let grown = growth(times(most / 10, backend), || last = black_box(last.clone()));
            cases.holds(|| format!("{key:?} has grown by {grown} bytes, from clone to clone"), grown == 0);
            let mut blocks = [block(1); 2];
            last.encrypt_block(&mut blocks[0]);
            key.encrypt_block(&mut blocks[1]);
            cases.equal(|| "the last of them".into(), &blocks[0], &blocks[1]);
        }
        let made = [
            growth(times(100_000, backend), || drop(black_box(Aes128::with_backend(&[7; 16], backend)))),
            growth(times(100_000, backend), || drop(black_box(Aes192::with_backend(&[7; 24], backend)))),
            growth(times(100_000, backend), || drop(black_box(Aes256::with_backend(&[7; 32], backend)))),
            growth(times(100_000, backend), || drop(black_box(Aes::with_backend(&[7; 32], backend)))),
        ];
        cases.holds(|| format!("keys made and dropped have grown by {made:?} bytes"), made == [0; 4]);
    });
}

/// What borrows a key, and is cloned in the middle of a message.
#[test]
fn streams_cloned_and_dropped() {
    on_every_backend("clones of streams", |cases| {
        let (key, iv) = (cases.key(&keys()[2]), block(1));
        let most = times(1_000_000, cases.backend);
        let (encryptor, decryptor) = (cbc::Encryptor::new(&key, &iv), cbc::Decryptor::new(&key, &iv));
        let mut stream_encryptor = cbc::StreamEncryptor::new(&key, &iv);
        let mut stream_decryptor = cbc::StreamDecryptor::new(&key, &iv);
        stream_encryptor.update(&[7; 20], &mut [0; 16]).unwrap();
        stream_decryptor.update(&[7; 20], &mut [0; 16]).unwrap();
        let grown = [
            growth(most, || _ = black_box(encryptor.clone())),
            growth(most, || _ = black_box(decryptor.clone())),
            growth(most, || drop(black_box(stream_encryptor.clone()))),
            growth(most, || drop(black_box(stream_decryptor.clone()))),
            growth(most, || drop(black_box(stream_encryptor.clone().finish().unwrap().clone()))),
        ];
        cases.holds(|| format!("grown by {grown:?} bytes"), grown == [0; 5]);
    });
}

/// What owns a clone, from its beginning until it is dropped, finished or not.
#[test]
#[cfg(feature = "std")]
fn readers_and_writers_made_and_dropped() {
    use std::io::{self, Read, Write};

    on_every_backend("clones in readers and writers", |cases| {
        let (key, iv, text) = (cases.key(&keys()[2]), block(1), [7; 100]);
        let most = times(100_000, cases.backend);
        let grown = [
            growth(most, || {
                let mut writer = cbc::Writer::encrypt(io::sink(), &key, &iv);
                writer.write_all(&text).unwrap();
                _ = writer.finish().unwrap();
            }),
            growth(most, || {
                let mut reader = cbc::Reader::encrypt(&text[..], &key, &iv);
                reader.read_exact(&mut [0; 112]).unwrap();
            }),
            // In the middle, with its buffer.
            growth(most, || cbc::Reader::decrypt(&text[..], &key, &iv).read_exact(&mut [0; 30]).unwrap()),
        ];
        cases.holds(|| format!("grown by {grown:?} bytes"), grown == [0; 3]);
    });
}

#[test]
#[cfg(feature = "cbc-hmac")]
fn sealing_keys_cloned_and_dropped() {
    use roundkey::cbc_hmac::Key;

    on_every_backend("clones of sealing keys", |cases| {
        for len in [32, 48, 64] {
            let key = Key::with_backend(&common::bytes(1, len), cases.backend).unwrap();
            let grown = growth(times(1_000_000, cases.backend), || drop(black_box(key.clone())));
            cases.holds(|| format!("{key:?} has grown by {grown} bytes"), grown == 0);
        }
    });
}

/// The counting counts: clones that are never dropped.
#[test]
fn control() {
    let key = Aes::new(&[7; 16]).unwrap();
    let grown = growth(1000, || std::mem::forget(black_box(Box::new(key.clone()))));
    assert_eq!(grown, 1000 * size_of::<Aes>() as isize);
}
