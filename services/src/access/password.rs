//! Passwords: argon2id off the async threads, two at a time.

use std::sync::LazyLock;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};

use crate::{Context, Error, turns::Turns};

/// One hash takes 19 MiB and tens of milliseconds: two at a time leave the machine to the others.
static TURNS: Turns = Turns::new(2, 64);

/// The hash that is verified when there is no account, so that the work is the same.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody", &[0; 16]).expect("the parameters are valid"));

/// Letters and digits that are not mistaken for one another, and the signs between them.
const LOWER: &[u8] = b"abcdefghjkmnpqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"23456789";

/// OWASP's first choice for argon2id: m = 19 MiB, t = 2, p = 1.
fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| Error::Internal(error.to_string().into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str, salt: &[u8; 16]) -> Result<String, Error> {
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), salt).map_err(|error| Error::Internal(error.to_string().into()))?;
    Ok(hash.to_string())
}

/// The PHC string of a password.
pub(super) async fn hash(cx: &Context, password: &str) -> Result<String, Error> {
    let (password, salt) = (password.to_owned(), cx.random_bytes());
    blocking(move || hash_now(&password, &salt)).await
}

/// Whether the password is the one that was hashed; false, after the same work, without a hash.
pub(super) async fn verify(password: &str, hash: Option<String>) -> Result<bool, Error> {
    let password = password.to_owned();
    blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let hash = PasswordHash::new(&hash).map_err(|error| Error::Internal(error.to_string().into()))?;
        Ok(argon2()?.verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    TURNS.run(work).await?
}

/// A random password of four groups, as `Kmbe-R7wx-…`: 19 characters of four classes, about 90 bits.
pub(super) fn random(cx: &Context) -> String {
    let classes: [&[u8]; 4] = [UPPER, LOWER, DIGITS, LOWER];
    let all = [LOWER, UPPER, DIGITS].concat();
    let mut password = String::new();
    for (group, class) in classes.into_iter().enumerate() {
        if group > 0 {
            password.push('-');
        }
        // The first letter of each group is of its class, so that every class is there.
        password.push(pick(cx, class));
        for _ in 0..3 {
            password.push(pick(cx, &all));
        }
    }
    password
}

/// One of the letters, each as likely: bytes beyond the last whole multiple are thrown again.
fn pick(cx: &Context, letters: &[u8]) -> char {
    let fair = 256 / letters.len() * letters.len();
    loop {
        let [byte] = cx.random_bytes();
        if usize::from(byte) < fair {
            return char::from(letters[usize::from(byte) % letters.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[sqlx::test(migrations = false)]
    async fn random_passwords_meet_our_own_rule(pool: sqlx::PgPool) {
        let cx = testing::context(pool);
        for _ in 0..200 {
            let password = random(&cx);
            assert_eq!(password.len(), 19);
            assert_eq!(domain::access::password::check(&password), Ok(()), "{password}");
        }
    }

    #[sqlx::test(migrations = false)]
    async fn only_the_right_password_opens(pool: sqlx::PgPool) {
        let cx = testing::context(pool);
        let stored = hash(&cx, "Sen-Hong-2027-DT").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("Sen-Hong-2027-DT", Some(stored.clone())).await.unwrap());
        assert!(!verify("Sen-Hong-2027-Dt", Some(stored)).await.unwrap());
        assert!(!verify("nobody", None).await.unwrap());
    }
}
