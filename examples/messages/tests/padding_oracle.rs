//! The padding-oracle attack on both forms of `http_message`, by somebody who has no key: only a request that was
//! overheard, and a server who answers whoever asks. Of the classic form it recovers the whole text; of the modern one
//! nothing.
//!
//! The receiver of CBC computes `D(block) ⊕ block before`. The attacker chooses the block before. If the server lets on
//! when that ends as a padding does, `… 01`, `… 02 02` and so on, then it lets on the bytes of `D(block)`, one after
//! the other, after 128 questions each on average. And the text is `D(block)`, xored with what really was before it.

mod common;
mod http;
#[path = "../../../tests/memory/mod.rs"]
mod memory;

use std::{
    array,
    collections::BTreeMap,
    io::Write,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Mutex,
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Folder, run, say};
use http::{CLASSIC, QUICK, REFUSED, SALT, Server, connect, exchange, program, read_message};
use serde_json::Value;
use sha2::{Digest, Sha512};

type Block = [u8; 16];

const TEXT: &str = "Attack at dawn, from the north. Grüße, 世界 🔑: nobody but the two of us can read this.";

/// A server that can be asked.
struct Oracle<A, V> {
    address: SocketAddr,
    /// A request of two blocks: one that is chosen, and one that was overheard.
    request: A,
    /// Whether an answer says that the padding was right.
    is_right: V,
    /// All answers that there were, byte by byte, and how often.
    answers: Mutex<BTreeMap<String, usize>>,
}

impl<A: Fn(&Block, &Block) -> Vec<u8> + Sync, V: Fn(&str) -> bool + Sync> Oracle<A, V> {
    fn new(address: SocketAddr, request: A, is_right: V) -> Self {
        Oracle { address, request, is_right, answers: Mutex::default() }
    }

    fn ask(&self, stream: &mut TcpStream, chosen: &Block, block: &Block) -> bool {
        stream.write_all(&(self.request)(chosen, block)).unwrap();
        let answer = String::from_utf8(read_message(stream)).unwrap();
        let is_right = (self.is_right)(&answer);
        *self.answers.lock().unwrap().entry(answer).or_default() += 1;
        is_right
    }

    /// `D(block)`, from its last byte to its first. For each, the bytes behind it are chosen so that they end as the
    /// next longer padding does, and this one is tried.
    fn decrypt(&self, block: &Block) -> Option<Block> {
        let stream = &mut connect(self.address);
        let mut decrypted = Block::default();
        for at in (0..16).rev() {
            let padding = 16 - at as u8;
            let mut chosen = decrypted.map(|byte| byte ^ padding);
            let found = (0..=255).find(|&guess| {
                chosen[..=at].fill(0);
                chosen[at] = guess;
                // The last byte alone could be right for a longer padding than 01, which another byte before it spoils.
                self.ask(stream, &chosen, block)
                    && (at < 15 || {
                        chosen[at - 1] ^= 1;
                        self.ask(stream, &chosen, block)
                    })
            })?;
            decrypted[at] = found ^ padding;
        }
        Some(decrypted)
    }

    /// The text of an overheard message, with its padding; all blocks at the same time.
    fn attack(&self, iv: &Block, blocks: &[Block]) -> Option<Vec<u8>> {
        let before = [&[*iv], blocks].concat();
        let decrypted: Vec<Option<Block>> = thread::scope(|scope| {
            let threads: Vec<_> = blocks.iter().map(|block| scope.spawn(|| self.decrypt(block))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut text = Vec::new();
        for (decrypted, before) in decrypted.into_iter().zip(before) {
            let decrypted = decrypted?;
            text.extend(array::from_fn::<_, 16, _>(|at| decrypted[at] ^ before[at]));
        }
        Some(text)
    }
}

/// Lets the client send the text to the server, and gives what was on the wire.
fn overhear(folder: &Folder, server: &Server, options: &[&str]) -> String {
    let wire = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", wire.local_addr().unwrap());
    let address = server.address;
    let request = thread::scope(|scope| {
        let between = scope.spawn(|| {
            let (mut client, _) = wire.accept().unwrap();
            let request = read_message(&mut client);
            client.write_all(exchange(address, &request).as_bytes()).unwrap();
            request
        });
        let (status, stdout, stderr) = run(program(folder, "send").args(["--url", &url]).args(options).arg(TEXT), b"");
        assert_eq!((status, stdout.as_str()), (Some(0), "OK\n"), "{stderr}");
        between.join().unwrap()
    });
    assert_eq!(server.running.printed(), TEXT);
    String::from_utf8(request).unwrap()
}

fn blocks(bytes: &[u8]) -> &[Block] {
    let (blocks, []) = bytes.as_chunks() else { panic!("not whole blocks") };
    blocks
}

#[test]
fn classic_gives_everything_away() {
    let folder = Folder::new();
    let server = Server::start(&folder, &CLASSIC);
    let overheard = overhear(&folder, &server, &CLASSIC);
    let (text, rest) = overheard.strip_prefix("GET /get?text=").unwrap().split_once("&now=").unwrap();
    let now = rest.split(' ').next().unwrap();
    let ciphertext = hex::decode(STANDARD.decode(text.replace("%3D", "=")).unwrap()).unwrap();
    // Anybody can compute the IV, so not even the first block is safe.
    let iv = Sha512::digest(now)[..16].try_into().unwrap();

    let request = |chosen: &Block, block: &Block| {
        let text = STANDARD.encode(hex::encode([*chosen, *block].concat())).replace('=', "%3D");
        format!("GET /get?text={text}&now={now} HTTP/1.1\r\nhost: x\r\n\r\n").into_bytes()
    };
    // `OK`, or what is far more likely of blocks that mean nothing, `send UTF-8`.
    let oracle = Oracle::new(server.address, request, |answer| !answer.contains("\"error\""));
    let recovered = oracle.attack(&iv, blocks(&ciphertext)).unwrap();

    let padding = usize::from(*recovered.last().unwrap());
    assert_eq!(str::from_utf8(&recovered[..recovered.len() - padding]), Ok(TEXT));
    say(&format!(
        "padding oracle, classic: {} questions, and all {} bytes of the text are known",
        oracle.answers.into_inner().unwrap().into_values().sum::<usize>(),
        TEXT.len()
    ));
}

#[test]
fn modern_gives_nothing_away() {
    let folder = Folder::new();
    // With a salt of its own the server answers as fast as the classic one.
    let options = [&QUICK[..], &["--salt-hex", SALT]].concat();
    let server = Server::start(&folder, &options);
    let overheard = overhear(&folder, &server, &options);
    let (_, body) = overheard.split_once("\r\n\r\n").unwrap();
    let fields: Value = serde_json::from_str(body).unwrap();
    let bytes = |name: &str| STANDARD.decode(fields[name].as_str().unwrap()).unwrap();
    let (iv, ciphertext) = (bytes("iv").try_into().unwrap(), bytes("ciphertext"));

    // The chosen block as the IV, or as the first of two blocks. (The IV that was there would be refused as known already.)
    let ask_with = |iv: &[u8], ciphertext: &[u8]| {
        let mut fields = fields.clone();
        fields["iv"] = STANDARD.encode(iv).into();
        fields["ciphertext"] = STANDARD.encode(ciphertext).into();
        http::post(fields.to_string().as_bytes())
    };
    let mut asked = 0;
    for is_iv in [true, false] {
        let request = |chosen: &Block, block: &Block| {
            if is_iv { ask_with(chosen, block) } else { ask_with(&[0; 16], &[*chosen, *block].concat()) }
        };
        // An answer that is in any way another than the usual one.
        let oracle = Oracle::new(server.address, request, |answer| answer != REFUSED);
        assert_eq!(oracle.attack(&iv, blocks(&ciphertext)), None);
        let answers = oracle.answers.into_inner().unwrap();
        asked += answers.values().sum::<usize>();
        assert_eq!(answers.into_keys().collect::<Vec<_>>(), [REFUSED]);
    }
    let refusals = server.refusals();
    assert!(refusals.len() == asked && refusals.iter().all(|line| line.contains("wrong tag")), "for another reason");
    assert_eq!(server.running.printed_until_killed(), [""; 0]);
    say(&format!("padding oracle, modern: {asked} questions, all answers the same bytes, nothing is known"));
}
