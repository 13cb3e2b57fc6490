//! A style sheet of many, for the browsers of our range.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    dependencies::{Dependency, DependencyOptions},
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserOptions},
    targets::{Browsers, Targets},
};

/// The sheet of all pages below `style/`, and those that some pages load after it, one at most.
pub const STYLE: &str = "main";
pub const SHEETS: [&str; 10] = ["home", "programme", "registration", "gallery", "desk", "checkin", "dossier", "board", "screen", "badges"];

/// The oldest browsers that get every look: those that know container queries, which the layout rests on.
fn range() -> Targets {
    let version = |major: u32, minor: u32| Some((major << 16) | (minor << 8));
    Targets::from(Browsers {
        android: version(105, 0),
        chrome: version(105, 0),
        edge: version(105, 0),
        firefox: version(110, 0),
        ios_saf: version(16, 0),
        safari: version(16, 0),
        samsung: version(20, 0),
        ..Browsers::default()
    })
}

/// Joins the sheet with all that it imports and makes it small. `addresses` maps the addresses in it, such as
/// `/fonts/x.woff2`, to the hashed ones.
pub fn bundle(sheet: &Path, addresses: &BTreeMap<String, String>) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut joined = bundler.bundle(sheet).map_err(|error| anyhow!("{error}")).context("joining the style sheets")?;
    joined.minify(MinifyOptions { targets: range(), ..MinifyOptions::default() }).map_err(|error| anyhow!("{error}"))?;
    let printed = joined
        .to_css(PrinterOptions {
            minify: true,
            targets: range(),
            analyze_dependencies: Some(DependencyOptions { remove_imports: false }),
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("{error}"))?;
    let mut css = printed.code;
    for dependency in printed.dependencies.unwrap_or_default() {
        let Dependency::Url(url) = dependency else { bail!("an import from elsewhere was left in the style sheet") };
        let address = match addresses.get(&url.url) {
            Some(address) => address.as_str(),
            None if url.url.starts_with("data:") || url.url.starts_with('#') => &url.url,
            None => bail!("{}:{}: there is no {} below style/", url.loc.file_path, url.loc.start.line, url.url),
        };
        css = css.replace(&url.placeholder, address);
    }
    Ok(css)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::{super::files, *};

    fn bundled(name: &str, sheets: &[(&str, &str)]) -> Result<String> {
        let folder = env::temp_dir().join(format!("style-{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in sheets {
            fs::write(folder.join(file), text).unwrap();
        }
        let addresses = BTreeMap::from([("/fonts/a.woff2".to_owned(), "/fonts/a.0123.woff2".to_owned())]);
        let css = bundle(&folder.join("main.css"), &addresses);
        fs::remove_dir_all(folder).unwrap();
        css
    }

    #[test]
    fn imports_keep_their_layers_and_addresses_become_the_hashed_ones() {
        let css = bundled(
            "layers",
            &[
                ("main.css", "@layer low, high; @import \"a.css\" layer(low); @import \"b.css\" layer(high);"),
                ("a.css", "a { background: url(\"/fonts/a.woff2\"); }"),
                ("b.css", "b { & c { color: red } }"),
            ],
        );
        assert_eq!(css.unwrap(), "@layer low{a{background:url(\"/fonts/a.0123.woff2\")}}@layer high{b c{color:red}}");
    }

    /// What `cargo xtask bench` measures as `css.bytes`.
    #[test]
    fn no_page_loads_more_style_than_its_budget() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("style");
        let address = |name: &str| {
            let (stem, extension) = name.rsplit_once('.').unwrap();
            (name.to_owned(), format!("{stem}.{}.{extension}", files::hash([])))
        };
        let mut addresses = BTreeMap::new();
        for kind in ["fonts", "pictures"] {
            for file in fs::read_dir(folder.join(kind)).unwrap() {
                addresses.extend([address(&format!("/{kind}/{}", file.unwrap().file_name().to_str().unwrap()))]);
            }
        }
        let size = |sheet: &str| bundle(&folder.join(format!("{sheet}.css")), &addresses).unwrap().len();
        let (all, areas) = (size(STYLE), SHEETS.map(|sheet| (sheet, size(sheet))));
        let most = areas.iter().map(|(_, size)| size).max().unwrap();
        assert!(all + most <= 20_000, "{STYLE} {all}, {areas:?}");
    }

    #[test]
    fn an_address_without_a_file_is_an_error_that_names_it() {
        let error = bundled("missing", &[("main.css", "a { background: url(\"/pictures/gone.svg\"); }")]).unwrap_err();
        assert!(error.to_string().ends_with("there is no /pictures/gone.svg below style/"), "{error}");
    }
}
