//! The document around every page: head, theme, text size, scripts where a page has islands.

use domain::text::Locale;
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_meta::{Meta, MetaTags, Title, provide_meta_context};

use crate::{
    components::Layout,
    pages::{self, Trouble},
    prefs::Theme,
    request::{RequestCx, request},
    routes::{self, Page},
};

/// Colours of the browser's own frame: `--paper` in both themes.
const PAPER_LIGHT: &str = "#FFFFFF";
const PAPER_DARK: &str = "#14171A";

/// The whole document. Needs [`RequestCx`] as context; if a [`Trouble`] is there too, its page is shown in place of
/// the one at the address, with its status.
pub fn shell() -> impl IntoView {
    provide_meta_context();
    let cx = request();
    let locale = cx.locale();
    let theme = (cx.prefs.theme != Theme::Auto).then(|| cx.prefs.theme.as_str());
    view! {
        <!DOCTYPE html>
        <html lang=locale.tag() data-theme=theme data-size=cx.prefs.size.as_str()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                {theme_colours(cx.prefs.theme)}
                {cx.assets.preload_fonts.iter().map(|font| view! {
                    <link rel="preload" href=font.clone() r#as="font" r#type="font/woff2" crossorigin="anonymous"/>
                }).collect_view()}
                <link rel="stylesheet" href=cx.assets.style.clone()/>
                {sheet(&cx)}
                <link rel="icon" href=cx.assets.favicon.clone() r#type="image/svg+xml"/>
                {installable(&cx)}
                {addresses(&cx)}
                {scripts(&cx)}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The page at the address, in the site's frame.
#[component]
fn App() -> impl IntoView {
    let cx = request();
    if let Some(trouble) = use_context::<Trouble>() {
        return view! { <Layout>{pages::problem::page(trouble)}</Layout> }.into_any();
    }
    let Some((page, _, parameter)) = Page::find(&cx.path) else {
        return view! { <Layout>{pages::problem::page(Trouble::NotFound)}</Layout> }.into_any();
    };
    let content = pages::view(page, parameter);
    if matches!(page, Page::CheckIn | Page::CheckInShell | Page::BigScreen) {
        // They fill the screen.
        return content;
    }
    view! { <Layout>{content}</Layout> }.into_any()
}

/// Title and description of a page, for the browser's tab, search engines and messengers' previews.
#[component]
pub fn PageHead(
    /// What this page is; the name of the day is added.
    #[prop(into)]
    title: String,
    /// One or two sentences. Without one the page is described by the day's name.
    #[prop(optional, into)]
    description: Option<String>,
) -> impl IntoView {
    let site = request().site_name();
    let full = if title == site { title.clone() } else { format!("{title} · {site}") };
    let description = description.unwrap_or_else(|| full.clone());
    view! {
        <Title text=full/>
        <Meta name="description" content=description.clone()/>
        <Meta property="og:title" content=title/>
        <Meta property="og:description" content=description/>
    }
}

fn theme_colours(theme: Theme) -> AnyView {
    match theme {
        Theme::Light => view! { <Meta name="theme-color" content=PAPER_LIGHT/> }.into_any(),
        Theme::Dark => view! { <Meta name="theme-color" content=PAPER_DARK/> }.into_any(),
        Theme::Auto => view! {
            <Meta name="theme-color" content=PAPER_LIGHT attr:media="(prefers-color-scheme: light)"/>
            <Meta name="theme-color" content=PAPER_DARK attr:media="(prefers-color-scheme: dark)"/>
        }
        .into_any(),
    }
}

/// Canonical address, the other language's, and what previews show. Pages behind a secret have none of it.
fn addresses(cx: &RequestCx) -> AnyView {
    let public = Page::find(&cx.path).is_some_and(|(page, ..)| page.is_public());
    if !public {
        return view! { <meta name="robots" content="noindex"/> }.into_any();
    }
    let in_locale = |locale| cx.absolute(&routes::in_locale(&cx.path, "", locale));
    let (locale, alternate) = cx.locale().pick(("vi_VN", "en_GB"), ("en_GB", "vi_VN"));
    view! {
        <link rel="canonical" href=in_locale(cx.locale())/>
        <link rel="alternate" hreflang="vi" href=in_locale(Locale::Vi)/>
        <link rel="alternate" hreflang="en" href=in_locale(Locale::En)/>
        <link rel="alternate" hreflang="x-default" href=in_locale(Locale::Vi)/>
        <Meta property="og:type" content="website"/>
        <Meta property="og:site_name" content=cx.site_name()/>
        <Meta property="og:url" content=in_locale(cx.locale())/>
        <Meta property="og:locale" content=locale/>
        <Meta property="og:locale:alternate" content=alternate/>
    }
    .into_any()
}

/// The style of the page's area, where it has one of its own.
fn sheet(cx: &RequestCx) -> Option<AnyView> {
    let (page, ..) = Page::find(&cx.path)?;
    let address = cx.assets.sheet(page.sheet()?).to_owned();
    Some(view! { <link rel="stylesheet" href=address/> }.into_any())
}

/// What makes the check-in page an app of its own on the phone.
fn installable(cx: &RequestCx) -> Option<AnyView> {
    let (page, locale, _) = Page::find(&cx.path)?;
    matches!(page, Page::CheckIn | Page::CheckInShell).then(|| {
        view! {
            <link rel="manifest" href=routes::manifest(locale)/>
            <link rel="apple-touch-icon" href=cx.assets.icons[0].clone()/>
        }
        .into_any()
    })
}

/// The islands' loader, only on pages that have islands: the others carry no script at all.
fn scripts(cx: &RequestCx) -> Option<AnyView> {
    let (page, ..) = Page::find(&cx.path)?;
    match page {
        Page::CheckIn | Page::CheckInShell => {
            Some(view! { <script r#type="module" src=cx.assets.scanner.clone() nonce=use_nonce()></script> }.into_any())
        }
        _ if cx.hydrates() => {
            let options = LeptosOptions::builder().output_name(cx.assets.app.as_str()).build();
            Some(view! { <HydrationScripts options islands=true/> }.into_any())
        }
        _ => None,
    }
}
