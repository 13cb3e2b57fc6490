//! Whether a certificate of attendance is genuine: behind the code on it, for anybody.

use leptos::prelude::*;
use services::checkin::certificate;

use super::loaded;
use crate::{
    components::{Notice, NoticeKind},
    i18n,
    request::request,
    shell::PageHead,
};

/// `code` is the certificate's.
pub fn check(code: &str) -> AnyView {
    let cx = request();
    let (services, code) = (cx.services.clone(), code.to_owned());
    let load = async move { certificate::check(&services, &code).await };
    loaded(load, move |genuine| {
        let locale = cx.locale();
        let t = &cx.texts().certificates;
        let rows = [
            (t.number, genuine.number),
            (t.holder, genuine.masked_name),
            (t.event, genuine.edition.name.get(locale).to_owned()),
            (t.attended_on, i18n::date(locale, genuine.attended_on)),
            (t.issuer, genuine.edition.managing_body.get(locale).to_owned()),
        ];
        view! {
            <PageHead title=t.check/>
            <article class="reading">
                <h1>{t.title}</h1>
                <Notice kind=NoticeKind::Success><p><strong>{t.genuine}</strong>" "{t.genuine_text}</p></Notice>
                <dl class="entered">
                    {rows.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}
                </dl>
                <p class="muted">{t.masked}</p>
            </article>
        }
        .into_any()
    })
}
