//! Files: content-addressed, in a folder or an object store.
