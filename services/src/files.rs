//! Files: content-addressed, in a folder or an object store. A file's key is its SHA-256 in hexadecimal.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path};
use sha2::{Digest, Sha256};

use crate::{Context, Error};

/// The store that keeps files in a folder, which is made if it is missing.
///
/// # Errors
/// [`Error::Internal`] when the folder cannot be made.
pub fn folder(path: &std::path::Path) -> Result<Arc<dyn ObjectStore>, Error> {
    std::fs::create_dir_all(path).map_err(|error| Error::Internal(error.into()))?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(|error| Error::Internal(error.into()))?;
    Ok(Arc::new(store))
}

/// The key of bytes.
pub(crate) fn key(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Stores bytes under their key. Storing the same bytes again changes nothing.
pub(crate) async fn put(cx: &Context, bytes: Vec<u8>) -> Result<(), Error> {
    let path = path(&key(&bytes));
    cx.files.put(&path, PutPayload::from(bytes)).await.map_err(|error| Error::Unavailable(error.into()))?;
    Ok(())
}

/// The bytes of a key.
pub(crate) async fn get(cx: &Context, key: &str) -> Result<Vec<u8>, Error> {
    let found = cx.files.get(&path(key)).await.map_err(missing)?;
    Ok(found.bytes().await.map_err(missing)?.to_vec())
}

/// Removes a file; one that is not there is removed already.
pub(crate) async fn remove(cx: &Context, key: &str) -> Result<(), Error> {
    match cx.files.delete(&path(key)).await.map_err(missing) {
        Err(Error::NotFound) => Ok(()),
        outcome => outcome,
    }
}

/// Two characters of the key make a folder, so that no folder grows large.
fn path(key: &str) -> Path {
    Path::from_iter([key.get(..2).unwrap_or_default(), key])
}

fn missing(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        other => Error::Unavailable(other.into()),
    }
}
