//! The organisers' desk for messages: the outbox, the templates, mailings to a group.

mod mailing;
mod template;

use domain::{
    access::Action,
    mail::{Block, Channel, Document, MessageKind, MessageState, Run},
    text::Locale,
};
use leptos::prelude::*;
use services::mail::{self, LetterFacts, MailingPreview, MailingRow, MessageRow, Outbox};

pub use mailing::page as mailing;
pub use template::page as template;

use super::desk::{self, Desk};
use crate::{
    components::{ButtonLink, DataTable, EmptyState, Notice, NoticeKind, Stat, StatNumbers},
    i18n,
    pages::loaded,
    request::{RequestCx, request},
    routes::{Deed, Page},
};

/// Name of the button that says what the form is posted for, and its values.
pub const ACTION: &str = "action";
pub const PREVIEW: &str = "preview";
pub const SEND: &str = "send";

/// Name of the hidden field of a mailing's form, made with it: the form sent twice is one mailing.
pub const KEY: &str = "key";

/// What a mailing would do now. Whoever takes its form provides it as context and answers with the page.
#[derive(Clone, Debug)]
pub struct Shown(pub MailingPreview);

/// The kind and the language that a template's address names.
pub fn template_of(name: &str) -> Option<(MessageKind, Locale)> {
    let (kind, locale) = name.split_once('.')?;
    Some((MessageKind::from_key(kind).filter(|kind| kind.has_template())?, Locale::from_tag(locale)?))
}

fn name_of(kind: MessageKind, locale: Locale) -> String {
    format!("{}.{}", kind.key(), locale.tag())
}

/// The outbox: what waits, what failed, what was sent to groups, the templates.
pub fn outbox() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move { mail::outbox(&cx.services, &cx.actor).await }
    };
    loaded(load, move |outbox| {
        let locale = cx.locale();
        let t = &cx.texts().messages;
        let action = view! { <ButtonLink href=Page::Mailing.path(locale)>{t.new_mailing}</ButtonLink> };
        let stats: Vec<_> =
            outbox.counts.iter().map(|(state, number)| Stat { number: *number, text: (t.state)(*state).to_owned() }).collect();
        let numbers = if stats.is_empty() {
            view! { <EmptyState text=t.nothing_yet/> }.into_any()
        } else {
            view! { <StatNumbers stats/> }.into_any()
        };
        let no_smtp = no_smtp(&cx, &outbox);
        let (dead, mailings) = (dead(&cx, outbox.dead), mailings(&cx, outbox.mailings));
        let templates = templates(&cx, &outbox.own_templates);
        view! {
            <Desk title=t.title action=action.into_any()>
                {no_smtp}
                {numbers}
                {dead}
                {mailings}
                {templates}
            </Desk>
        }
        .into_any()
    })
}

/// Without a mail server nothing goes out: that must be seen.
fn no_smtp(cx: &RequestCx, outbox: &Outbox) -> Option<AnyView> {
    let t = &cx.texts().messages;
    let waiting = outbox.counts.iter().find(|(state, _)| *state == MessageState::Queued).map_or(0, |(_, number)| *number);
    if outbox.channels.contains(&Channel::Email) {
        return None;
    }
    let text = (t.no_smtp)(&i18n::number(cx.locale(), waiting));
    let notice = view! {
        <Notice kind=NoticeKind::Warning>
            <p><strong>{text}</strong></p>
            <p>{t.no_smtp_steps}</p>
        </Notice>
    };
    Some(notice.into_any())
}

fn dead(cx: &RequestCx, dead: Vec<MessageRow>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().messages;
    if dead.is_empty() {
        return view! { <p class="muted">{t.no_dead}</p> }.into_any();
    }
    let rows = dead
        .into_iter()
        .map(|row| {
            let name = if row.name.is_empty() { t.erased.to_owned() } else { row.name };
            let kind = (t.kind)(row.kind);
            let what = if row.channel == Channel::Sms { format!("{kind} ({})", t.to_phone) } else { kind.to_owned() };
            view! {
                <tr>
                    <th scope="row">{what.clone()}</th>
                    <td>{name.clone()}</td>
                    <td><span class="state returned">{(t.state)(row.state)}</span></td>
                    <td>{row.error.map(|error| (t.why)(&error))}</td>
                    <td>{row.ended_at.map(desk::moment)}</td>
                    <td>
                        <form method="post" action=Deed::ResendMessage.at(locale, &row.id.to_string())>
                            <button type="submit" class="plain">{t.resend}<span class="visually-hidden">": "{what}", "{name}</span></button>
                        </form>
                    </td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.message, t.recipient, t.standing, t.reason, t.at, t.action].map(str::to_owned).into();
    view! {
        <section>
            <DataTable caption=t.dead id="dead" columns=columns>{rows}</DataTable>
            <p class="hint">{t.dead_hint}</p>
        </section>
    }
    .into_any()
}

fn mailings(cx: &RequestCx, mailings: Vec<MailingRow>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().messages;
    if mailings.is_empty() {
        return view! { <p class="muted">{t.no_mailings}</p> }.into_any();
    }
    let rows = mailings
        .into_iter()
        .map(|row| {
            let number = |number: i64| i18n::number(locale, number);
            let filter = [
                Some((t.status)(row.status).to_owned()),
                row.audience.map(|name| name.get(locale).to_owned()),
                row.session.map(|title| title.get(locale).to_owned()),
                row.organisation,
            ];
            let filter = filter.into_iter().flatten().collect::<Vec<_>>().join(", ");
            let all = row.recipients.map(i64::from);
            let is_open = !row.is_cancelled && all.is_none_or(|all| row.sent < all);
            let progress = match all {
                _ if row.is_cancelled => t.cancelled.to_owned(),
                Some(all) => (t.sent_of)(&number(row.sent), &number(all)),
                None => t.planned.to_owned(),
            };
            let subject = row.subject.clone();
            let stop = is_open.then(|| {
                view! {
                    <form method="post" action=Deed::CancelMailing.at(locale, &row.id.to_string())>
                        <button type="submit" class="plain">{t.stop}<span class="visually-hidden">": "{subject}</span></button>
                    </form>
                }
            });
            view! {
                <tr>
                    <th scope="row" lang="vi">{row.subject}</th>
                    <td>{filter}</td>
                    <td>{desk::moment(row.send_at)}</td>
                    <td>{progress}</td>
                    <td>{stop}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.subject, t.recipient, t.send_at, t.progress, t.action].map(str::to_owned).into();
    view! { <DataTable caption=t.mailings id="mailings" columns=columns>{rows}</DataTable> }.into_any()
}

fn templates(cx: &RequestCx, own: &[(MessageKind, Locale)]) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().messages;
    let rows = MessageKind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.has_template())
        .map(|kind| {
            let text = |of: Locale, name: &'static str| {
                let standing = if own.contains(&(kind, of)) { t.own_text } else { t.default_text };
                view! {
                    <td>
                        <a href=Page::MessageTemplate.at(locale, &name_of(kind, of))>
                            {name}<span class="visually-hidden">": "{(t.kind)(kind)}</span>
                        </a>
                        " · "{standing}
                    </td>
                }
            };
            view! {
                <tr>
                    <th scope="row">{(t.kind)(kind)}</th>
                    {text(Locale::Vi, t.in_vietnamese)}
                    {text(Locale::En, t.in_english)}
                </tr>
            }
        })
        .collect_view();
    let columns = [t.template, t.in_vietnamese, t.in_english].map(str::to_owned).into();
    view! { <DataTable caption=t.templates id="templates" columns=columns>{rows}</DataTable> }.into_any()
}

/// How a text reads with somebody's data.
fn preview(cx: &RequestCx, document: &Document, facts: &LetterFacts) -> AnyView {
    let t = &cx.texts().messages;
    let blocks = document.blocks.iter().map(|block| match block {
        Block::Paragraph(lines) => {
            let lines = lines.iter().enumerate().map(|(at, runs)| {
                let text: String = runs
                    .iter()
                    .map(|run| match run {
                        Run::Text(text) => text.as_str(),
                        Run::Link(link) => &link.href,
                    })
                    .collect();
                view! { {(at > 0).then(|| view! { <br/> })}{text} }
            });
            view! { <p>{lines.collect_view()}</p> }.into_any()
        }
        Block::Button(link) => view! { <p><strong>{link.text.clone()}</strong><br/>{link.href.clone()}</p> }.into_any(),
    });
    view! {
        <section class="stack" aria-label=t.preview>
            <h2>{t.preview}</h2>
            <p class="muted">{(t.preview_of)(&facts.name)}</p>
            <article class="card stack" lang=facts.locale.tag()>
                <h3>{document.subject.clone()}</h3>
                {blocks.collect_view()}
            </article>
        </section>
    }
    .into_any()
}

/// The list of what can be filled in.
fn placeholders(cx: &RequestCx) -> AnyView {
    let locale = cx.locale();
    let names = domain::mail::Placeholder::ALL.iter().map(|slot| {
        view! { <li><code>{format!("{{{}}}", slot.name())}</code>": "{slot.about(locale)}</li> }
    });
    view! {
        <details>
            <summary>{cx.texts().messages.placeholders}</summary>
            <ul class="points">{names.collect_view()}</ul>
        </details>
    }
    .into_any()
}

/// Asks the policy before anything of these pages is loaded.
fn enter(cx: &RequestCx) -> Result<(), services::Error> {
    desk::enter(&cx.actor, Action::ManageMessages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_templates_address_names_its_kind_and_language() {
        assert_eq!(template_of("ticket.vi"), Some((MessageKind::Ticket, Locale::Vi)));
        for kind in MessageKind::ALL.iter().copied().filter(|kind| kind.has_template()) {
            assert_eq!(template_of(&name_of(kind, Locale::En)), Some((kind, Locale::En)));
        }
        for wrong in ["mailing.vi", "ticket", "ticket.fr", "ticket.vi.x", ""] {
            assert_eq!(template_of(wrong), None, "{wrong}");
        }
    }
}
