//! Behind the code on a booth's poster: whoever scans it gets the booth's stamp for a ticket. A browser that has opened tickets
//! offers them; any other asks for the short code.

use domain::checkin::Verdict;
use leptos::prelude::*;
use services::checkin::stamp::{self, Booth, KeptTicket, Stamped};

use super::{desk, loaded};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, Icon, Notice, NoticeKind, Shape, TextField},
    request::{RequestCx, request},
    routes::{Deed, Page},
    shell::PageHead,
};

/// Name of the form's field with the short code of the ticket.
pub const SHORT_CODE: &str = "ma";

/// Name of the button that stamps a ticket which the browser keeps; its value is the ticket's handle.
pub const KEPT: &str = "the";

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
            Ok::<_, services::Error>((booth, kept))
        }
    };
    loaded(load, move |(booth, kept)| show(&cx, &code, &booth, kept, result))
}

fn show(cx: &RequestCx, code: &str, booth: &Booth, kept: Vec<KeptTicket>, result: Option<Result>) -> AnyView {
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
    let forms = if kept.is_empty() { (!is_done).then(|| form(cx, code)) } else { Some(own(cx, code, kept)) };
    view! {
        <PageHead title=t.title/>
        <div class="stack behind-code">
            <h1>{booth.name.get(locale).to_owned()}</h1>
            {told}
            {forms}
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
        <form class="stack" method="post" action=Deed::ForgetTickets.at(locale, code)>
            <p class="muted">{t.forget_about}</p>
            <p><Button kind=ButtonKind::Second>{t.forget}</Button></p>
        </form>
    }
    .into_any()
}

fn form(cx: &RequestCx, code: &str) -> AnyView {
    let t = &cx.texts().stamps;
    let labels = vec![(SHORT_CODE, t.short_code)];
    view! {
        <p>{t.lead}</p>
        <ErrorSummary form=cx.form.clone() labels/>
        <form class="form" method="post" action=Page::Stamp.at(cx.locale(), code)>
            <TextField field=cx.form.field(SHORT_CODE) label=t.short_code hint=t.short_code_hint autocomplete="off"/>
            <p><Button>{t.stamp}</Button></p>
        </form>
    }
    .into_any()
}
