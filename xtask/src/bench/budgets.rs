//! The budgets of the design, one line each.

/// What a figure must keep to.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// At least so many times the floor of the same run.
    OfFloor(f64),
    /// At most so many times the floor of the same run.
    WithinFloor(f64),
}

/// One budget.
#[derive(Debug)]
pub struct Budget {
    pub name: &'static str,
    pub what: &'static str,
    pub unit: &'static str,
    pub bound: Bound,
}

const fn budget(name: &'static str, what: &'static str, unit: &'static str, bound: Bound) -> Budget {
    Budget { name, what, unit, bound }
}

/// All budgets, in the order of the table.
pub const BUDGETS: &[Budget] = &[
    budget("registration.rate", "registrations at one limited capacity, 16 clients", "/min", Bound::OfFloor(0.5)),
    budget("registration.p99_at_64", "registration, 99th percentile at 64 clients", "ms", Bound::AtMost(250.0)),
    budget(
        "registration.oversold",
        "seats oversold by 100,000 racing registrations, changes, cancellations, offers and reissues",
        "seats",
        Bound::AtMost(0.0),
    ),
    budget("registration.unguarded", "the same in a shorter race with the counters held still", "seats", Bound::AtLeast(1.0)),
    budget("scan.rate", "single online scans, 16 clients, 50,000 tickets", "/s", Bound::OfFloor(0.25)),
    budget("scan.p50_at_200", "scan, median at 200 a second", "ms", Bound::AtMost(15.0)),
    budget("scan.p99_at_200", "scan, 99th percentile at 200 a second", "ms", Bound::AtMost(15.0)),
    budget("scan.batch_500", "a batch of 500 scans", "ms", Bound::AtMost(250.0)),
    budget(
        "scan.sql",
        "SQL statements in a request with one scan, of a signed or a typed code: whichever takes more",
        "",
        Bound::AtMost(3.0),
    ),
    budget("board.p99", "scan to the board of each of 200 watchers, 99th percentile", "ms", Bound::AtMost(1_000.0)),
    budget("scan.offline", "code in view to verdict, no network, page and decoder 4× slower", "ms", Bound::AtMost(300.0)),
    budget("decoder.rate", "hard pictures read within four frames; floor: the best of four libraries", "%", Bound::OfFloor(1.0)),
    budget("decoder.wrong", "codes read wrongly", "", Bound::AtMost(0.0)),
    budget("decoder.ms", "a look at a frame, median, both in the page; floor: zxing-wasm", "ms", Bound::WithinFloor(1.0)),
    budget("decoder.ms_slow", "the same, 4× slower CPU", "ms", Bound::WithinFloor(1.0)),
    budget("roster.bytes", "roster of 10,000 tickets on a phone, when all have come", "bytes", Bound::AtMost(1_000_000.0)),
    budget("page.rate", "anonymous home page, 32 clients", "/s", Bound::OfFloor(0.5)),
    budget("page.p99", "home page, 99th percentile at 32 clients", "ms", Bound::AtMost(20.0)),
    budget("page.lcp", "largest contentful paint of public pages, slow phone", "ms", Bound::AtMost(1_500.0)),
    budget("page.cls", "layout shift of public pages", "", Bound::AtMost(0.05)),
    budget("page.inp", "touch or letter to the next picture, slow phone", "ms", Bound::AtMost(200.0)),
    budget("wasm.public_brotli", "public WASM, brotli", "bytes", Bound::AtMost(130_000.0)),
    budget("wasm.scanner_brotli", "check-in page's WASM, brotli", "bytes", Bound::AtMost(215_000.0)),
    budget("wasm.decoder_brotli", "decoder's WASM, brotli", "bytes", Bound::AtMost(80_000.0)),
    budget("css.bytes", "style sheets of the page that loads most", "bytes", Bound::AtMost(20_000.0)),
    budget("html.home_bytes", "home page", "bytes", Bound::AtMost(30_000.0)),
    budget("search.p99", "search by part of a name among 100,000", "ms", Bound::AtMost(20.0)),
    budget("export.memory", "peak memory of a program that exports 100,000 people as CSV and XLSX", "MB", Bound::AtMost(80.0)),
    budget("import.seconds", "import of 5,000 people, from the upload until all are stored", "s", Bound::AtMost(20.0)),
    budget("growth.scan", "scan p99 at 1,000,000 against 10,000 registrations", "×", Bound::AtMost(2.0)),
    budget("memory.server", "the server's peak memory under all of the above", "MB", Bound::AtMost(150.0)),
];
