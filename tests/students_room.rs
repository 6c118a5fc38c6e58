//! The programs for students, run as they would run them: `walk_a_block`, `ecb_penguin` and `cbc_malleability`. The page that
//! `walk_a_block` makes is tested in a browser, by `.ci/browser`.

// They need processes, a file system, and these features.
#![cfg(all(
    feature = "cbc-hmac",
    feature = "getrandom",
    feature = "reference",
    feature = "std",
    not(target_family = "wasm")
))]

mod built;
mod common;

use std::{
    collections::HashMap,
    fs::{self, File},
    io::BufReader,
    path::Path,
    process::{Command, Output, Stdio},
};

use common::{hex_field, json, list};
use roundkey::fips197::{EqInvKeySchedule, key_expansion};
use serde_json::Value;
use tempfile::TempDir;

/// FIPS-197 Appendix C's, which have all lengths of a key.
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const BLOCK: &str = "00112233445566778899aabbccddeeff";

fn run(example: &str, arguments: &[&str]) -> Output {
    Command::new(built::example(example)).args(arguments).output().unwrap()
}

fn stdout(example: &str, arguments: &[&str]) -> String {
    let output = run(example, arguments);
    assert!(output.status.success() && output.stderr.is_empty(), "{example} {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Ends with `code`, a word on stderr that contains `what`, and nothing on stdout.
fn refuses(example: &str, arguments: &[&str], code: i32, what: &str) {
    let output = run(example, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(code) && output.stdout.is_empty(), "{example} {arguments:?}: {said}");
    assert!(said.contains(what), "{example} {arguments:?}: {said:?} is to say {what:?}");
}

/// All walks there are: every length of a key, in every direction.
fn walks() -> Vec<Vec<&'static str>> {
    let mut walks = vec![vec![]];
    for digits in [32, 48, 64] {
        for direction in [&[][..], &["--decrypt"], &["--decrypt", "--equivalent"]] {
            walks.push([&["--key", &KEY[..digits], "--block", BLOCK], direction].concat());
        }
    }
    walks
}

#[test]
fn walk_for_80_columns() {
    for walk in walks() {
        for more in [&[][..], &["--explain"]] {
            let text = stdout("walk_a_block", &[&walk, more].concat());
            assert!(!text.contains('\x1b'), "{walk:?}: colours in a pipe");
            for line in text.lines() {
                assert!(line.chars().count() <= 80 && line.trim_end() == line, "{walk:?} {more:?}: {line:?}");
            }
        }
    }
}

/// The figure of Appendix B: in each round's four rows stand its states and its round key, as the standard has them.
#[test]
fn walk_is_appendix_b() {
    let text = stdout("walk_a_block", &[]);
    let lines: Vec<_> = text.lines().collect();
    let example = json("fips197/cipher_example_b.json");
    for round in list(&example, "rounds") {
        let number = round["round"].as_u64().unwrap();
        let label = if number == 0 { "input ".to_owned() } else { format!("round {number} ") };
        let first = lines.iter().rposition(|line| line.starts_with(&label)).unwrap();
        for r in 0..4 {
            let names = ["input", "start", "s_box", "s_row", "m_col", "k_sch"];
            let expected = names.into_iter().filter(|name| round[name].is_string()).map(|name| {
                let state = hex_field(round, name);
                (0..4).map(|c| format!("{:02x}", state[r + 4 * c])).collect::<Vec<_>>().join(" ")
            });
            let expected = expected.collect::<Vec<_>>().join("   ");
            assert_eq!(lines[first + r].get(9..), Some(&expected[..]), "round {number}, row {r}");
        }
    }
    assert!(lines.last().unwrap().ends_with(example["ciphertext"].as_str().unwrap()));
}

#[test]
fn walk_as_json() {
    for walk in walks() {
        let value: Value = serde_json::from_str(&stdout("walk_a_block", &[&walk[..], &["--json"]].concat())).unwrap();
        let steps = list(&value, "steps");
        let rounds = value["rounds"].as_u64().unwrap();
        // Four a round, but for one before the first and three in the last.
        assert_eq!(steps.len() as u64, 4 * rounds);
        assert_eq!(steps[0]["before"], value["input"]);
        assert_eq!(steps.last().unwrap()["after"], value["output"]);
        assert!(steps.windows(2).all(|pair| pair[0]["after"] == pair[1]["before"]));
        let key = hex_field(&value, "key");
        assert_eq!(list(&value, "key expansion").len() as u64, 4 * (rounds + 1) - key.len() as u64 / 4);

        // Each round key is there once, and is the one that it says it is.
        let w = key_expansion(&key).unwrap();
        let dw = EqInvKeySchedule::new(&w);
        let (name, schedule) = if walk.contains(&"--equivalent") { ("dw", dw.as_key_schedule()) } else { ("w", &w) };
        let added: Vec<_> = steps.iter().filter(|step| step["step"] == "AddRoundKey").collect();
        let mut numbers: Vec<_> = (0..=rounds as usize).collect();
        if walk.contains(&"--decrypt") {
            numbers.reverse();
        }
        assert_eq!(added.len(), numbers.len());
        for (step, number) in added.into_iter().zip(numbers) {
            assert_eq!(hex_field(step, "round key"), schedule.round_keys()[number].as_flattened());
            assert_eq!(step["round key's number"], number);
            assert_eq!(step["round key is"], format!("{name}[{}..{}]", 4 * number, 4 * number + 3));
        }
    }
}

/// Appendix C, there and back.
#[test]
fn walk_back() {
    for example in list(&json("fips197/round_traces_c.json"), "vectors") {
        let [key, plaintext, ciphertext] =
            ["key", "plaintext", "ciphertext"].map(|name| example[name].as_str().unwrap());
        for (direction, from, to) in [
            (&[][..], plaintext, ciphertext),
            (&["--decrypt"], ciphertext, plaintext),
            (&["--decrypt", "--equivalent"], ciphertext, plaintext),
        ] {
            let text = stdout("walk_a_block", &[&["--key", key, "--block", from], direction].concat());
            assert!(text.ends_with(&format!("\noutput {to}\n")), "{text}");
        }
    }
}

#[test]
fn walk_explained() {
    let text = stdout("walk_a_block", &["--explain"]);
    // The round keys' names are over them.
    let headings = text.lines().find(|line| line.contains("⊕ w[4..7]")).unwrap();
    assert_eq!(headings.chars().position(|letter| letter == '⊕'), Some(9 + 4 * 14));
    // Appendix B's first round: S[19] = d4, and FIPS-197's first column of MixColumns.
    for line in [
        "S[19] = d4",
        "19⁻¹ = 3f,",
        "xtime  {02}•d4 = a8⊕1b = b3\n",
        "s'0 = {02}•d4 ⊕ {03}•bf ⊕ {01}•5d ⊕ {01}•30  =  b3 ⊕ da ⊕ 5d ⊕ 30  =  04",
    ] {
        assert!(text.contains(line), "{line}");
    }
}

/// The table of Appendix A, in the standard's columns: what a line hasn't is blank.
#[test]
fn walk_explains_the_key_expansion() {
    for example in list(&json("fips197/key_expansion.json"), "key_expansions") {
        let text = stdout("walk_a_block", &["--explain", "--key", example["key"].as_str().unwrap(), "--block", BLOCK]);
        let table = text.lines().skip_while(|line| !line.starts_with("KeyExpansion")).skip(2);
        let steps = list(example, "steps");
        let names = ["temp", "after_rotword", "after_subword", "rcon", "after_xor_rcon", "w_i_minus_nk", "w_i"];
        for (step, line) in steps.iter().zip(table) {
            let words = names.map(|name| format!("  {:8}", step[name].as_str().unwrap_or_default()));
            assert_eq!(line, format!("{:3}{}", step["i"].as_u64().unwrap(), words.concat()), "{}", example["example"]);
        }
        assert!(steps.len() >= 40);
    }
}

#[test]
fn walk_refuses() {
    refuses("walk_a_block", &["--key", "00"], 2, "16, 24 or 32 bytes, not 1");
    refuses("walk_a_block", &["--key", "0x"], 2, "16, 24 or 32 bytes, not 0");
    refuses("walk_a_block", &["--key", "é0"], 2, "'é' is no hexadecimal digit");
    refuses("walk_a_block", &["--key", "000"], 2, "Odd number of digits");
    refuses("walk_a_block", &["--block", "0011"], 2, "16 bytes, not 2");
    refuses("walk_a_block", &["--equivalent"], 2, "--decrypt");
    refuses("walk_a_block", &["--html", "no/such/folder/page.html"], 1, "no/such/folder/page.html");
    // There is nobody to press a key.
    refuses("walk_a_block", &["--step"], 1, "terminal");
}

#[test]
fn walk_as_a_page() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, "something else").unwrap();
    assert_eq!(stdout("walk_a_block", &["--html", path.to_str().unwrap()]), "");
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("3925841d02dc09fbdc118597196a0b32"));
    assert!(!page.contains("/*"), "something wasn't filled in");
    // It has all that it needs.
    assert!(!["http:", "https:", "src=", "href=", "url(", "import "].iter().any(|elsewhere| page.contains(elsewhere)));
    let script =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/walk_a_block/page.js")).unwrap();
    assert!(script.len() < 16 << 10, "{} bytes of script", script.len());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
    #[cfg(unix)]
    {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt};
        let usual = folder.path().join("usual");
        File::create(&usual).unwrap();
        let new = folder.path().join("new.html");
        stdout("walk_a_block", &["--html", new.to_str().unwrap()]);
        let [new, usual] = [new, usual].map(|path| fs::metadata(path).unwrap().permissions().mode());
        assert_eq!(new, usual, "permissions");
        // A file that is there keeps its permissions.
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        stdout("walk_a_block", &["--html", path.to_str().unwrap()]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        refuses("walk_a_block", &["--html", link.to_str().unwrap()], 1, "link to nothing");
        // What is no file isn't replaced by one.
        assert!(stdout("walk_a_block", &["--html", "/dev/stdout"]).starts_with("<!DOCTYPE html>"));
    }
}

/// At a terminal `--step` waits for keys, explains on demand, and colours what has changed.
#[cfg(target_os = "linux")]
#[test]
fn walk_step_by_step() {
    use std::io::Write;

    if Command::new("script").arg("--version").output().is_err() {
        return common::say("walk_a_block: --step NOT RUN, there is no `script` to make a terminal");
    }
    let at_terminal = |keys: &str| {
        let command = format!("'{}' --step", built::example("walk_a_block").display());
        let mut script = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        script.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
        let output = script.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // AddRoundKey of the start and SubBytes, explained.
    let shown = at_terminal(" eq");
    assert!(
        shown.contains("before the first round") && shown.contains("S[19] = d4") && shown.contains("\x1b[33m"),
        "{shown}"
    );
    assert!(!shown.contains("ShiftRows") && !shown.contains("output"), "{shown}");
    // All 40 steps.
    assert!(at_terminal(&" ".repeat(40)).contains("output"));
}

/// Who has seen enough is no error.
#[cfg(unix)]
#[test]
fn closed_pipes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("three.png");
    let path = path.to_str().unwrap();
    let runs: [(&str, &[&str]); 4] =
        [("walk_a_block", &[]), ("walk_a_block", &["--json"]), ("ecb_penguin", &[path]), ("cbc_malleability", &[])];
    for (example, arguments) in runs {
        let mut run = Command::new(built::example(example));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = run.args(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{example}: {output:?}");
    }
    assert!(Path::new(path).exists(), "the picture is written before anything is said");
}

struct Png {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Png {
    fn read(path: &Path) -> Png {
        let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        Png { width: info.width as usize, height: info.height as usize, pixels: bytes.as_chunks().0.to_vec() }
    }

    /// Four pixels in a row each, of a part.
    fn blocks(&self, left: usize, top: usize, width: usize, height: usize) -> Vec<[[u8; 3]; 4]> {
        let rows = (top..top + height).map(|y| &self.pixels[y * self.width + left..][..width]);
        rows.flat_map(|row| row.as_chunks().0).copied().collect()
    }
}

/// What is equal in the picture is equal in ECB, and nothing else is; in CBC nothing is.
#[test]
fn penguin() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("three.png");
    let said = stdout("ecb_penguin", &[path.to_str().unwrap()]);
    let png = Png::read(&path);
    let (width, height) = (192, 224);
    assert_eq!((png.width, png.height), (3 * (width + 16) + 16, 16 + height + 48));
    let [plain, ecb, cbc] = [0, 1, 2].map(|number| png.blocks(16 + number * (width + 16), 16, width, height));
    let mut made = HashMap::new();
    for (plain, ecb) in plain.iter().zip(&ecb) {
        assert_eq!(made.entry(plain).or_insert(ecb), &ecb, "equal blocks have become different ones");
        assert_ne!(plain, ecb);
    }
    assert!(made.len() > 20, "not much of a picture: {} different blocks", made.len());
    let different = |blocks: &[_]| blocks.iter().collect::<std::collections::HashSet<_>>().len();
    assert_eq!(different(&ecb), made.len());
    assert_eq!(different(&cbc), cbc.len());
    let lines: Vec<_> = said.lines().collect();
    let mut count = HashMap::new();
    plain.iter().for_each(|block| *count.entry(block).or_insert(0) += 1);
    let repeated: usize = count.values().filter(|count| **count > 1).sum();
    assert_eq!(
        lines,
        [
            format!("plain  {repeated} of 10752 blocks are there more than once"),
            format!("ECB    {repeated} of 10752 blocks are there more than once"),
            "CBC    0 of 10752 blocks are there more than once".to_owned(),
        ]
    );
}

/// Pictures of all kinds, of which the first is left as it is.
#[test]
fn penguin_of_ones_own() {
    use png::{BitDepth, ColorType};

    let folder = TempDir::new().unwrap();
    let [input, output] = ["in.png", "out.png"].map(|name| folder.path().join(name));
    let arguments = [output.to_str().unwrap(), "--picture", input.to_str().unwrap()];
    // 301 pixels wide, of which 300 are whole blocks: two colours, left and right. A palette's indices are bits.
    let (width, height) = (301_usize, 5);
    type Kind = (ColorType, BitDepth, [&'static [u8]; 2], [[u8; 3]; 2]);
    let kinds: [Kind; 5] = [
        (ColorType::Grayscale, BitDepth::Eight, [&[10], &[200]], [[10; 3], [200; 3]]),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, [&[10, 0], &[200, 255]], [[10; 3], [200; 3]]),
        (ColorType::Rgb, BitDepth::Sixteen, [&[1, 9, 2, 9, 3, 9], &[4, 9, 5, 9, 6, 9]], [[1, 2, 3], [4, 5, 6]]),
        (ColorType::Rgba, BitDepth::Eight, [&[1, 2, 3, 0], &[4, 5, 6, 7]], [[1, 2, 3], [4, 5, 6]]),
        (ColorType::Indexed, BitDepth::Eight, [&[0], &[1]], [[7, 8, 9], [70, 80, 90]]),
    ];
    for (colours, depth, samples, expected) in kinds {
        let mut encoder = png::Encoder::new(File::create(&input).unwrap(), width as u32, height);
        encoder.set_color(colours);
        encoder.set_depth(depth);
        if colours == ColorType::Indexed {
            encoder.set_palette(expected.concat());
        }
        let row: Vec<u8> = (0..width).flat_map(|x| samples[usize::from(x >= 152)]).copied().collect();
        encoder.write_header().unwrap().write_image_data(&row.repeat(height as usize)).unwrap();

        stdout("ecb_penguin", &arguments);
        let png = Png::read(&output);
        let blocks = png.blocks(16, 16, 300, height as usize);
        for (number, block) in blocks.iter().enumerate() {
            assert_eq!(*block, [expected[usize::from(number % 75 >= 38)]; 4], "{colours:?}, block {number}");
        }
    }
}

#[test]
fn penguin_refuses() {
    let folder = TempDir::new().unwrap();
    let [output, text, small] = ["out.png", "in.txt", "small.png"].map(|name| folder.path().join(name));
    let [output, text, small] = [&output, &text, &small].map(|path| path.to_str().unwrap());
    fs::write(text, "no picture").unwrap();
    let mut encoder = png::Encoder::new(File::create(small).unwrap(), 3, 3);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[0; 9]).unwrap();
    refuses("ecb_penguin", &[output, "--picture", text], 1, "in.txt: ");
    refuses("ecb_penguin", &[output, "--picture", small], 1, "small.png: is 3 pixels wide");
    refuses("ecb_penguin", &[output, "--picture", "nowhere.png"], 1, "nowhere.png: ");
    // The picture isn't lost.
    refuses("ecb_penguin", &[small, "--picture", small], 1, "would be replaced");
    // What is announced needn't be there, and isn't made room for.
    let mut huge = Vec::new();
    drop(png::Encoder::new(&mut huge, 60_000, 60_000).write_header().unwrap());
    huge.truncate(8 + 25); // signature and IHDR
    huge.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    fs::write(text, &huge).unwrap();
    refuses("ecb_penguin", &[output, "--picture", text], 1, "has 3600000000 pixels");
    assert!(!Path::new(output).exists());
}

#[test]
fn malleability() {
    let said = stdout("cbc_malleability", &[]);
    let message = ["Pay 100 euros to", " Alice, and not ", "a cent more. The", " word of the day", " is osprey."];
    let blocks: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert_eq!(blocks[..5], message);
    assert_eq!((blocks[5], &blocks[6..10]), ("Pay 900 euros to", &message[1..]), "a bit of the IV");
    assert_ne!(blocks[10], message[0], "garbage");
    assert_eq!((blocks[11], &blocks[12..15]), (" Elice, and not ", &message[2..]), "a bit of a block");
    let (questions, seconds) = blocks[15].split_once(" questions in ").unwrap();
    assert!(
        (1..256 * 16 * 5 + 1000).contains(&questions.parse().unwrap()) && seconds.ends_with(" s"),
        "{}",
        blocks[15]
    );
    assert_eq!(blocks[16..21], message, "recovered");
    assert!(blocks[22].starts_with("nothing was recovered"), "authenticated");
    assert!(said.lines().last().unwrap().starts_with("So: "));
}
