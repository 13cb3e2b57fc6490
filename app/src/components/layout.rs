//! The frame of every page: skip link, header, main, footer.

use domain::{access::Actor, text::Locale};
use leptos::prelude::*;

use super::{Icon, Notice, NoticeKind, Shape};
use crate::{
    forms::ENTRY,
    pages::{Kept, TooOften},
    prefs::{self, TextSize, Theme},
    request::{RequestCx, request},
    routes::{self, Page},
};

const PROVINCE_PORTAL: &str = "https://dongthap.gov.vn";
const HANDBOOK: &str = "https://dx.gov.vn";

#[component]
pub fn Layout(children: Children) -> impl IntoView {
    let cx = request();
    view! {
        <a class="skip-link" href="#main">{cx.texts().common.skip_to_content}</a>
        <Header cx=cx.clone()/>
        <main id="main" tabindex="-1">{kept(&cx)}{children()}</main>
        <Footer cx/>
    }
}

/// On top of a page that shows again what was typed.
fn kept(cx: &RequestCx) -> Option<AnyView> {
    let t = &cx.texts().common;
    if let Some(TooOften(wait)) = use_context::<TooOften>() {
        let text = view! { <p><strong>{t.too_many.title}</strong>". "{(t.wait)(wait)}</p> };
        return Some(view! { <Notice kind=NoticeKind::Warning>{text}</Notice> }.into_any());
    }
    use_context::<Kept>()?;
    let picture = matches!(Page::find(&cx.path), Some((Page::Dossier, ..))).then(|| view! { <p>{t.kept_no_file}</p> });
    Some(view! { <Notice><p>{t.kept}</p>{picture}</Notice> }.into_any())
}

/// Posts the form that is being written to be shown again at an address, with nothing lost. Needs no scripts.
#[component]
fn Again(
    back: String,
    #[prop(optional)] class: Option<&'static str>,
    #[prop(optional)] name: Option<&'static str>,
    #[prop(optional)] value: Option<&'static str>,
    #[prop(optional)] label: Option<String>,
    #[prop(optional)] title: Option<&'static str>,
    #[prop(optional)] lang: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            form=ENTRY
            formaction=prefs::at(&back)
            formmethod="post"
            formnovalidate
            class=class
            name=name
            value=value
            aria-label=label
            title=title
            lang=lang
        >
            {children()}
        </button>
    }
}

#[component]
fn Header(cx: RequestCx) -> impl IntoView {
    let t = &cx.texts().common;
    let locale = cx.locale();
    let other = locale.pick(Locale::En, Locale::Vi);
    let desk = match cx.actor {
        Actor::Account { role, .. } => Some(Page::desk(role)),
        Actor::Anonymous | Actor::Device { .. } => None,
    };
    let here = Page::find(&cx.path).map(|(page, ..)| page);
    let site_name = cx.site_name();
    let to_other = routes::in_locale(&cx.path, &cx.query, other);
    let language = if cx.has_entry() {
        view! { <Again back=to_other class="language" lang=other.tag()>{t.other_language}</Again> }.into_any()
    } else {
        view! { <a class="language" href=to_other lang=other.tag() hreflang=other.tag()>{t.other_language}</a> }.into_any()
    };
    let nav_link = move |page: Page, text: &'static str| {
        let current = match here {
            Some(shown) if shown == page => Some("page"),
            Some(Page::Session) if page == Page::Programme => Some("true"),
            Some(Page::Model) if page == Page::Models => Some("true"),
            _ => None,
        };
        view! { <li><a href=page.path(locale) aria-current=current>{text}</a></li> }
    };
    view! {
        <header class="site-header">
            <div class="utility">
                <div class="wrap">
                    <p class="authority">{cx.managing_body()}</p>
                    <Display cx=cx.clone()/>
                    {language}
                </div>
            </div>
            <div class="wrap masthead">
                <a class="brand" href=Page::Home.path(locale)>
                    <span class="brand-mark" aria-hidden="true"></span>
                    <span>{site_name}</span>
                </a>
                <nav aria-label=t.main_navigation>
                    <ul>
                        {desk.map(|page| nav_link(page, t.my_desk))}
                        {nav_link(Page::Programme, t.programme)}
                        {nav_link(Page::Models, t.models)}
                        {nav_link(Page::Register, t.register)}
                    </ul>
                </nav>
            </div>
        </header>
    }
}

/// A−, A, A+ and the theme. The style shows the theme button that changes something.
#[component]
fn Display(cx: RequestCx) -> impl IntoView {
    let t = &cx.texts().common;
    let size = cx.prefs.size;
    let again = cx.has_entry().then(|| cx.address());
    let button =
        |class: Option<&'static str>, name: &'static str, value: &'static str, label: String, text: &'static str, shown: AnyView| {
            match again.clone() {
                Some(back) => {
                    let class = class.unwrap_or_default();
                    view! { <Again back class name value label title=text>{shown}</Again> }.into_any()
                }
                None => view! {
                    <button type="submit" class=class name=name value=value aria-label=label title=text>{shown}</button>
                }
                .into_any(),
            }
        };
    let size_button = |to: TextSize, sign: &'static str, text: &'static str| {
        button(None, prefs::SIZE, to.as_str(), format!("{sign}: {text}"), text, sign.into_any())
    };
    let theme_button = |to: Theme, class: &'static str, shape: Shape, text: &'static str| {
        button(Some(class), prefs::THEME, to.as_str(), text.to_owned(), text, view! { <Icon shape/> }.into_any())
    };
    let buttons = view! {
        <span class="display-sizes" role="group" aria-label=t.text_size>
            {size_button(size.smaller(), "A−", t.smaller_text)}
            {size_button(TextSize::Normal, "A", t.normal_text)}
            {size_button(size.larger(), "A+", t.larger_text)}
        </span>
        {theme_button(Theme::Dark, "to-dark", Shape::Moon, t.dark_theme)}
        {theme_button(Theme::Light, "to-light", Shape::Sun, t.light_theme)}
    };
    if again.is_some() {
        return view! {
            // The Enter key uses the first button of a form: this one does what the form is for.
            <button type="submit" form=ENTRY class="visually-hidden" tabindex="-1" aria-hidden="true"></button>
            <div class="display">{buttons}</div>
        }
        .into_any();
    }
    view! {
        <form class="display" method="post" action=prefs::ACTION>
            <input type="hidden" name=prefs::BACK value=cx.address()/>
            {buttons}
        </form>
    }
    .into_any()
}

#[component]
fn Footer(cx: RequestCx) -> impl IntoView {
    let t = &cx.texts().common;
    let locale = cx.locale();
    let (hotline, hotline_href) = cx.hotline();
    let edition = cx.edition.as_deref();
    let managing_body = cx.managing_body();
    let responsible = edition.and_then(|edition| edition.responsible_person.as_deref()).unwrap_or(t.responsible).to_owned();
    let portal = edition.and_then(|edition| edition.portal_url.as_deref()).unwrap_or(PROVINCE_PORTAL).to_owned();
    let handbook = edition.and_then(|edition| edition.handbook_url.as_deref()).unwrap_or(HANDBOOK).to_owned();
    view! {
        <footer class="site-footer">
            <div class="wrap">
                <dl class="imprint">
                    <div><dt>{t.managed_by}</dt><dd>{managing_body}</dd></div>
                    <div><dt>{t.responsible_person}</dt><dd>{responsible}</dd></div>
                    <div><dt>{t.hotline}</dt><dd><a href=hotline_href>{hotline}</a></dd></div>
                </dl>
                <nav aria-label=t.footer_links>
                    <ul>
                        <li><a href=portal>{t.province_portal}</a></li>
                        <li><a href=handbook>{t.handbook}</a></li>
                        <li><a href=Page::FindTicket.path(locale)>{cx.texts().lost.title}</a></li>
                        <li><a href=Page::Privacy.path(locale)>{t.privacy}</a></li>
                        {match cx.actor {
                            Actor::Account { role, .. } => view! { <li><a href=Page::desk(role).path(locale)>{t.my_desk}</a></li> },
                            Actor::Anonymous | Actor::Device { .. } => view! { <li><a href=Page::SignIn.path(locale)>{t.sign_in}</a></li> },
                        }}
                    </ul>
                </nav>
                <p class="muted">{t.cite_source}</p>
            </div>
        </footer>
    }
}
