//! Signing in, the paired devices, and pairing a phone.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Action, Actor, Decision, DeviceKind, Role, decide},
    time::local,
};
use leptos::prelude::*;
use services::access::{self, Device, PAIRING};

use super::{
    MovedOn,
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{Button, ButtonKind, ButtonLink, DataTable, EmptyState, ErrorSummary, Notice, NoticeKind, Qr, TextField},
    forms::{self, ENTRY},
    i18n::{self, Catalogue},
    prefs::{self, safe_back},
    request::{RequestCx, request},
    routes::{Deed, Page},
    shell::PageHead,
};

/// The names of the forms' fields.
pub mod field {
    pub const EMAIL: &str = "email";
    pub const PASSWORD: &str = "password";
    /// A device's name.
    pub const NAME: &str = "name";
}

/// A phone that was just prepared, provided as context for the one answer that shows its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPairing {
    /// The phone's name.
    pub name: String,
    /// The absolute address of [`Page::Pair`] that goes into the QR code.
    pub address: String,
}

/// The form to sign in; for who is signed in, the account and the ways out.
pub fn sign_in() -> AnyView {
    let cx = request();
    match &cx.actor {
        Actor::Account { name, role, .. } => account(&cx, name, *role),
        Actor::Anonymous | Actor::Device { .. } => sign_in_form(&cx),
    }
}

fn sign_in_form(cx: &RequestCx) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().access;
    let back = match cx.form.values.get(prefs::BACK) {
        "" => cx.query_value(prefs::BACK).unwrap_or_default(),
        posted => posted.to_owned(),
    };
    // Without an address to return to, the server leads to the desk of the role.
    let back = (!back.is_empty()).then(|| safe_back(&back).to_owned());
    let (hotline, hotline_href) = cx.hotline();
    let kept = forms::hidden(&cx.form.values);
    let enctype = (!kept.is_empty()).then_some("multipart/form-data");
    view! {
        <PageHead title=t.sign_in_title description=t.sign_in_lead/>
        <div class="narrow stack">
            <h1>{t.sign_in_title}</h1>
            <p>{t.sign_in_lead}</p>
            // What is wrong with signing in names both fields by itself.
            <ErrorSummary form=cx.form.clone() labels=Vec::new()/>
            {(!kept.is_empty()).then(|| view! { <Notice kind=NoticeKind::Warning><p>{t.session_ended}</p></Notice> })}
            // In parts, what is kept takes no more room on its way back than on its way here.
            <form id=ENTRY class="form" method="post" action=Page::SignIn.path(locale) enctype=enctype>
                {kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
                {back.map(|back| view! { <input type="hidden" name=prefs::BACK value=back/> })}
                <TextField
                    field=cx.form.field(field::EMAIL)
                    label=t.email
                    kind="email"
                    autocomplete="username"
                    inputmode="email"
                />
                <TextField field=cx.form.field(field::PASSWORD) label=t.password kind="password" autocomplete="current-password"/>
                <Button>{t.sign_in}</Button>
            </form>
            <p class="muted">{t.forgot}" "<a href=hotline_href>{hotline}</a>"."</p>
        </div>
    }
    .into_any()
}

fn account(cx: &RequestCx, name: &str, role: Role) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().access;
    let who = (t.signed_in_as)(name, role_name(cx.texts(), role));
    let asks_first = desk::asks_first(cx);
    view! {
        <Desk title=t.account_title>
            <p>{who}</p>
            <div class="actions">
                <ButtonLink href=Page::desk(role).path(locale)>{t.to_desk}</ButtonLink>
                <form method="post" action=Deed::SignOut.at(locale, "") data-waiting=asks_first>
                    <Button kind=ButtonKind::Second>{t.sign_out}</Button>
                </form>
            </div>
            <form class="stack" method="post" action=Deed::SignOutEverywhere.at(locale, "") data-waiting=asks_first>
                <p class="hint">{t.sign_out_everywhere_hint}</p>
                <Button kind=ButtonKind::Danger>{t.sign_out_everywhere}</Button>
            </form>
        </Desk>
    }
    .into_any()
}

fn role_name(t: &Catalogue, role: Role) -> &'static str {
    match role {
        Role::Organiser => t.access.organiser,
        Role::Supervisor => t.access.supervisor,
        Role::Department => t.access.department,
        Role::Judge => t.access.judge,
        Role::Steward => t.access.steward,
    }
}

/// How often the devices are shown anew while they are looked at, in seconds.
const RENEWED_EVERY: u32 = 10;

/// The devices of the edition, the form to prepare one, and the code of the one that was just prepared.
pub fn devices() -> AnyView {
    let cx = request();
    let pairing = use_context::<NewPairing>();
    let load = {
        let cx = cx.clone();
        async move { access::devices(&cx.services, &cx.actor).await }
    };
    loaded(load, move |devices| {
        let t = &cx.texts().access;
        view! {
            <Desk title=t.devices_title>
                {match pairing {
                    Some(pairing) => view! { <Code pairing/> }.into_any(),
                    None => view! { <Prepare/> }.into_any(),
                }}
                <div class="stack" data-renew=RENEWED_EVERY>
                    {if devices.is_empty() {
                        view! { <EmptyState text=t.no_devices/> }.into_any()
                    } else {
                        view! { <Devices devices/> }.into_any()
                    }}
                    <p class="hint">
                        {(cx.texts().organisers.arrivals_at)(&local(cx.now).format("%H:%M:%S").to_string())}" "
                        <a href=Page::Devices.path(cx.locale())>{cx.texts().board.refresh}</a>
                    </p>
                </div>
            </Desk>
        }
        .into_any()
    })
}

#[component]
fn Prepare() -> impl IntoView {
    let cx = request();
    let t = &cx.texts().access;
    view! {
        <p class="prose">{t.devices_lead}</p>
        <ErrorSummary form=cx.form.clone() labels=vec![(field::NAME, t.device_name)]/>
        <form id=ENTRY class="form line-form" method="post" action=Page::Devices.path(cx.locale())>
            <TextField field=cx.form.field(field::NAME) label=t.device_name hint=t.device_name_hint autocomplete="off"/>
            <Button>{t.prepare}</Button>
        </form>
    }
}

/// The code that pairs a phone, shown once.
#[component]
fn Code(pairing: NewPairing) -> impl IntoView {
    let cx = request();
    let t = &cx.texts().access;
    let until = i18n::time(cx.now + PAIRING);
    view! {
        <section class="pairing" aria-labelledby="pairing">
            <Qr text=pairing.address.clone() label=t.pairing_qr/>
            <div class="stack">
                <h2 id="pairing">{(t.pairing_title)(&pairing.name)}</h2>
                <ol>{t.pairing_steps.map(|step| view! { <li>{step}</li> }).collect_view()}</ol>
                <p><strong>{(t.pairing_until)(&until)}</strong></p>
                <details>
                    <summary>{t.pairing_no_camera}</summary>
                    <p><code>{pairing.address}</code></p>
                </details>
                <ButtonLink href=Page::Devices.path(cx.locale()) kind=ButtonKind::Second>{t.pairing_done}</ButtonLink>
            </div>
        </section>
    }
}

#[component]
fn Devices(devices: Vec<Device>) -> impl IntoView {
    let cx = request();
    let locale = cx.locale();
    let t = &cx.texts().access;
    let columns = [t.device, t.state, t.action, t.contact, t.queue, t.battery, t.clock, t.ends].map(str::to_owned).into();
    let rows = devices
        .into_iter()
        .map(|device| {
            let standing = Standing::of(&device, cx.now);
            let (class, text) = match standing {
                Standing::InUse => ("state published", t.in_use),
                Standing::Waiting => ("state submitted", t.waiting),
                Standing::Lapsed => ("state draft", t.lapsed),
                Standing::Over => ("state draft", t.over),
                Standing::Revoked if device.holder.is_some() => ("state draft", t.signed_out),
                Standing::Revoked => ("state draft", t.revoked),
            };
            let name = device.name.clone();
            let health = (standing == Standing::InUse).then(|| Health::of(&device, cx.now));
            let place = device.contact.as_ref().and_then(|contact| contact.checkpoint.clone());
            let what = match (device.kind, device.holder) {
                (DeviceKind::Screen, _) => Some(t.screen),
                (DeviceKind::Scanner, Some((_, role))) => Some(role_name(cx.texts(), role)),
                (DeviceKind::Scanner, None) => None,
            };
            let under: Vec<_> = what
                .map(str::to_owned)
                .into_iter()
                .chain(place.map(|place| place.get(locale).to_owned()))
                .collect();
            // Whoever reads this signs out beside their own name.
            let may_end = device.holder.is_none_or(|(id, role)| {
                cx.actor.account() != Some(id) && decide(&cx.actor, Action::EndSessionOf(role)) == Decision::Allow
            });
            let end = if device.holder.is_some() { t.sign_out } else { t.revoke };
            let contact = contact(&cx, health, &device);
            view! {
                <tr data-key=device.id.to_string()>
                    <th scope="row">{device.name}{(!under.is_empty()).then(|| view! { <span class="under">{under.join(" · ")}</span> })}</th>
                    <td><span class=class>{text}</span></td>
                    <td>
                        {(may_end && matches!(standing, Standing::InUse | Standing::Waiting)).then(|| view! {
                            <form method="post" action=Deed::RevokeDevice.at(locale, &device.id.to_string())>
                                <button type="submit" class="plain">
                                    {end}<span class="visually-hidden">": "{name}</span>
                                </button>
                            </form>
                        })}
                    </td>
                    {contact}
                    <td>{desk::moment(device.expires_at)}</td>
                </tr>
            }
        })
        .collect_view();
    view! { <DataTable caption=t.devices_caption id="devices" columns=columns>{rows}</DataTable> }
}

/// Last contact, queue, battery and clock of a device, a cell each. A screen has nothing but contact.
fn contact(cx: &RequestCx, health: Option<Health>, device: &Device) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().access;
    let mark = health.map(|health| {
        let (class, text) = health.mark(t.health);
        view! { <span class=class>{text}</span>", " }
    });
    let last = |at| view! { <td>{mark}{ago(cx, at)}<span class="under">{desk::moment(at)}</span></td> };
    if let (DeviceKind::Screen, Some(at)) = (device.kind, device.last_seen_at) {
        return view! { {last(at)}<td></td><td></td><td></td> }.into_any();
    }
    let Some(told) = &device.contact else {
        // It has opened a page, perhaps, but not that to scan with.
        let seen = device.last_seen_at.map(|at| view! { <span class="under">{t.last_seen}" "{desk::moment(at)}</span> });
        return view! { <td>{t.no_contact}{seen}</td><td></td><td></td><td></td> }.into_any();
    };
    let refused = (told.refused > 0).then(|| view! { <span class="under">{(t.not_taken)(&i18n::number(locale, told.refused))}</span> });
    let battery = told.battery.map_or_else(
        || t.unknown.to_owned(),
        |percent| if percent < BATTERY_LOW { format!("{percent}\u{a0}%, {}", t.battery_low) } else { format!("{percent}\u{a0}%") },
    );
    let seconds = i18n::number(locale, told.offset_ms.abs() / 1000);
    let clock = match told.offset_ms {
        offset if offset.abs() < CLOCK_RIGHT_MS => t.clock_right.to_owned(),
        // The server's clock is ahead of the phone's.
        1.. => (t.clock_slow)(&seconds),
        _ => (t.clock_fast)(&seconds),
    };
    view! {
        {last(told.at)}
        <td>{i18n::number(locale, told.waiting)}{refused}</td>
        <td>{battery}</td>
        <td>{clock}</td>
    }
    .into_any()
}

/// How long ago an instant was, as a person says it.
fn ago(cx: &RequestCx, at: DateTime<Utc>) -> String {
    let t = &cx.texts().access;
    match (cx.now - at).num_minutes() {
        ..1 => t.just_now.to_owned(),
        minutes @ 1..60 => (t.minutes_ago)(minutes),
        minutes => (t.hours_ago)(minutes / 60),
    }
}

/// A battery below this is told as low, in percent.
const BATTERY_LOW: i16 = 20;
/// A clock that is off by less is right: so much is the network's.
const CLOCK_RIGHT_MS: i64 = 2_000;

/// How long a device in contact says nothing at most. A phone tells of itself every few seconds while its page is open and has a
/// network; that a screen asks is noted once a minute.
fn silence(kind: DeviceKind) -> TimeDelta {
    match kind {
        DeviceKind::Scanner => TimeDelta::minutes(1),
        DeviceKind::Screen => TimeDelta::minutes(2),
    }
}

/// A device is lost that has said nothing for so long.
const LOST: TimeDelta = TimeDelta::minutes(10);

/// How a device that is in use answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    InContact,
    Quiet,
    Lost,
}

impl Health {
    fn of(device: &Device, now: DateTime<Utc>) -> Self {
        let last = match device.kind {
            DeviceKind::Scanner => device.contact.as_ref().map(|told| told.at),
            DeviceKind::Screen => device.last_seen_at,
        };
        match last.map(|at| now - at) {
            Some(since) if since < silence(device.kind) => Self::InContact,
            Some(since) if since < LOST => Self::Quiet,
            _ => Self::Lost,
        }
    }

    /// Class and word.
    fn mark(self, [in_contact, quiet, lost]: [&'static str; 3]) -> (&'static str, &'static str) {
        match self {
            Self::InContact => ("state published", in_contact),
            Self::Quiet => ("state submitted", quiet),
            Self::Lost => ("state returned", lost),
        }
    }
}

/// What can be said of a device at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The code was not used yet.
    Waiting,
    /// The code was never used in time.
    Lapsed,
    InUse,
    Over,
    Revoked,
}

impl Standing {
    fn of(device: &Device, now: DateTime<Utc>) -> Self {
        if device.revoked_at.is_some() {
            Self::Revoked
        } else if device.paired_at.is_none() {
            if device.pairing_expires_at.is_some_and(|end| now < end) { Self::Waiting } else { Self::Lapsed }
        } else if device.has_ended {
            Self::Over
        } else {
            Self::InUse
        }
    }
}

/// What a phone opens from the pairing code. Opening it changes nothing: messengers and cameras open links to look at
/// them, and the code works once. The button does it.
pub fn pair() -> AnyView {
    let cx = request();
    let locale = cx.locale();
    let t = &cx.texts().access;
    if use_context::<MovedOn>().is_some() {
        return view! {
            <PageHead title=t.refused_title/>
            <div class="narrow stack">
                <h1>{t.refused_title}</h1>
                <p class="lead">{t.refused_text}</p>
                <p>{t.refused_steps}</p>
                <ButtonLink href=Page::CheckIn.path(locale) kind=ButtonKind::Second>{t.to_check_in}</ButtonLink>
            </div>
        }
        .into_any();
    }
    let notice = match &cx.actor {
        Actor::Anonymous => None,
        Actor::Account { name, .. } => Some((NoticeKind::Warning, (t.pair_replaces)(name))),
        Actor::Device { name, kind: DeviceKind::Scanner, .. } => Some((NoticeKind::Success, (t.pair_again)(name))),
        Actor::Device { name, kind: DeviceKind::Screen, .. } => Some((NoticeKind::Warning, (t.pair_replaces_screen)(name))),
    };
    let is_paired = matches!(cx.actor, Actor::Device { kind: DeviceKind::Scanner, .. });
    view! {
        <PageHead title=t.pair_title/>
        <div class="narrow stack">
            <h1>{t.pair_title}</h1>
            {notice.map(|(kind, text)| view! { <Notice kind=kind><p>{text}</p></Notice> })}
            <p>{t.pair_lead}</p>
            <ul class="points">{t.pair_points.map(|point| view! { <li>{point}</li> }).collect_view()}</ul>
            <div class="actions">
                <form method="post" action=cx.path.clone()><Button>{t.pair}</Button></form>
                {is_paired.then(|| view! {
                    <ButtonLink href=Page::CheckIn.path(locale) kind=ButtonKind::Second>{t.to_check_in}</ButtonLink>
                })}
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use domain::ids::DeviceId;
    use services::access::DeviceContact;

    use super::*;

    fn device(now: DateTime<Utc>) -> Device {
        Device {
            id: DeviceId("019acb1e-0000-7000-8000-000000000001".parse().unwrap()),
            kind: DeviceKind::Scanner,
            name: "Cổng chính 1".into(),
            holder: None,
            has_ended: false,
            pairing_expires_at: Some(now + TimeDelta::minutes(1)),
            paired_at: None,
            last_seen_at: None,
            contact: None,
            expires_at: now + TimeDelta::minutes(1),
            revoked_at: None,
        }
    }

    #[test]
    fn a_phone_that_tells_nothing_is_quiet_after_a_minute_and_lost_after_ten() {
        let now = Utc.with_ymd_and_hms(2027, 10, 10, 1, 0, 0).unwrap();
        let health = |seconds: i64| {
            let at = now - TimeDelta::seconds(seconds);
            let contact = DeviceContact { at, waiting: 0, refused: 0, battery: None, checkpoint: None, offset_ms: 0 };
            Health::of(&Device { contact: Some(contact), ..device(now) }, now)
        };
        assert_eq!([0, 59, 60, 599, 600].map(health), [Health::InContact, Health::InContact, Health::Quiet, Health::Quiet, Health::Lost]);
        assert_eq!(Health::of(&device(now), now), Health::Lost);
    }

    #[test]
    fn a_screen_is_in_contact_though_it_is_noted_once_a_minute() {
        let now = Utc.with_ymd_and_hms(2027, 10, 10, 1, 0, 0).unwrap();
        let health = |seconds: i64| {
            let last_seen_at = Some(now - TimeDelta::seconds(seconds));
            Health::of(&Device { kind: DeviceKind::Screen, last_seen_at, ..device(now) }, now)
        };
        assert_eq!([0, 119, 120, 599, 600].map(health), [Health::InContact, Health::InContact, Health::Quiet, Health::Quiet, Health::Lost]);
    }

    #[test]
    fn a_phones_standing_follows_from_its_times() {
        let now = Utc.with_ymd_and_hms(2027, 10, 10, 1, 0, 0).unwrap();
        let later = now + TimeDelta::minutes(1);
        let fresh = device(now);
        let paired = Device { paired_at: Some(now), ..fresh.clone() };
        assert_eq!(Standing::of(&fresh, now), Standing::Waiting);
        assert_eq!(Standing::of(&fresh, later), Standing::Lapsed);
        assert_eq!(Standing::of(&paired, now), Standing::InUse);
        assert_eq!(Standing::of(&Device { has_ended: true, ..paired.clone() }, now), Standing::Over);
        assert_eq!(Standing::of(&Device { revoked_at: Some(now), ..paired }, now), Standing::Revoked);
    }
}
