//! What search engines ask for.

use std::fmt::Write as _;

use app::routes::Page;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{form::Values, text::Locale};
use services::{Error, checkin::raffle, programme, showcase};

use super::answer::{self, file};
use crate::{App, visit::Visit};

/// `/robots.txt`: secret links and desks stay out.
pub async fn robots(State(app): State<App>) -> Response {
    let mut text = "User-agent: *\nDisallow: /api/\n".to_owned();
    for page in Page::all().filter(|page| !page.is_public()) {
        for locale in [Locale::Vi, Locale::En] {
            let pattern = page.pattern(locale);
            let _ = writeln!(text, "Disallow: {}", pattern.split('{').next().unwrap_or(pattern));
        }
    }
    let _ = writeln!(text, "\nSitemap: {}/sitemap.xml", app.base_url.as_str());
    file("text/plain; charset=utf-8", text)
}

/// `/sitemap.xml`: every public page in both languages.
pub async fn sitemap(State(app): State<App>, visit: Visit) -> Response {
    match pages(&app).await {
        Ok(pages) => file("application/xml; charset=utf-8", written(app.base_url.as_str(), &pages)),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The public pages and their parameters.
async fn pages(app: &App) -> Result<Vec<(Page, String)>, Error> {
    let mut pages: Vec<_> = Page::all()
        .filter(|page| page.is_public() && !matches!(page, Page::Session | Page::Model | Page::Raffle))
        .map(|page| (page, String::new()))
        .collect();
    if let Some(programme) = programme::programme(&app.services).await? {
        pages.extend(programme.sessions.into_iter().map(|row| (Page::Session, row.code)));
    }
    let models = showcase::gallery(&app.services, None).await?;
    pages.extend(models.into_iter().map(|model| (Page::Model, model.slug)));
    pages.extend(raffle::all(&app.services).await?.into_iter().map(|raffle| (Page::Raffle, raffle.code)));
    Ok(pages)
}

fn written(base_url: &str, pages: &[(Page, String)]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n"
        .to_owned();
    for (page, parameter) in pages {
        // Addresses are percent-encoded and hold no character that XML minds.
        let [vi, en] = [Locale::Vi, Locale::En].map(|locale| format!("{base_url}{}", page.at(locale, parameter)));
        for address in [&vi, &en] {
            let _ = writeln!(
                xml,
                "<url><loc>{address}</loc><xhtml:link rel=\"alternate\" hreflang=\"vi\" href=\"{vi}\"/>\
                 <xhtml:link rel=\"alternate\" hreflang=\"en\" href=\"{en}\"/></url>"
            );
        }
    }
    xml.push_str("</urlset>\n");
    xml
}

/// `/favicon.ico`, asked for by who does not read the page.
pub async fn favicon(State(app): State<App>) -> Response {
    Redirect::permanent(&app.assets.favicon).into_response()
}
