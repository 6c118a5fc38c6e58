//! Starts hybrid_socket, and talks to it.

use std::{
    env, fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use messages::hybrid_socket::modern::{self, Channel, Message};
use tempfile::TempDir;

/// Far more than anything takes, even on a machine that has other things to do.
pub const LONG: Duration = Duration::from_secs(60);

pub const MODERN: &[&str] = &[];
pub const CLASSIC: &[&str] = &["--classic"];
pub const FORMS: [&[&str]; 2] = [MODERN, CLASSIC];

/// The program.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hybrid_socket"))
}

/// A folder with a key pair that the program made, one for all tests.
pub fn keys() -> &'static Path {
    static KEYS: OnceLock<PathBuf> = OnceLock::new();
    KEYS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hybrid_socket_keys");
        let _ = fs::remove_dir_all(&folder);
        let made = program().arg("keygen").arg(&folder).output().unwrap();
        assert!(made.status.success() && made.stdout.is_empty() && made.stderr.is_empty(), "{made:?}");
        folder
    })
}

/// Waits until there is something.
pub fn wait_for<T>(what: &str, mut get: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(result) = get() {
            return result;
        }
        assert!(start.elapsed() < LONG, "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A server, as long as this is there.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    folder: TempDir,
    options: Vec<String>,
}

impl Server {
    pub fn start(options: &[&str]) -> Self {
        Self::with_keys(keys(), options)
    }

    pub fn with_keys(keys: &Path, options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = |name: &str| Stdio::from(fs::File::create(folder.path().join(name)).unwrap());
        let mut command = program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--key"]).arg(keys.join("private.pem")).args(options);
        let mut child = command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        let address = wait_for("the server's address", || {
            let log = fs::read_to_string(folder.path().join("stderr")).unwrap();
            assert!(child.try_wait().unwrap().is_none(), "{log}");
            let (_, address) = log.split_once("hybrid_socket: listening on ")?;
            address.strip_suffix('\n')?.parse().ok()
        });
        Server { child, address, folder, options: options.iter().map(|option| option.to_string()).collect() }
    }

    /// What it has printed.
    pub fn printed(&self) -> Vec<String> {
        self.lines("stdout")
    }

    /// What it has logged since it listens.
    pub fn log(&self) -> Vec<String> {
        let lines = self.lines("stderr").into_iter();
        lines.skip_while(|line| !line.starts_with("hybrid_socket: listening on ")).skip(1).collect()
    }

    /// Those that are complete: the end of a file may be half of what is just being written.
    fn lines(&self, file: &str) -> Vec<String> {
        let text = fs::read(self.folder.path().join(file)).unwrap();
        let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        str::from_utf8(&text[..complete]).unwrap().lines().map(str::to_owned).collect()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.set_write_timeout(Some(LONG)).unwrap();
        stream
    }

    /// Sends with the program.
    pub fn send(&self, texts: &[&str]) -> Output {
        let mut options = self.options.clone();
        options.retain(|option| option == "--classic");
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        send(self.address, keys(), &options, texts)
    }

    /// That it still does what it is there for.
    pub fn serves(&self) {
        let result = self.send(&["still there?"]);
        assert!(result.status.success(), "{result:?}");
        assert!(String::from_utf8(result.stdout).unwrap().ends_with(": still there?\n"));
        assert_eq!(self.printed().last().map(String::as_str), Some("still there?"));
    }

    /// That this was refused: closed without a word, with one line in the log that is about this client, and says why.
    pub fn refuses(&self, mut stream: TcpStream, because: &str) {
        let peer = stream.local_addr().unwrap();
        assert_eq!(rest(&mut stream), b"", "{because}");
        let prefix = format!("hybrid_socket: {peer}: ");
        // The server doesn't wait for its log to be written.
        let lines = wait_for("the line in the log", || {
            Some(self.log()).filter(|lines| lines.iter().any(|line| line.starts_with(&prefix)))
        });
        let about: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix(&prefix)).collect();
        assert!(about.len() == 1 && about[0].contains(because), "{because}: {about:?}");
        let address = "hybrid_socket: 127.0.0.1:";
        assert!(lines.iter().all(|line| line.starts_with(address)), "{lines:?}");
    }

    /// The most memory that it has ever had, in KiB.
    #[cfg(target_os = "linux")]
    pub fn most_memory(&self) -> u64 {
        super::memory::most(self.child.id()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends with the program.
pub fn send(to: SocketAddr, keys: &Path, options: &[&str], texts: &[&str]) -> Output {
    let mut command = program();
    command.args(["send", "--to", &to.to_string(), "--key"]).arg(keys.join("public.pem")).args(options);
    command.arg("--").args(texts).stdin(Stdio::null()).output().unwrap()
}

/// All that comes until the connection is closed, in whatever way.
pub fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    all
}

pub fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut len = [0; 4];
    stream.read_exact(&mut len).unwrap();
    let mut content = vec![0; modern::frame_len(len, modern::MAX_FRAME).unwrap()];
    stream.read_exact(&mut content).unwrap();
    content
}

pub fn write_frame(stream: &mut TcpStream, content: &[u8]) {
    stream.write_all(&modern::frame(content).unwrap()).unwrap();
}

/// A client of the modern form, whose every step can be gone wrong.
pub struct Client {
    pub stream: TcpStream,
    pub channel: Channel,
}

impl Client {
    pub fn new(server: &Server) -> Self {
        let mut stream = server.connect();
        let hello = read_frame(&mut stream);
        let public = messages::keys::read_public(&keys().join("public.pem")).unwrap();
        let public = aws_lc_rs::rsa::OaepPublicEncryptingKey::new(public).unwrap();
        let (wrapped, channel) = modern::answer(&public, &hello).unwrap();
        write_frame(&mut stream, &wrapped);
        Client { stream, channel }
    }

    pub fn seal(&mut self, text: &str) -> Vec<u8> {
        self.channel.seal(Message::Text(text)).unwrap()
    }

    pub fn write(&mut self, text: &str) {
        let sealed = self.seal(text);
        write_frame(&mut self.stream, &sealed);
    }

    pub fn read(&mut self) -> Message<String> {
        self.channel.open(&read_frame(&mut self.stream)).unwrap()
    }

    pub fn exchange(&mut self, text: &str) {
        self.write(text);
        assert_eq!(self.read(), Message::Text(format!("received: {text}")));
    }

    pub fn end(mut self) {
        let sealed = self.channel.seal(Message::End).unwrap();
        write_frame(&mut self.stream, &sealed);
        assert_eq!(self.read(), Message::End);
        assert_eq!(rest(&mut self.stream), b"");
    }
}
