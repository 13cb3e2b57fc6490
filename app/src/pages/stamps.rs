//! Behind the code on a booth's poster: whoever scans it gets the booth's stamp for a ticket. A browser that has opened tickets
//! offers them; any other asks for the short code.

use domain::{checkin::Verdict, text::Locale};
use leptos::{nonce::use_nonce, prelude::*};
use services::checkin::stamp::{self, Booth, KeptTicket, Stamped};

use super::{desk, loaded};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, Icon, Notice, NoticeKind, Shape, TextField},
    request::{RequestCx, request},
    routes::{self, Deed, Page},
    shell::PageHead,
};

/// Name of the form's field with the short code of the ticket.
pub const SHORT_CODE: &str = "ma";

/// Name of the hidden field that tells one form from another, so that who guesses codes holds up nobody else.
pub const FORM_KEY: &str = "khoa";

/// Name of the button that stamps a ticket which the browser keeps; its value is the ticket's handle.
pub const KEPT: &str = "the";

/// Stands for how many stamps wait; frontend/stamps/page.js puts the number in its place.
const WAITING: &str = "{n}";

/// What a stamp on this page came to. Whoever takes the form provides it as context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Result(pub Stamped);

/// `code` is the booth's.
pub fn page(code: &str) -> AnyView {
    let cx = request();
    let result = use_context::<Result>();
    let code = code.to_owned();
    let load = {
        let (cx, code) = (cx.clone(), code.clone());
        async move {
            let booth = stamp::booth(&cx.services, &code).await?;
            let kept = stamp::kept(&cx.services, &cx.stamp_tokens, &booth).await?;
            Ok::<_, services::Error>((booth, kept, stamp::booths(&cx.services).await?))
        }
    };
    loaded(load, move |(booth, kept, booths)| show(&cx, &code, &booth, kept, booths, result))
}

/// What stands in for the page without a network: nothing of any person. The script keeps the stamp.
pub fn shell() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    let load = async move { stamp::booths(&services).await };
    loaded(load, move |booths| {
        let t = &cx.texts().stamps;
        view! {
            <PageHead title=t.title/>
            <div class="stack behind-code">
                <h1 id="no-network">{t.offline}</h1>
                <p id="no-network-lead">{t.offline_lead}</p>
                {waiting(&cx, booths, Remembers::StandsIn)}
            </div>
        }
        .into_any()
    })
}

/// What a page knows of the tickets that the browser keeps, by their handles. The script remembers them: a stamp that is made
/// while there is only one is that one's, whichever others are opened before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembers {
    /// Nothing: the page is opened in place of a booth's, whose stamp is to be kept.
    StandsIn,
    /// All of them.
    All(Vec<String>),
    /// This one, if it is kept, beside others.
    One(Option<String>),
}

/// Stamps that the browser keeps until there is a network; the script fills it in and shows it.
pub fn waiting(cx: &RequestCx, booths: Vec<Booth>, remembers: Remembers) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().stamps;
    // Posters have one address, whatever the reader's language: the shell kept for it is of this one.
    let scope = Page::Stamp.pattern(Locale::Vi).trim_end_matches("{code}");
    let worker = format!("{}?{}", routes::STAMP_WORKER, locale.tag());
    let stands_in = remembers == Remembers::StandsIn;
    let (all, one) = match remembers {
        Remembers::StandsIn => (None, None),
        Remembers::All(handles) => (Some(handles.join(" ")), None),
        Remembers::One(handle) => (None, handle),
    };
    let names = booths
        .into_iter()
        .map(|booth| view! { <li data-booth=booth.id.0.simple().to_string()>{booth.name.get(locale).to_owned()}</li> })
        .collect_view();
    view! {
        <section
            id="kept-stamps"
            class="stack"
            hidden
            data-scope=scope
            data-send=routes::kept_stamps(locale)
            data-worker=worker
            data-waits=t.waits
            data-booth=t.some_booth
            data-shell=stands_in.then_some(t.title)
            data-tickets=all
            data-ticket=one
        >
            <h2>{t.waiting}</h2>
            <div role="status" data-part="told"></div>
            <ul class="my-sessions" data-part="list"></ul>
            <div class="actions" data-part="choice"></div>
            <ul hidden>{names}</ul>
        </section>
        <script r#type="module" src=cx.assets.stamps.clone() nonce=use_nonce()></script>
    }
    .into_any()
}

fn show(cx: &RequestCx, code: &str, booth: &Booth, kept: Vec<KeptTicket>, booths: Vec<Booth>, result: Option<Result>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().stamps;
    let is_done = matches!(result, Some(Result(Stamped::Since(_))));
    let told = result.map(|Result(stamped)| match stamped {
        Stamped::Since(at) => {
            let stamped = (t.stamped)(&desk::moment_text(at));
            view! { <Notice kind=NoticeKind::Success><p role="status"><strong>{stamped}</strong></p></Notice> }.into_any()
        }
        Stamped::Refused(verdict) => refused(cx, &verdict),
    });
    let remembers = Remembers::All(kept.iter().map(|ticket| ticket.handle.clone()).collect());
    let forms = if kept.is_empty() { (!is_done).then(|| form(cx, code)) } else { Some(own(cx, code, kept)) };
    view! {
        <PageHead title=t.title/>
        <div class="stack behind-code">
            <h1>{booth.name.get(locale).to_owned()}</h1>
            {told}
            {forms}
            {waiting(cx, booths, remembers)}
        </div>
    }
    .into_any()
}

fn refused(cx: &RequestCx, verdict: &Verdict) -> AnyView {
    let t = &cx.texts().stamps;
    let (word, sentence) = verdict.to_visitor(cx.locale());
    view! {
        <Notice kind=NoticeKind::Warning>
            <p role="status"><strong>{t.not_stamped}": "{word}</strong></p>
            <p>{sentence}</p>
        </Notice>
    }
    .into_any()
}

/// The tickets that the browser keeps, each with its button, and the way to use another.
fn own(cx: &RequestCx, code: &str, kept: Vec<KeptTicket>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().stamps;
    let rows = kept
        .into_iter()
        .map(|KeptTicket { handle, masked_name, tail, at }| {
            let who = format!("{masked_name} · …{tail}");
            let does = match at {
                Some(at) => {
                    let stamped = (t.stamped)(&desk::moment_text(at));
                    view! { <p class="status"><Icon shape=Shape::Check/><strong>{who}</strong></p><p>{stamped}</p> }.into_any()
                }
                None => view! { <Button name=KEPT value=handle>{(t.stamp_for)(&who)}</Button> }.into_any(),
            };
            view! { <li>{does}</li> }
        })
        .collect_view();
    let is_typed = !cx.form.errors.0.is_empty() || !cx.form.values.get(SHORT_CODE).is_empty();
    view! {
        <p>{t.kept_lead}</p>
        <form method="post" action=Page::Stamp.at(locale, code)><ul class="my-sessions">{rows}</ul></form>
        <details class="ask" open=is_typed><summary>{t.other_ticket}</summary>{form(cx, code)}</details>
        <form id="forget-tickets" class="stack" method="post" action=Deed::ForgetTickets.at(locale, code)>
            <p class="muted">{t.forget_about}</p>
            <p hidden data-waiting=(t.forget_waiting)(WAITING)></p>
            <p><Button kind=ButtonKind::Second>{t.forget}</Button></p>
        </form>
    }
    .into_any()
}

fn form(cx: &RequestCx, code: &str) -> AnyView {
    let t = &cx.texts().stamps;
    let labels = vec![(SHORT_CODE, t.short_code)];
    let key = match cx.form.values.get(FORM_KEY) {
        "" => cx.services.new_id().to_string(),
        key => key.to_owned(),
    };
    view! {
        <p>{t.lead}</p>
        <ErrorSummary form=cx.form.clone() labels/>
        <form class="form" method="post" action=Page::Stamp.at(cx.locale(), code)>
            <input type="hidden" name=FORM_KEY value=key autocomplete="off"/>
            <TextField field=cx.form.field(SHORT_CODE) label=t.short_code hint=t.short_code_hint autocomplete="off"/>
            <p><Button>{t.stamp}</Button></p>
        </form>
    }
    .into_any()
}
