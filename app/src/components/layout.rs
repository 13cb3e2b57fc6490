//! The frame of every page: skip link, header, main, footer.

use domain::{access::Actor, text::Locale};
use leptos::prelude::*;

use super::{Icon, Shape};
use crate::{
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
        <main id="main" tabindex="-1">{children()}</main>
        <Footer cx/>
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
                    <p class="authority">{t.managing_body}</p>
                    <Display cx=cx.clone()/>
                    <a
                        class="language"
                        href=routes::in_locale(&cx.path, &cx.query, other)
                        lang=other.tag()
                        hreflang=other.tag()
                    >
                        {t.other_language}
                    </a>
                </div>
            </div>
            <div class="wrap masthead">
                <a class="brand" href=Page::Home.path(locale)>
                    <span class="brand-mark" aria-hidden="true"></span>
                    <span>{t.site_name}</span>
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
    let size_button = |to: TextSize, sign: &'static str, text: &'static str| {
        view! {
            <button type="submit" name=prefs::SIZE value=to.as_str() aria-label=format!("{sign}: {text}") title=text>
                {sign}
            </button>
        }
    };
    let theme_button = |to: Theme, shape: Shape, text: &'static str| {
        view! {
            <button
                type="submit"
                class=format!("to-{}", to.as_str())
                name=prefs::THEME
                value=to.as_str()
                aria-label=text
                title=text
            >
                <Icon shape/>
            </button>
        }
    };
    view! {
        <form class="display" method="post" action=prefs::ACTION>
            <input type="hidden" name=prefs::BACK value=cx.address()/>
            <span class="display-sizes" role="group" aria-label=t.text_size>
                {size_button(size.smaller(), "A−", t.smaller_text)}
                {size_button(TextSize::Normal, "A", t.normal_text)}
                {size_button(size.larger(), "A+", t.larger_text)}
            </span>
            {theme_button(Theme::Dark, Shape::Moon, t.dark_theme)}
            {theme_button(Theme::Light, Shape::Sun, t.light_theme)}
        </form>
    }
}

#[component]
fn Footer(cx: RequestCx) -> impl IntoView {
    let t = &cx.texts().common;
    let locale = cx.locale();
    let (hotline, hotline_href) = cx.hotline();
    let edition = cx.edition.as_deref();
    let managing_body = edition.map_or(t.managing_body, |edition| edition.managing_body.get(locale)).to_owned();
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
