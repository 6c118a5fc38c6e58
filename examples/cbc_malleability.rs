//! What whoever is on the way can do with a CBC message, without the key: change it, and read it.
//!
//! ```text
//! cargo run --example cbc_malleability --features cbc-hmac,getrandom
//! ```
//!
//! First a bit of the IV is flipped, then one of a block, and what becomes of the message is shown. Then a server is asked, thousands of
//! times, whether a padding is right, until the whole message is known; and a server with authenticated CBC, in vain.

#[path = "shared/end.rs"]
mod end;

use std::{
    array,
    error::Error,
    io::{self, Write},
    process::ExitCode,
    time::Instant,
};

use console::style;
use roundkey::{Aes256, Block, cbc, cbc_hmac, random_iv, random_key};

const MESSAGE: &str = "Pay 100 euros to Alice, and not a cent more. The word of the day is osprey.";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    end::of("cbc_malleability", run(&mut io::stdout().lock()))
}

fn run(out: &mut impl Write) -> Result<ExitCode> {
    let (key, iv) = (Aes256::generate()?, random_iv()?);
    let ciphertext = cbc::encrypt(&key, &iv, MESSAGE.as_bytes());
    heading(out, "The message, in blocks of 16 bytes")?;
    show(out, MESSAGE.as_bytes(), MESSAGE.as_bytes())?;

    heading(out, "One bit of the IV flipped: the same bit of the first block flips, and nothing else")?;
    let mut other_iv = iv;
    other_iv[4] ^= b'1' ^ b'9';
    show(out, &cbc::decrypt(&key, &other_iv, &ciphertext)?, MESSAGE.as_bytes())?;

    heading(
        out,
        "One bit of the first block of ciphertext flipped: that of the second block flips, and the first is garbage",
    )?;
    let mut changed = ciphertext.clone();
    changed[1] ^= b'A' ^ b'E';
    show(out, &cbc::decrypt(&key, &iv, &changed)?, MESSAGE.as_bytes())?;

    heading(out, "A server that lets on whether the padding was right")?;
    let before_each: Vec<Block> = [&[iv], blocks(&ciphertext)].concat();
    let tells = |iv: &Block, block: &Block| cbc::decrypt(&key, iv, block).is_ok();
    let recovered = attack(out, tells, &before_each)?;
    match &recovered {
        Some(message) => show(out, message, MESSAGE.as_bytes())?,
        None => writeln!(out, "    nothing was recovered")?,
    }

    heading(
        out,
        "The same attack on a server with authenticated CBC, which never gets beyond the first byte of a block",
    )?;
    let secret = random_key::<64>()?;
    let key = cbc_hmac::Key::a256cbc_hs512(&secret);
    let sealed = key.seal(MESSAGE.as_bytes(), b"")?;
    let (ciphertext, tag) = sealed.split_at(sealed.len() - key.tag_len());
    let tells = |iv: &Block, block: &Block| key.open(&[iv, block, tag].concat(), b"").is_ok();
    let recovered_from_sealed = attack(out, tells, blocks(ciphertext))?;
    match &recovered_from_sealed {
        Some(message) => show(out, message, MESSAGE.as_bytes())?,
        None => writeln!(out, "    nothing was recovered: whatever is changed, the answer is no")?,
    }

    writeln!(
        out,
        "\n{} encrypt with a MAC over IV and ciphertext that is verified first, as `roundkey::cbc_hmac` does.",
        style("So:").bold()
    )?;
    if recovered.as_deref() != Some(MESSAGE.as_bytes()) || recovered_from_sealed.is_some() {
        return Err("that isn't what was to be shown".into());
    }
    Ok(ExitCode::SUCCESS)
}

/// Recovers what was encrypted, from nothing but answers to the question whether a padding is right. `blocks` are the IV and the
/// blocks of ciphertext.
fn attack(
    out: &mut impl Write,
    mut tells: impl FnMut(&Block, &Block) -> bool,
    blocks: &[Block],
) -> Result<Option<Vec<u8>>> {
    let (start, mut questions) = (Instant::now(), 0);
    let mut asks = |iv: &Block, block: &Block| {
        questions += 1;
        tells(iv, block)
    };
    let recovered = blocks.windows(2).map(|pair| {
        let decrypted = decrypt(&mut asks, &pair[1])?;
        Some(array::from_fn::<_, 16, _>(|i| decrypted[i] ^ pair[0][i]))
    });
    // What isn't possible for one block isn't for another, but all are tried.
    let recovered: Vec<Option<Block>> = recovered.collect();
    writeln!(out, "    {questions} questions in {:.3} s", start.elapsed().as_secs_f64())?;
    Ok(recovered
        .into_iter()
        .collect::<Option<Vec<Block>>>()
        .and_then(|blocks| without_padding(blocks.into_flattened())))
}

fn without_padding(mut message: Vec<u8>) -> Option<Vec<u8>> {
    let padding = usize::from(*message.last()?);
    message.truncate(message.len().checked_sub(padding)?);
    Some(message)
}

/// What AES makes of the block, before CBC adds the one before it. From the last byte to the first: those behind it are
/// chosen so that they end like a padding one longer, and then there is one value of this byte for which it is right.
fn decrypt(asks: &mut impl FnMut(&Block, &Block) -> bool, block: &Block) -> Option<Block> {
    let mut decrypted = Block::default();
    for at in (0..16).rev() {
        let padding = 16 - at as u8;
        let mut chosen = decrypted.map(|byte| byte ^ padding);
        chosen[..at].fill(0);
        let guess = (0..=255).find(|guess| {
            chosen[at] = *guess;
            // The last byte may be right by being a longer padding's; then it isn't with another byte before it.
            asks(&chosen, block) && (at < 15 || asks(&with_other(chosen, at - 1), block))
        })?;
        decrypted[at] = guess ^ padding;
    }
    Some(decrypted)
}

fn with_other(mut block: Block, at: usize) -> Block {
    block[at] ^= 1;
    block
}

fn blocks(bytes: &[u8]) -> &[Block] {
    bytes.as_chunks().0
}

fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{}", style(text).bold())
}

/// A line for each block, what isn't as it should be in colour.
fn show(out: &mut impl Write, message: &[u8], original: &[u8]) -> io::Result<()> {
    for (block, original) in message.chunks(16).zip(original.chunks(16)) {
        let line: String = block
            .iter()
            .zip(original)
            .map(|(byte, original)| {
                let letter = if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '·' };
                if byte == original { letter.to_string() } else { style(letter).red().bold().to_string() }
            })
            .collect();
        writeln!(out, "    {line}")?;
    }
    Ok(())
}
