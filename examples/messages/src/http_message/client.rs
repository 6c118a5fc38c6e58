//! The client: it sends texts and believes only the right reply.

use std::{
    error::Error,
    thread::sleep,
    time::{Duration, Instant},
};

use roundkey::{Aes128, cbc_hmac::Key};
use serde::Deserialize;
use ureq::{
    Agent, Body,
    http::{Response, StatusCode, Uri, header::RETRY_AFTER},
};

use super::{
    OK, classic,
    modern::{self, Header, MAX_BODY, Request, Salt, Sealed, derive},
    now, now_in_milliseconds,
};
use crate::Result;

/// For a message, however often it is sent.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How often a message is sent at most to a server that says when to try again, and the longest pause before that.
const ATTEMPTS: usize = 5;
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// A server closes connections that are idle; after so long a new one is made, rather than running into that.
const IDLE: Duration = Duration::from_secs(2);

const MAX_REPLY: u64 = 1 << 16;

/// Something that sends texts, and gives the reply's.
pub trait Client {
    fn send(&self, text: &str) -> Result<String>;
}

pub struct Modern {
    agent: Agent,
    url: String,
    name: String,
    salt: Salt,
    iterations: u32,
    key: Key,
}

impl Modern {
    /// One key for all texts.
    pub fn new(url: &str, name: &str, password: &str, salt: Salt, iterations: u32) -> Result<Self> {
        let url = with_path(url, modern::PATH)?;
        let key = derive(password, &salt, iterations);
        Ok(Modern { agent: agent(), url, name: name.to_owned(), salt, iterations, key })
    }
}

impl Client for Modern {
    fn send(&self, text: &str) -> Result<String> {
        let header = Header { salt: self.salt.clone(), iterations: self.iterations, time: now_in_milliseconds() };
        let request = Request::seal(&self.key, &self.name, header, text)?;
        let json = request.to_json()?;
        if json.len() > MAX_BODY {
            return Err(format!("a text of {} bytes is too long: the message may have {MAX_BODY}", text.len()).into());
        }
        let response = self.post(&json)?;
        let status = response.status();
        let body = body(response).map_err(|error| at(&self.url, &error))?;
        if status != StatusCode::OK {
            return Err(refusal(status, &body));
        }
        // Whoever answers `OK` without the password is not the server.
        let reply = Sealed::from_json(&body).map_err(|error| format!("the server's reply is wrong: {error}"))?;
        let text = request.open_reply(&self.key, &self.name, &reply);
        Ok(text.map_err(|error| format!("the server's reply is wrong: {error}"))?)
    }
}

impl Modern {
    /// The same bytes each time: what was refused for lack of time wasn't taken, and if it was, it is not taken twice.
    fn post(&self, json: &str) -> Result<Response<Body>> {
        let deadline = Instant::now() + TIMEOUT;
        let mut attempts = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let request = self.agent.post(&self.url).config().timeout_global(Some(left)).build();
            let response = request.content_type("application/json").send(json);
            let response = response.map_err(|error| at(&self.url, &error))?;
            attempts += 1;
            match pause(&response) {
                Some(pause) if attempts < ATTEMPTS && Instant::now() + pause < deadline => sleep(pause),
                _ => return Ok(response),
            }
        }
    }
}

/// After which time the server wants to be asked again, if it does.
fn pause(response: &Response<Body>) -> Option<Duration> {
    if response.status() != StatusCode::SERVICE_UNAVAILABLE {
        return None;
    }
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_PAUSE))
}

pub struct Classic {
    agent: Agent,
    url: String,
    key: Aes128,
}

impl Classic {
    pub fn new(url: &str, password: &str, salt: &[u8]) -> Result<Self> {
        Ok(Classic { agent: agent(), url: with_path(url, classic::PATH)?, key: classic::derive(password, salt) })
    }
}

impl Client for Classic {
    fn send(&self, text: &str) -> Result<String> {
        if text.len() > classic::MAX_TEXT {
            let most = classic::MAX_TEXT;
            return Err(format!("a text of {} bytes is too long for a URL: {most} are allowed", text.len()).into());
        }
        let stamp = classic::stamp(now().as_secs());
        let encrypted = classic::encrypt(&self.key, text, &stamp);
        let response = self.agent.get(&self.url).query("text", encrypted).query("now", stamp).call();
        let response = response.map_err(|error| at(&self.url, &error))?;
        let status = response.status();
        let body = body(response).map_err(|error| at(&self.url, &error))?;
        // `send message` is a refusal, though with status 200.
        match message(&body) {
            Some(message) if status == StatusCode::OK && message == OK => Ok(message),
            _ => Err(refusal(status, &body)),
        }
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_idle_age(IDLE)
        .http_status_as_error(false)
        // A message goes where it was meant to go, or nowhere.
        .max_redirects(0)
        // Whatever proxy the environment names: it would learn who talks to whom, and the classic form's text.
        .proxy(None)
        .build()
        .into()
}

/// The URL with this path, if it has none, and without a slash at its end, where nothing is served.
fn with_path(url: &str, path: &str) -> Result<String> {
    let parsed: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
    if parsed.scheme_str() != Some("http") {
        return Err(format!("{url}: a URL begins with http:// here").into());
    }
    if parsed.query().is_some() {
        return Ok(url.to_owned());
    }
    let trimmed = url.trim_end_matches('/');
    let has_path = !parsed.path().trim_end_matches('/').is_empty();
    Ok(if has_path { trimmed.to_owned() } else { format!("{trimmed}{path}") })
}

fn body(mut response: Response<Body>) -> std::result::Result<Vec<u8>, ureq::Error> {
    response.body_mut().with_config().limit(MAX_REPLY).read_to_vec()
}

/// Not the whole URL of a request: the classic form's has the text in it.
fn at(url: &str, error: &ureq::Error) -> String {
    format!("{url}: {error}")
}

/// What a server says in the clear.
fn message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Reply {
        message: String,
    }
    serde_json::from_slice(body).ok().map(|Reply { message }| message)
}

fn refusal(status: StatusCode, body: &[u8]) -> Box<dyn Error + Send + Sync> {
    let said = message(body).map(|message| format!(": {message}")).unwrap_or_default();
    format!("the server refused the message with status {}{said}", status.as_u16()).into()
}

#[cfg(test)]
mod tests {
    use super::with_path;

    #[test]
    fn a_path_is_added_to_a_url_without_one() {
        for (url, whole) in [
            ("http://localhost:80", "http://localhost:80/message"),
            ("http://localhost/", "http://localhost/message"),
            ("http://[::1]:8080", "http://[::1]:8080/message"),
            ("http://localhost/message", "http://localhost/message"),
            ("http://localhost/message/", "http://localhost/message"),
            ("http://localhost//", "http://localhost/message"),
            ("http://localhost/?a=/", "http://localhost/?a=/"),
            ("http://localhost/api/get", "http://localhost/api/get"),
        ] {
            assert_eq!(with_path(url, "/message").unwrap(), whole);
        }
        for wrong in ["", "localhost:80", "/message", "https://localhost", "ftp://localhost", "http://", "http://a b"] {
            assert!(with_path(wrong, "/message").is_err(), "{wrong}");
        }
    }
}
