//! The server: it prints each text on stdout, and says on stderr what it refuses and why.
//!
//! Whoever sends too much, too slowly or over too many connections is cut off, so that others are served.

use std::{io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::{Body, HttpBody, to_bytes},
    extract::{Query, State},
    http::{
        Method, StatusCode, Uri,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use roundkey::Aes128;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    NAME, OK,
    classic::{self, Error as ClassicError},
    keys::Keys,
    modern::{self, MAX_BODY, REFUSED, Request},
    now_in_milliseconds,
    replays::Replays,
};
use crate::{
    Result,
    terminal::{log, print_async},
};

/// At the same time; others wait until one of these ends.
const MAX_CONNECTIONS: usize = 1024;

/// After that a connection may finish its request and is closed: so none is there for ever, whatever its client does.
const CONNECTION_AGE: Duration = Duration::from_secs(300);

/// For a request's head, of which the URL may take half.
const MAX_HEAD: usize = 1 << 17;

/// Bodies that may be longer than this need one of a few places, or all connections together could take a gigabyte. The
/// others never wait for them.
const SMALL_BODY: u64 = 1 << 16;
const LARGE_BODIES: usize = 64;

/// A client who sends more gets no more of it into our log.
const MAX_LOGGED: usize = 200;

#[derive(Clone, Copy)]
pub struct Limits {
    /// How long a connection may take for the head of a request, or be idle before it.
    pub head: Duration,
    /// How long a request may take after its head until all of it has come.
    pub request: Duration,
    /// How long it may wait for its key then.
    pub key: Duration,
}

/// What the modern form needs.
pub struct Modern {
    name: String,
    keys: Keys,
    replays: Replays,
    limits: Limits,
    large_bodies: Semaphore,
}

/// What becomes of a request that nothing is wrong with.
enum Answer {
    Reply(String),
    /// There is no room or no time for it, and what for.
    Overloaded(&'static str),
}

pub fn modern(server: Modern) -> Router {
    let routes = Router::new().route(modern::PATH, post(receive_modern)).with_state(Arc::new(server));
    with_fallbacks(routes)
}

pub fn classic(key: Aes128) -> Router {
    with_fallbacks(Router::new().route(classic::PATH, get(receive_classic)).with_state(Arc::new(key)))
}

/// One of the connections that there may be. It is free again when nobody has it any more.
#[derive(Clone)]
struct Place(#[expect(dead_code, reason = "it is only held")] Arc<OwnedSemaphorePermit>);

/// Serves until it is dropped. An error with one connection is no reason to end.
pub async fn serve(listener: TcpListener, routes: Router, limits: Limits) -> Result<()> {
    log(&format!("{NAME}: listening on http://{}", listener.local_addr()?));
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let place = connections.clone().acquire_owned().await?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                // What is still done for the connection when it has ended has its place, too.
                let routes = routes.clone().layer(Extension(peer)).layer(Extension(Place(Arc::new(place))));
                tokio::spawn(serve_connection(stream, peer, routes, limits));
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // Too many open files, say: it gets better when connections end.
            Err(error) => {
                log(&format!("{NAME}: can't accept a connection: {error}"));
                sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, routes: Router, limits: Limits) {
    let _ = stream.set_nodelay(true);
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD)
        // Who is done with sending may well wait for the answer.
        .half_close(true)
        // Or the same answer would not always have the same bytes.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let result = match timeout(CONNECTION_AGE, &mut connection).await {
        Ok(result) => result,
        Err(_) => {
            Pin::new(&mut connection).graceful_shutdown();
            timeout(limits.head + limits.request + limits.key, &mut connection).await.unwrap_or(Ok(()))
        }
    };
    let Err(error) = result else { return };
    // What isn't HTTP has been answered already. What of a head had come when the rest didn't is still there: without
    // any the connection was only idle. Other ends have their line already, or nobody who waits.
    let is_cut = error.is_incomplete_message() || error.is_timeout();
    if error.is_parse() || is_cut && !connection.into_parts().read_buf.is_empty() {
        log_refusal(peer, &error);
    }
}

/// For other paths and methods.
fn with_fallbacks(routes: Router) -> Router {
    let refuse = |status: StatusCode, message: &'static str| {
        move |Extension(peer): Extension<SocketAddr>, method: Method, url: Uri| async move {
            log_refusal(peer, &format!("{method} {} is not served here", url.path()));
            json(status, message)
        }
    };
    routes
        .fallback(refuse(StatusCode::NOT_FOUND, r#"{"message": "not found"}"#))
        .method_not_allowed_fallback(refuse(StatusCode::METHOD_NOT_ALLOWED, r#"{"message": "method not allowed"}"#))
}

/// In a task of its own, which ends even if the connection does before: a message is printed, or refused with a line.
async fn receive_modern(
    State(server): State<Arc<Modern>>,
    Extension(peer): Extension<SocketAddr>,
    Extension(place): Extension<Place>,
    body: Body,
) -> Response {
    let answer = tokio::spawn(async move {
        let answer = answer_modern(&server, peer, body).await;
        drop(place);
        answer
    });
    answer.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn answer_modern(server: &Modern, peer: SocketAddr, body: Body) -> Response {
    match server.answer(body).await {
        Ok(Answer::Reply(reply)) => json(StatusCode::OK, reply),
        Ok(Answer::Overloaded(why)) => {
            log_refusal(peer, why);
            // The client may send the same again, as it wasn't taken.
            ([(RETRY_AFTER, "1")], json(StatusCode::SERVICE_UNAVAILABLE, r#"{"message": "overloaded"}"#))
                .into_response()
        }
        Err(error) => {
            log_refusal(peer, &error);
            json(StatusCode::BAD_REQUEST, REFUSED)
        }
    }
}

impl Modern {
    pub fn new(name: &str, keys: Keys, replays: Replays, limits: Limits) -> Self {
        Modern { name: name.to_owned(), keys, replays, limits, large_bodies: Semaphore::new(LARGE_BODIES) }
    }

    /// What costs nothing is checked before the key is derived, and nothing is believed before the tag is verified.
    async fn answer(&self, body: Body) -> Result<Answer> {
        let deadline = Instant::now() + self.limits.request;
        // Until the answer is made.
        let mut _place = None;
        if body.size_hint().upper().is_none_or(|len| len > SMALL_BODY) {
            check_length(&body)?;
            let Ok(place) = timeout_at(deadline, self.large_bodies.acquire()).await else {
                return Ok(Answer::Overloaded("there are too many large messages"));
            };
            _place = Some(place?);
        }
        let request = read(body, deadline).await?;
        let (time, iv) = (request.header.time, &request.sealed.iv);
        self.replays.check(now_in_milliseconds(), time, iv)?;
        let deadline = Instant::now() + self.limits.key;
        let Some(key) = self.keys.get(&request.header, deadline).await? else {
            return Ok(Answer::Overloaded("there are too many keys to derive"));
        };
        let text = request.open(&key, &self.name)?;
        let reply = request.reply(&key, &self.name, OK)?.to_json()?;
        self.replays.take(now_in_milliseconds(), time, iv)?;
        self.keys.keep(&request.header, key);
        print_async(text).await;
        Ok(Answer::Reply(reply))
    }
}

fn check_length(body: &Body) -> Result<()> {
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err("its body is too long".into());
    }
    Ok(())
}

async fn read(body: Body, deadline: Instant) -> Result<Request> {
    let body = timeout_at(deadline, to_bytes(body, MAX_BODY)).await.map_err(|_| "its body doesn't come")?;
    Request::from_json(&body?)
}

async fn receive_classic(
    State(key): State<Arc<Aes128>>,
    Extension(peer): Extension<SocketAddr>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Response {
    let get = |name| parameters.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    let (text, now) = (get("text"), get("now"));
    if text.is_empty() || now.is_empty() {
        log_refusal(peer, "a parameter is missing");
        return json(StatusCode::OK, r#"{"message": "send message"}"#);
    }
    match classic::decrypt(&key, text, now) {
        Ok(text) => {
            print_async(text).await;
            json(StatusCode::OK, r#"{"message": "OK"}"#)
        }
        Err(ClassicError::NotDecrypted(why)) => {
            log_refusal(peer, &format!("it can't be decrypted: {why}"));
            json(StatusCode::BAD_REQUEST, r#"{"message": "error"}"#)
        }
        Err(ClassicError::NotUtf8) => {
            log_refusal(peer, "its text is not UTF-8");
            json(StatusCode::BAD_REQUEST, r#"{"message": "send UTF-8"}"#)
        }
    }
}

fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn log_refusal(peer: SocketAddr, why: &(impl ToString + ?Sized)) {
    let why: String = why.to_string().chars().take(MAX_LOGGED).collect();
    log(&format!("{NAME}: refused {peer}: {why}"));
}
