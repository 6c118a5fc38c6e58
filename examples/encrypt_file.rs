//! Encrypts a file under a password, and decrypts it.
//!
//! ```text
//! cargo run --release --example encrypt_file -- encrypt IN OUT
//! cargo run --release --example encrypt_file -- decrypt IN OUT
//! ```
//!
//! The password is asked for at the terminal (twice, to encrypt), or is the first line of the file that
//! `--password-file` names. Files of any size take the same small amount of memory.
//!
//! # The format
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `roundkey` |
//! | 1 | version of the format, 1 |
//! | 4 | iterations of PBKDF2, big-endian |
//! | 16 | salt, random |
//! | 16 | IV, random |
//! | 16 × n | the file, PKCS#7-padded, in AES-256-CBC |
//! | 32 | HMAC-SHA-256 of everything before it |
//!
//! PBKDF2-HMAC-SHA-256 makes 32 bytes of password and salt, slowly, so that passwords can't be tried fast. Of these,
//! HKDF-Expand makes two keys that have nothing to do with each other, for the cipher and for the MAC.
//!
//! # What it takes care of
//!
//! - The MAC covers all of the file (encrypt-then-MAC) and is verified before `OUT` exists: a wrong password and a
//!   changed, cut or extended file give an error, and nothing else.
//! - Output goes to a temporary file beside `OUT` that nobody else can read, which is renamed when all is well and on the
//!   disk. So an `OUT` that was there before is replaced completely or not at all. Decryption is one pass: it writes what
//!   is not verified yet to the temporary file, and removes that file when the MAC is wrong or when it is interrupted
//!   (Ctrl-C).
//! - Permissions: an `OUT` that is replaced keeps its own. A new one has those of `IN` if it is encrypted, and is for
//!   nobody but its owner if it is decrypted.
//! - If the program is killed (SIGKILL, power) the temporary file stays, by the name of `.encrypt_file-` and some letters.
//!   It may hold decrypted text: delete it.

use std::{
    error::Error,
    fs::{self, File, Permissions},
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use clap::{Parser, Subcommand};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use indicatif::{ProgressBar, ProgressStyle};
use roundkey::{Aes256, Block, cbc, padding::pkcs7};
use sha2::Sha256;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

const MAGIC: [u8; 8] = *b"roundkey";
const VERSION: u8 = 1;
const TAG_LEN: usize = 32;
const BLOCK_LEN: usize = 16;

/// OWASP's advice for PBKDF2-HMAC-SHA-256 since 2023.
const ITERATIONS: u32 = 600_000;
/// A file that asks for more is refused: the count is read before anything can be verified, and could cost hours.
const MAX_ITERATIONS: u32 = 10_000_000;

/// How much is read and written at a time.
const CHUNK: usize = 1 << 16;

/// Whatever it is: a wrong password and a spoiled file look the same, and should.
const NOT_AUTHENTIC: &str = "wrong password, or the file was changed or is damaged";

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

#[derive(Parser)]
#[command(about = "Encrypts a file under a password (AES-256-CBC, HMAC-SHA-256, PBKDF2), and decrypts it")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Take the password from the first line of this file instead of asking for it
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Encrypt IN and write the result to OUT
    Encrypt(Paths),
    /// Decrypt IN, which `encrypt` made, and write the result to OUT
    Decrypt(Paths),
}

#[derive(clap::Args)]
struct Paths {
    /// The file to read
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write; if it is there already it is replaced, once all has gone well
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("encrypt_file: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(Arguments { command, password_file }: &Arguments) -> Result<()> {
    let (Command::Encrypt(paths) | Command::Decrypt(paths)) = command;
    // All that can be known to fail fails here, before anybody types a password or waits.
    let mut input = Input::open(&paths.input)?;
    let target = Target::check(&paths.output, password_file.as_deref())?;
    match command {
        Command::Encrypt(_) => {
            let password = password(password_file.as_deref(), Purpose::Encrypt)?;
            let mut output = target.create(input.permissions()?)?;
            input.show_progress()?;
            encrypt(&mut input, &mut output, &password)?;
            output.commit()
        }
        Command::Decrypt(_) => {
            let header = Header::read(&mut input)?;
            let password = password(password_file.as_deref(), Purpose::Decrypt)?;
            let mut output = target.create(None)?;
            input.show_progress()?;
            decrypt(&mut input, &mut output, &header, &password)?;
            output.commit()
        }
    }
}

/// Writes the whole file: header, ciphertext, tag.
fn encrypt(input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
    let header = Header::random()?;
    let Keys { cipher, mut mac } = header.derive_keys(password)?;
    let header_bytes = header.to_bytes();
    mac.update(&header_bytes);
    output.write(&header_bytes)?;

    let mut encryptor = cbc::Encryptor::new(&cipher, &header.iv);
    let mut buffer = Zeroizing::new(vec![0; CHUNK + BLOCK_LEN]);
    loop {
        let len = input.read(&mut buffer[..CHUNK])?;
        let is_last = len < CHUNK;
        let chunk = if is_last { pkcs7::pad(&mut buffer, len, BLOCK_LEN as u8)? } else { &mut buffer[..len] };
        encryptor.encrypt_blocks(chunk.as_chunks_mut().0);
        mac.update(chunk);
        output.write(chunk)?;
        if is_last {
            return output.write(&mac.finalize().into_bytes());
        }
    }
}

/// Writes the decrypted file, from what follows the header. Only when this has returned `Ok` was the tag right.
fn decrypt(input: &mut Input, output: &mut Output, header: &Header, password: &str) -> Result<()> {
    let Keys { cipher, mut mac } = header.derive_keys(password)?;
    mac.update(&header.to_bytes());

    // The tag is behind the ciphertext, and the padding in its last block, so that much is always kept back.
    const KEPT_BACK: usize = BLOCK_LEN + TAG_LEN;
    let mut decryptor = cbc::Decryptor::new(&cipher, &header.iv);
    let mut buffer = Zeroizing::new(vec![0; CHUNK + KEPT_BACK]);
    let mut len = input.read(&mut buffer)?;
    while len == buffer.len() {
        let chunk = &mut buffer[..CHUNK];
        mac.update(chunk);
        decryptor.decrypt_blocks(chunk.as_chunks_mut().0);
        output.write(chunk)?;
        buffer.copy_within(CHUNK.., 0);
        len = KEPT_BACK + input.read(&mut buffer[KEPT_BACK..])?;
    }

    let (chunk, tag) =
        len.checked_sub(TAG_LEN).and_then(|at| buffer[..len].split_at_mut_checked(at)).ok_or(NOT_AUTHENTIC)?;
    mac.update(chunk);
    mac.verify_slice(tag).map_err(|_| NOT_AUTHENTIC)?;
    // From here on the file is known to be what `encrypt` wrote.
    let (blocks, rest) = chunk.as_chunks_mut();
    decryptor.decrypt_blocks(blocks);
    if !rest.is_empty() {
        return Err(NOT_AUTHENTIC.into());
    }
    output.write(pkcs7::unpad(chunk, BLOCK_LEN as u8).map_err(|_| NOT_AUTHENTIC)?)
}

/// What the file begins with.
struct Header {
    iterations: u32,
    salt: [u8; 16],
    iv: Block,
}

impl Header {
    const LEN: usize = MAGIC.len() + 1 + 4 + 16 + 16;

    fn random() -> Result<Self> {
        let mut header = Header { iterations: ITERATIONS, salt: [0; 16], iv: [0; 16] };
        getrandom::fill(&mut header.salt)?;
        getrandom::fill(&mut header.iv)?;
        Ok(header)
    }

    fn to_bytes(&self) -> Vec<u8> {
        [&MAGIC[..], &[VERSION], &self.iterations.to_be_bytes(), &self.salt, &self.iv].concat()
    }

    fn read(input: &mut Input) -> Result<Self> {
        let mut bytes = [0; Self::LEN];
        let len = input.read(&mut bytes)?;
        let rest = &mut &bytes[..len];
        if take::<8>(rest) != Some(MAGIC) {
            return Err(format!("{} is not a file that encrypt_file made", input.path.display()).into());
        }
        let cut = || format!("{} is cut off: it ends within its header", input.path.display());
        let [version] = take(rest).ok_or_else(cut)?;
        if version != VERSION {
            return Err(format!("{} is of version {version}, known is version {VERSION}", input.path.display()).into());
        }
        let header = Header {
            iterations: u32::from_be_bytes(take(rest).ok_or_else(cut)?),
            salt: take(rest).ok_or_else(cut)?,
            iv: take(rest).ok_or_else(cut)?,
        };
        if !(1..=MAX_ITERATIONS).contains(&header.iterations) {
            let (path, iterations) = (input.path.display(), header.iterations);
            return Err(format!("{path} asks for {iterations} iterations: 1 to {MAX_ITERATIONS} are allowed").into());
        }
        Ok(header)
    }

    fn derive_keys(&self, password: &str) -> Result<Keys> {
        let mut secret = Zeroizing::new([0; 32]);
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &self.salt, self.iterations, &mut *secret);
        let hkdf = Hkdf::<Sha256>::from_prk(&*secret).map_err(|error| error.to_string())?;
        let [mut cipher, mut mac] = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
        hkdf.expand(b"encrypt_file 1: AES-256-CBC", &mut *cipher).map_err(|error| error.to_string())?;
        hkdf.expand(b"encrypt_file 1: HMAC-SHA-256", &mut *mac).map_err(|error| error.to_string())?;
        Ok(Keys { cipher: Aes256::new(&cipher), mac: Hmac::new_from_slice(&*mac)? })
    }
}

/// The next `N` bytes, if there are as many.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

struct Keys {
    cipher: Aes256,
    mac: Hmac<Sha256>,
}

#[derive(PartialEq)]
enum Purpose {
    Encrypt,
    Decrypt,
}

/// The password from the file, or from the person at the terminal: twice if a slip of the finger would lose the file.
fn password(file: Option<&Path>, purpose: Purpose) -> Result<Zeroizing<String>> {
    let password = match file {
        Some(path) => {
            let text = Zeroizing::new(fs::read_to_string(path).map_err(about(path))?);
            Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
        }
        None => {
            let password = ask("Password: ")?;
            if purpose == Purpose::Encrypt && !password.is_empty() && ask("The same again: ")? != password {
                return Err("the two passwords differ".into());
            }
            password
        }
    };
    if password.is_empty() {
        return Err("the password is empty".into());
    }
    Ok(password)
}

/// Asks at the terminal, without showing what is typed.
fn ask(prompt: &str) -> Result<Zeroizing<String>> {
    match rpassword::prompt_password(prompt) {
        Ok(password) => Ok(Zeroizing::new(password)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err("no password was given".into()),
        Err(error) => {
            Err(format!("there is no terminal to ask for the password ({error}): use --password-file").into())
        }
    }
}

/// The file that is read, and how far we are.
struct Input<'p> {
    path: &'p Path,
    file: File,
    progress: ProgressBar,
}

impl<'p> Input<'p> {
    fn open(path: &'p Path) -> Result<Self> {
        let file = File::open(path).map_err(about(path))?;
        let metadata = file.metadata().map_err(about(path))?;
        if metadata.is_dir() {
            return Err(format!("{}: is a directory", path.display()).into());
        }
        Ok(Input { path, file, progress: ProgressBar::hidden() })
    }

    /// Those of the file, if it is one (and not a pipe).
    fn permissions(&self) -> Result<Option<Permissions>> {
        let metadata = self.file.metadata().map_err(about(self.path))?;
        Ok(metadata.is_file().then(|| metadata.permissions()))
    }

    /// Shows from now on how far we are, if a person watches.
    fn show_progress(&mut self) -> Result<()> {
        if io::stderr().is_terminal() {
            let template = "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go";
            self.progress = ProgressBar::new(self.file.metadata().map_err(about(self.path))?.len());
            self.progress.set_style(ProgressStyle::with_template(template)?);
        }
        Ok(())
    }

    /// Fills `buffer` as far as the file reaches: less than all of it means the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut len = 0;
        while len < buffer.len() {
            match self.file.read(&mut buffer[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(about(self.path)(error).into()),
            }
        }
        self.progress.inc(len as u64);
        Ok(len)
    }
}

/// Where the output is to go: known to be possible, as far as that can be known, and still untouched.
struct Target {
    path: PathBuf,
    folder: PathBuf,
    /// Those of the file that is there already.
    permissions: Option<Permissions>,
}

impl Target {
    fn check(path: &Path, password_file: Option<&Path>) -> Result<Self> {
        let shown = path.display();
        // What a link points to is replaced, not the link; and devices, pipes and folders aren't replaced at all.
        let (path, permissions) = match fs::canonicalize(path) {
            Ok(existing) => {
                let metadata = existing.metadata().map_err(about(path))?;
                if !metadata.is_file() {
                    return Err(format!("{shown}: is there and not a file").into());
                }
                if password_file.and_then(|file| fs::canonicalize(file).ok()).is_some_and(|file| file == existing) {
                    return Err(format!("{shown}: is the file of the password").into());
                }
                (existing, Some(metadata.permissions()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if path.is_symlink() {
                    return Err(format!("{shown}: is a link to nothing").into());
                }
                (path.to_owned(), None)
            }
            Err(error) => return Err(about(path)(error).into()),
        };
        // A path that ends in a slash or a dot has a name before it, but isn't meant to be a file.
        let whole = path.as_os_str().as_encoded_bytes();
        if !path.file_name().is_some_and(|name| whole.ends_with(name.as_encoded_bytes())) {
            return Err(format!("{shown}: is no name for a file").into());
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if !folder.is_dir() {
            return Err(format!("{}: no such folder", folder.display()).into());
        }
        Ok(Target { path, folder, permissions })
    }

    /// Begins to write: a temporary file that nobody else can read. In the end it is given the permissions of the file
    /// that it replaces, or else those for a `new` one.
    fn create(self, new: Option<Permissions>) -> Result<Output> {
        let temporary =
            tempfile::Builder::new().prefix(".encrypt_file-").tempfile_in(&self.folder).map_err(about(&self.folder))?;
        // Ctrl-C and its kin take the temporary file along.
        let path = temporary.path().to_owned();
        ctrlc::set_handler(move || {
            let _ = fs::remove_file(&path);
            eprintln!("encrypt_file: interrupted");
            process::exit(130);
        })?;
        let permissions = self.permissions.or(new);
        Ok(Output { path: self.path, folder: self.folder, temporary, permissions })
    }
}

/// The file that is written: a temporary one that takes its place at the very end, or else disappears.
struct Output {
    path: PathBuf,
    folder: PathBuf,
    temporary: NamedTempFile,
    permissions: Option<Permissions>,
}

impl Output {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.temporary.write_all(bytes).map_err(about(&self.path))?)
    }

    /// Makes sure that everything is on the disk, then gives the file its name.
    fn commit(self) -> Result<()> {
        if let Some(permissions) = self.permissions {
            self.temporary.as_file().set_permissions(permissions_alone(permissions)).map_err(about(&self.path))?;
        }
        self.temporary.as_file().sync_all().map_err(about(&self.path))?;
        self.temporary.persist(&self.path).map_err(|error| about(&self.path)(error.error))?;
        // The name is in the folder, which has to reach the disk too. Not every system lets one open a folder for that.
        if let Ok(folder) = File::open(&self.folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// Who may read and write, without what else Unix keeps in the mode (setuid and its kin).
fn permissions_alone(permissions: Permissions) -> Permissions {
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt;
        Permissions::from_mode(permissions.mode() & 0o777)
    };
    permissions
}

/// Says which file an error is about.
fn about(path: &Path) -> impl Fn(io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}
