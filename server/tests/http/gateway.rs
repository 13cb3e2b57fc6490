//! A service that sends messages to phones: it answers HTTP over a real socket, keeps what it was asked, and fails as it is told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use tokio::net::TcpListener;

use crate::smtp::until;

/// What the service answers.
#[derive(Clone, Debug)]
pub enum Says {
    Status(u16),
    /// 200 with this body.
    Body(&'static str),
    /// Leads elsewhere.
    Redirect,
    /// Hangs up in the middle of its answer.
    HangsUp,
    /// Never answers.
    Silent,
}

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Clone, Default)]
struct Shared {
    calls: Arc<Mutex<Vec<Call>>>,
    says: Arc<Mutex<VecDeque<Says>>>,
}

pub struct Gateway {
    pub url: String,
    shared: Shared,
}

impl Gateway {
    /// Answers these one after the other, then 200.
    pub async fn start(says: &[Says]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/send?key=k", listener.local_addr().unwrap());
        let shared = Shared { calls: Arc::default(), says: Arc::new(Mutex::new(says.iter().cloned().collect())) };
        let router = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// Waits for so many calls.
    pub async fn wait(&self, calls: usize) -> Vec<Call> {
        until(async || self.calls().len() >= calls).await;
        self.calls()
    }
}

async fn answer(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    shared.calls.lock().unwrap().push(Call { method, uri, headers, body });
    let says = shared.says.lock().unwrap().pop_front();
    match says {
        None => StatusCode::OK.into_response(),
        Some(Says::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Says::Body(body)) => body.into_response(),
        Some(Says::Redirect) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response(),
        // The connection ends with the panic, before a word was said.
        Some(Says::HangsUp) => panic!("hangs up"),
        Some(Says::Silent) => {
            tokio::time::sleep(Duration::from_mins(5)).await;
            StatusCode::OK.into_response()
        }
    }
}
