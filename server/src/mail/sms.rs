//! The service that takes SMS or Zalo messages: one HTTP call for each, as its operator wrote it down.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::{Client, redirect::Policy};
use services::mail::Outcome;
use url::{Host, Url};

/// How long the service may take to be reached, and to answer. Far below the lease of a message.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of an answer is looked at, in bytes.
const ANSWER_MAX: usize = 64 * 1024;

/// What a call may name.
const SLOTS: [(&str, Slot); 4] = [("{phone}", Slot::Phone), ("{digits}", Slot::Digits), ("{text}", Slot::Text), ("{id}", Slot::Id)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// `+84912345678`.
    Phone,
    /// `84912345678`.
    Digits,
    Text,
    /// The message's own id, the same however often it is tried.
    Id,
}

/// A text with slots, parsed once: what is filled in is never looked at for slots.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((at, name, slot)) =
            SLOTS.iter().filter_map(|(name, slot)| Some((rest.find(name)?, *name, *slot))).min_by_key(|found| found.0)
        {
            pieces.push(Piece::Text(rest[..at].to_owned()));
            pieces.push(Piece::Slot(slot));
            rest = &rest[at + name.len()..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self(pieces)
    }

    fn names(&self, slot: Slot) -> bool {
        self.0.contains(&Piece::Slot(slot))
    }

    fn fill(&self, message: &Message<'_>, escape: impl Fn(&str) -> String) -> String {
        let written = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Slot(slot) => escape(message.value(*slot)),
        };
        self.0.iter().map(written).collect()
    }
}

/// One message to one phone.
#[derive(Clone, Copy)]
struct Message<'a> {
    /// As E.164, with the plus.
    phone: &'a str,
    text: &'a str,
    id: &'a str,
}

impl<'a> Message<'a> {
    fn value(&self, slot: Slot) -> &'a str {
        match slot {
            Slot::Phone => self.phone,
            Slot::Digits => self.phone.trim_start_matches('+'),
            Slot::Text => self.text,
            Slot::Id => self.id,
        }
    }
}

/// How values are written into the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// Inside a JSON string.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl Encoding {
    fn escape(self, text: &str) -> String {
        match self {
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
            Self::Form => form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        }
    }
}

/// What is wrong with the settings of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Url,
    Headers,
    Body,
}

/// Where messages to phones go, and how.
#[derive(Clone)]
pub struct Sms {
    client: Client,
    url: Url,
    headers: Vec<(HeaderName, Pattern)>,
    body: Pattern,
    encoding: Encoding,
    /// What an answer holds only if the message was taken, without white space.
    taken: Option<String>,
    /// Whether texts keep their Vietnamese marks.
    pub with_marks: bool,
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms").field("host", &self.url.host_str()).field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

impl Sms {
    /// Reads the settings: the address; headers as `Name: value`, one a line or with `;` between; the body with `{text}` and
    /// `{phone}` or `{digits}`, and `{id}` where the service drops repeats by it.
    ///
    /// # Errors
    /// [`Fault`]: an address that is not `https` (or `http` on this machine), a header that is none, a body without the
    /// placeholders or that is no JSON once filled in.
    pub fn parse(url: &str, headers: &str, body: &str, taken: &str, with_marks: bool) -> Result<Self, Fault> {
        let url = Url::parse(url.trim()).map_err(|_| Fault::Url)?;
        let is_here = match url.host().ok_or(Fault::Url)? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(Fault::Url);
        }
        let mut headers = read_headers(headers).ok_or(Fault::Headers)?;
        let media_type = headers.iter().find(|(name, _)| name == header::CONTENT_TYPE).map(|(_, value)| value.clone());
        let encoding = match media_type {
            None => {
                headers.push((header::CONTENT_TYPE, Pattern::parse("application/json")));
                Encoding::Json
            }
            Some(Pattern(pieces)) => match pieces.as_slice() {
                [Piece::Text(text)] if text.starts_with("application/json") => Encoding::Json,
                [Piece::Text(text)] if text.starts_with("application/x-www-form-urlencoded") => Encoding::Form,
                _ => return Err(Fault::Headers),
            },
        };
        let body = Pattern::parse(body.trim());
        let is_addressed = body.names(Slot::Phone) || body.names(Slot::Digits);
        let example = Message { phone: "+84912345678", text: "\"", id: "" };
        let is_whole = encoding == Encoding::Form
            || serde_json::from_str::<serde_json::Value>(&body.fill(&example, |text| encoding.escape(text))).is_ok();
        if !body.names(Slot::Text) || !is_addressed || !is_whole {
            return Err(Fault::Body);
        }
        let taken = Some(without_space(taken)).filter(|text| !text.is_empty());
        // Set already where something else of this program speaks TLS; it is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().connect_timeout(CONNECT_PATIENCE).timeout(PATIENCE).redirect(Policy::none()).build();
        Ok(Self { client: client.map_err(|_| Fault::Url)?, url, headers, body, encoding, taken, with_marks })
    }

    /// Whether the service hears the message's id, and so drops a repeat of what it has taken.
    fn drops_repeats(&self) -> bool {
        self.body.names(Slot::Id) || self.headers.iter().any(|(_, value)| value.names(Slot::Id))
    }

    /// Sends a text to a phone, written as E.164, and hears whether the service took it.
    ///
    /// Where it hears the id, an attempt without an answer is made again; where it does not, nobody knows what became of it.
    pub async fn send(&self, phone: &str, text: &str, id: &str) -> Outcome {
        let message = Message { phone, text, id };
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            // What fills a header in are digits and ids: no header can be broken by them.
            let Ok(mut value) = HeaderValue::try_from(value.fill(&message, str::to_owned)) else {
                return Outcome::Refused("sms header".into());
            };
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        let body = self.body.fill(&message, |text| self.encoding.escape(text));
        let lost = |why: &str| {
            let why = format!("sms {why}");
            if self.drops_repeats() { Outcome::Later(why) } else { Outcome::Unclear(why) }
        };
        let mut answer = match self.client.post(self.url.clone()).headers(headers).body(body).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Outcome::Later("sms connect".into()),
            Err(error) if error.is_timeout() => return lost("timeout"),
            Err(_) => return lost("network"),
        };
        let status = answer.status();
        if !status.is_success() {
            let why = format!("sms {}", status.as_u16());
            let is_passing = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
            return if is_passing { Outcome::Later(why) } else { Outcome::Refused(why) };
        }
        let Some(taken) = &self.taken else { return Outcome::Sent };
        let mut said = Vec::new();
        while said.len() < ANSWER_MAX {
            match answer.chunk().await {
                Ok(Some(chunk)) => said.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return lost(if error.is_timeout() { "timeout" } else { "network" }),
            }
        }
        if without_space(&String::from_utf8_lossy(&said)).contains(taken) { Outcome::Sent } else { Outcome::Later("sms not-taken".into()) }
    }
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

fn read_headers(text: &str) -> Option<Vec<(HeaderName, Pattern)>> {
    let lines = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once(':')?;
            let value = value.trim();
            let pattern = Pattern::parse(value);
            let is_plain = HeaderValue::from_str(value).is_ok() && !pattern.names(Slot::Text);
            is_plain.then_some((HeaderName::try_from(name.trim()).ok()?, pattern))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"to":"{digits}","text":"{text}","ref":"{id}"}"#;

    fn read(url: &str, headers: &str, body: &str) -> Result<Sms, Fault> {
        Sms::parse(url, headers, body, "", false)
    }

    fn body(headers: &str, body: &str, text: &str) -> String {
        let sms = read("https://sms.example.vn/send", headers, body).unwrap();
        sms.body.fill(&Message { phone: "+84912345678", text, id: "7" }, |value| sms.encoding.escape(value))
    }

    #[test]
    fn values_are_escaped_as_the_body_asks_and_filled_in_once() {
        let text = "\"},{id} & \\ \n100%";
        assert_eq!(body("", JSON, text), r#"{"to":"84912345678","text":"\"},{id} & \\ \n100%","ref":"7"}"#);
        let form = "Content-Type: application/x-www-form-urlencoded";
        assert_eq!(body(form, "to={phone}&text={text}", text), "to=%2B84912345678&text=%22%7D%2C%7Bid%7D+%26+%5C+%0A100%25");
    }

    #[test]
    fn calls_that_cannot_work_are_refused_by_the_setting_that_is_wrong() {
        for url in ["sms.example.vn", "http://sms.example.vn", "ftp://127.0.0.1", "http://10.0.0.1", "https://"] {
            assert_eq!(read(url, "", JSON).unwrap_err(), Fault::Url, "{url}");
        }
        assert!(read("http://127.0.0.1:9/x", "", JSON).is_ok() && read("http://[::1]/", "", JSON).is_ok());
        for headers in ["Authorization", "a b: c", "X: {text}", "Content-Type: text/xml", "Content-Type: {id}", "X: à\u{7f}"] {
            assert_eq!(read("https://a.vn", headers, JSON).unwrap_err(), Fault::Headers, "{headers}");
        }
        assert!(read("https://a.vn", "Authorization: Bearer x; X-Id: {id}\n\nX-Y: z", JSON).is_ok());
        for body in ["", "{text}", "\"{phone}\"", r#"{"to":{phone},"text":"{text}""#, r#"{"to":"{phone}","text":{text}}"#] {
            assert_eq!(read("https://a.vn", "", body).unwrap_err(), Fault::Body, "{body}");
        }
    }

    #[test]
    fn the_key_of_the_service_is_never_printed() {
        let sms = read("https://u:hunter2@a.vn/?key=hunter2", "Authorization: hunter2", JSON).unwrap();
        assert!(!format!("{sms:?}").contains("hunter2"));
    }
}
