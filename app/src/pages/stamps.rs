//! Behind the code on a booth's poster: whoever scans it gets the booth's stamp for a ticket.

use domain::checkin::Verdict;
use leptos::prelude::*;
use services::checkin::stamp::{self, Booth, Stamped};

use super::{desk, loaded};
use crate::{
    components::{Button, ErrorSummary, Notice, NoticeKind, TextField},
    request::{RequestCx, request},
    routes::Page,
    shell::PageHead,
};

/// Name of the form's field with the short code of the ticket.
pub const SHORT_CODE: &str = "ma";

/// Name of the form's hidden field with the scan's id, made with the page: the form sent twice is one scan.
pub const SCAN: &str = "scan";

/// What a stamp on this page came to. Whoever takes the form provides it as context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Result(pub Stamped);

/// `code` is the booth's.
pub fn page(code: &str) -> AnyView {
    let cx = request();
    let result = use_context::<Result>();
    let (services, code) = (cx.services.clone(), code.to_owned());
    let load = {
        let code = code.clone();
        async move { stamp::booth(&services, &code).await }
    };
    loaded(load, move |booth| show(&cx, &code, &booth, result))
}

fn show(cx: &RequestCx, code: &str, booth: &Booth, result: Option<Result>) -> AnyView {
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
    let form = (!is_done).then(|| form(cx, code));
    view! {
        <PageHead title=t.title/>
        <div class="stack behind-code">
            <h1>{t.title}": "{booth.name.get(locale).to_owned()}</h1>
            {told}
            {form}
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

fn form(cx: &RequestCx, code: &str) -> AnyView {
    let t = &cx.texts().stamps;
    let scan = match cx.form.values.get(SCAN) {
        "" => cx.services.new_id().to_string(),
        posted => posted.to_owned(),
    };
    let labels = vec![(SHORT_CODE, t.short_code)];
    view! {
        <p>{t.lead}</p>
        <ErrorSummary form=cx.form.clone() labels/>
        <form class="form" method="post" action=Page::Stamp.at(cx.locale(), code)>
            <input type="hidden" name=SCAN value=scan autocomplete="off"/>
            <TextField field=cx.form.field(SHORT_CODE) label=t.short_code hint=t.short_code_hint autocomplete="off"/>
            <p><Button>{t.stamp}</Button></p>
        </form>
    }
    .into_any()
}
