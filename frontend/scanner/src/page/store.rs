//! What the phone keeps beyond the page's life, in `IndexedDB`: the queue, the list as it came, who scans where, the last scans.

use idb::{
    Database, DatabaseEvent as _, Error, ObjectStore, Transaction, TransactionMode,
    builder::{DatabaseBuilder, ObjectStoreBuilder},
};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::dom;
use crate::{flow::Kept, json};

const NAME: &str = "checkin";
const VERSION: u32 = 1;
/// Facts that the server has not answered, by their numbers.
const QUEUE: &str = "queue";
/// The pages of the list, in the order in which they came.
const PAGES: &str = "pages";
/// Single texts by name.
const NOTES: &str = "notes";

/// The name of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Who scans where, as JSON.
    Shift,
    /// Where the list goes on.
    Cursor,
    /// When the list was whole last, by the server's clock in milliseconds since 1970.
    ListedAt,
    /// Server clock minus phone clock, in milliseconds.
    Offset,
    /// The last scans, as JSON.
    Scans,
}

impl Note {
    fn key(self) -> JsValue {
        let name = match self {
            Self::Shift => "shift",
            Self::Cursor => "cursor",
            Self::ListedAt => "listed_at",
            Self::Offset => "offset",
            Self::Scans => "scans",
        };
        JsValue::from_str(name)
    }
}

/// Everything that was kept.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The facts that this build can read.
    pub queue: Vec<(u32, Kept)>,
    /// How many others there are.
    pub unreadable: usize,
    /// The first number that no fact is kept under.
    pub next: u32,
    pub pages: Vec<Vec<u8>>,
    pub shift: Option<String>,
    pub cursor: Option<String>,
    pub listed_at: Option<i64>,
    pub offset: Option<i64>,
    pub scans: Option<String>,
}

/// Something was not kept, or could not be read.
#[derive(Debug)]
pub(crate) struct NotKept;

impl From<Error> for NotKept {
    fn from(_: Error) -> Self {
        Self
    }
}

#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
    /// The same, for what the crate has no words for.
    raw: JsValue,
}

impl Store {
    pub async fn open() -> Result<Self, NotKept> {
        let stores = DatabaseBuilder::new(NAME)
            .version(VERSION)
            .add_object_store(ObjectStoreBuilder::new(QUEUE))
            .add_object_store(ObjectStoreBuilder::new(PAGES).auto_increment(true))
            .add_object_store(ObjectStoreBuilder::new(NOTES));
        let raw = JsValue::from(stores.build().await?);
        let mut database = Database::try_from(raw.clone())?;
        // A newer build in another tab changes the stores: this one must not stand in its way.
        database.on_version_change(|event| {
            if let Ok(database) = event.database() {
                database.close();
            }
        });
        Ok(Self { database, raw })
    }

    /// Lets go of the store, once what is on its way is written.
    pub fn close(&self) {
        self.database.close();
    }

    /// Everything; without a list and notes that cannot be read, which the server tells anew.
    pub async fn load(&self) -> Result<Loaded, NotKept> {
        let queue = self.database.transaction(&[QUEUE], TransactionMode::ReadOnly)?.object_store(QUEUE)?;
        let (numbers, facts) = (queue.get_all_keys(None, None)?, queue.get_all(None, None)?);
        let (numbers, facts) = (numbers.await?, facts.await?);
        let read: Vec<_> = numbers.iter().zip(&facts).filter_map(|(number, fact)| Some((read_number(number)?, read_fact(fact)?))).collect();
        Ok(Loaded {
            unreadable: facts.len() - read.len(),
            queue: read,
            next: numbers.iter().filter_map(read_number).max().map_or(0, |last| last + 1),
            ..self.load_list().await.unwrap_or_default()
        })
    }

    async fn load_list(&self) -> Result<Loaded, Error> {
        let reading = self.database.transaction(&[PAGES, NOTES], TransactionMode::ReadOnly)?;
        let pages = reading.object_store(PAGES)?.get_all(None, None)?.await?;
        let notes = reading.object_store(NOTES)?;
        let note = async |note: Note| Ok::<_, Error>(notes.get(note.key())?.await?.and_then(|text| text.as_string()));
        Ok(Loaded {
            pages: pages.iter().map(|page| Uint8Array::new(page).to_vec()).collect(),
            shift: note(Note::Shift).await?,
            cursor: note(Note::Cursor).await?,
            listed_at: note(Note::ListedAt).await?.and_then(|text| text.parse().ok()),
            offset: note(Note::Offset).await?.and_then(|text| text.parse().ok()),
            scans: note(Note::Scans).await?,
            ..Loaded::default()
        })
    }

    /// Keeps facts under their numbers, in place of what was there: all or none, and none is allowed. Done when everything that was to
    /// be kept before is kept, too.
    pub async fn keep_facts(&self, facts: &[(u32, Kept)]) -> Result<(), NotKept> {
        let put = |queue: &ObjectStore, (number, kept): &(u32, Kept)| {
            let text = serde_json::to_string(kept).unwrap_or_default();
            queue.put(&JsValue::from_str(&text), Some(&JsValue::from(*number))).map(drop)
        };
        let writing = self.write_for_good()?;
        let queue = writing.object_store(QUEUE)?;
        facts.iter().try_for_each(|fact| put(&queue, fact))?;
        committed(writing).await
    }

    /// Forgets what the server has answered. Where that is lost with the phone, it is sent again and answered as before.
    pub async fn forget_facts(&self, numbers: &[u32]) -> Result<(), NotKept> {
        self.change(QUEUE, |queue| numbers.iter().try_for_each(|number| queue.delete(JsValue::from(*number)).map(drop))).await
    }

    pub async fn write(&self, note: Note, text: &str) -> Result<(), NotKept> {
        self.change(NOTES, |notes| notes.put(&JsValue::from_str(text), Some(&note.key())).map(drop)).await
    }

    /// Keeps a page that came, and where the list goes on after it: both or neither.
    pub async fn keep_page(&self, page: &[u8], cursor: &str) -> Result<(), NotKept> {
        self.change_list(cursor, |pages| pages.add(&Uint8Array::from(page), None).map(drop)).await
    }

    /// Keeps these pages in place of all that came before.
    pub async fn replace_pages(&self, list: &[Vec<u8>], cursor: &str) -> Result<(), NotKept> {
        let replace = |pages: &ObjectStore| {
            pages.clear()?;
            list.iter().try_for_each(|page| pages.add(&Uint8Array::from(page.as_slice()), None).map(drop))
        };
        self.change_list(cursor, replace).await
    }

    /// Forgets the list and the shift with its last scans; the queue stays.
    pub async fn forget_shift(&self) -> Result<(), NotKept> {
        let writing = self.database.transaction(&[PAGES, NOTES], TransactionMode::ReadWrite)?;
        writing.object_store(PAGES)?.clear()?;
        let notes = writing.object_store(NOTES)?;
        for note in [Note::Cursor, Note::ListedAt, Note::Shift, Note::Scans] {
            notes.delete(note.key())?;
        }
        committed(writing).await
    }

    /// Opens the queue so that what is committed is on the disk, and not only with the system, which a phone whose battery gives out
    /// takes with it. The disk takes some milliseconds for that. A browser that does not know the option overlooks it.
    fn write_for_good(&self) -> Result<Transaction, NotKept> {
        let begin: Function = dom::member(&self.raw, "transaction").ok_or(NotKept)?.unchecked_into();
        let options = dom::object(&[("durability", "strict".into())]);
        let writing = begin.call3(&self.raw, &QUEUE.into(), &"readwrite".into(), &options).map_err(|_| NotKept)?;
        Ok(Transaction::try_from(writing)?)
    }

    async fn change(&self, store: &str, act: impl FnOnce(&ObjectStore) -> Result<(), Error>) -> Result<(), NotKept> {
        let writing = self.database.transaction(&[store], TransactionMode::ReadWrite)?;
        act(&writing.object_store(store)?)?;
        committed(writing).await
    }

    async fn change_list(&self, cursor: &str, act: impl FnOnce(&ObjectStore) -> Result<(), Error>) -> Result<(), NotKept> {
        let writing = self.database.transaction(&[PAGES, NOTES], TransactionMode::ReadWrite)?;
        act(&writing.object_store(PAGES)?)?;
        writing.object_store(NOTES)?.put(&JsValue::from_str(cursor), Some(&Note::Cursor.key()))?;
        committed(writing).await
    }
}

/// Waits until it is written. A store that is full says so only at the end, by giving up the whole.
async fn committed(writing: Transaction) -> Result<(), NotKept> {
    if writing.await?.is_committed() { Ok(()) } else { Err(NotKept) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of facts are written from u32")]
fn read_number(key: &JsValue) -> Option<u32> {
    key.as_f64().map(|number| number as u32)
}

/// A fact that this build cannot read was written by another one: it stays where it is, for that one to read.
fn read_fact(value: &JsValue) -> Option<Kept> {
    json::read(&value.as_string()?).ok()
}
