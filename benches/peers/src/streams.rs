//! What goes through `cbc::Reader` and `cbc::Writer`, or through the types under them, in pieces of 64 KiB, beside the same
//! message from one place in memory to another in one call.

use std::{
    hint::black_box,
    io::{self, Read, Write},
    time::Duration,
};

use roundkey::{
    Aes128, Block,
    cbc::{self, StreamDecryptor, StreamEncryptor},
};

use crate::{
    candidates::Sampler,
    measure::{DISTURBED, Effort, medians, timed},
    neighbours::{Arithmetic, Watch},
    work::{Data, Operation, Row},
};

const PIECE: usize = 1 << 16;
const IV: Block = [0x5a; 16];

/// What is done to a message: from here to there, where it takes up to a block more or less.
type Way = fn(&Aes128, &[u8], &mut [u8]);

/// One way, with its place for the result.
struct Through {
    key: Aes128,
    way: Way,
    out: Vec<u8>,
}

impl Sampler for Through {
    fn sample(&mut self, _: &Row, data: &mut [Block], calls: u64) -> Duration {
        let Through { key, way, out } = self;
        timed(calls, || way(key, black_box(data.as_flattened()), black_box(out)))
    }
}

/// A writer that takes all and does nothing with it: what the one behind costs is another matter.
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        black_box(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read(mut reader: impl Read, out: &mut [u8]) {
    loop {
        // One place for all pieces, as a program has it that reads a file.
        match reader.read(&mut out[..PIECE]) {
            Ok(0) => break,
            Ok(read) => _ = black_box(&mut out[..read]),
            Err(error) => panic!("{error}"),
        }
    }
}

const ENCRYPTION: [(&str, Way); 4] = [
    ("memory", |key, from, to| _ = cbc::encrypt_into(key, &IV, from, to)),
    ("StreamEncryptor", |key, from, to| {
        let mut encryptor = StreamEncryptor::new(key, &IV);
        from.chunks(PIECE).for_each(|piece| _ = black_box(encryptor.update(piece, to)));
        _ = black_box(encryptor.finish());
    }),
    ("Reader", |key, from, to| read(cbc::Reader::encrypt(from, key, &IV), to)),
    ("Writer", |key, from, _| {
        let mut writer = cbc::Writer::encrypt(Sink, key, &IV);
        from.chunks(PIECE).for_each(|piece| writer.write_all(piece).expect("there is room"));
        _ = writer.finish();
    }),
];

const DECRYPTION: [(&str, Way); 4] = [
    ("memory", |key, from, to| _ = black_box(cbc::decrypt_into(key, &IV, from, to)).expect("it was encrypted")),
    ("StreamDecryptor", |key, from, to| {
        let mut decryptor = StreamDecryptor::new(key, &IV);
        from.chunks(PIECE).for_each(|piece| _ = black_box(decryptor.update(piece, to)));
        _ = black_box(decryptor.finish());
    }),
    ("Reader", |key, from, to| read(cbc::Reader::decrypt(from, key, &IV), to)),
    ("Writer", |key, from, _| {
        let mut writer = cbc::Writer::decrypt(Sink, key, &IV);
        from.chunks(PIECE).for_each(|piece| writer.write_all(piece).expect("there is room"));
        writer.finish().expect("it was encrypted");
    }),
];

/// Prints how much of the speed in memory each way has.
pub fn run(effort: Effort, data: &mut Data) {
    let mut watch = Watch::new();
    for (operation, ways) in [(Operation::CbcEncrypt, ENCRYPTION), (Operation::CbcDecrypt, DECRYPTION)] {
        for blocks in [1 << 12, 1 << 14, 1 << 16, 1 << 20] {
            let row = Row::one(operation, 16, blocks);
            let mut samplers: Vec<Box<dyn Sampler>> = Vec::new();
            for (_, way) in ways {
                let out = vec![0; (16 * blocks + 32).max(PIECE)];
                samplers.push(Box::new(Through { key: Aes128::new(&[7; 16]), way, out }));
            }
            samplers.push(Box::new(Arithmetic));
            let message = data.fresh(blocks);
            // With padding that is right: to wipe what had a wrong one takes its time.
            cbc::encrypt_in_place(&Aes128::new(&[7; 16]), &IV, message.as_flattened_mut(), 16 * blocks - 5)
                .expect("there is room");
            let mut times = medians(&row, &mut samplers, effort, message);
            let slowdown = watch.slowdown(times.pop().unwrap_or(f64::NAN));
            print!("{:<12} {:>8} memory {:>9.1} µs", operation.to_string(), row.length(), times[0] / 1e3);
            for ((name, _), time) in ways.iter().zip(&times).skip(1) {
                print!("  {name} {:.2}", times[0] / time);
            }
            println!("{}", if slowdown > DISTURBED { "  disturbed" } else { "" });
        }
    }
}
