//! Fair use: forms show that our page gave them out, and when; in the minute of the opening, that they cost some work.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    fair::{
        self, field,
        puzzle::{self, Difficulty, Puzzle},
    },
    form::{FieldErrors, Problem, Values},
    registration::{Application, Window, field::IDEMPOTENCY_KEY},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{Context, Error};

/// What a form that is given out now carries: the second, and proof that it is ours.
#[must_use]
pub fn stamp(cx: &Context) -> String {
    stamp_at(cx, cx.now())
}

pub(crate) fn stamp_at(cx: &Context, at: DateTime<Utc>) -> String {
    let second = at.timestamp().to_string();
    let proof = proof(cx, &second).finalize().into_bytes();
    format!("{second}.{}", BASE64URL_NOPAD.encode(&proof))
}

/// The stamp to show a form with again: the one that came, as long as it can be used, else a new one.
#[must_use]
pub fn kept_stamp(cx: &Context, stamp: &str) -> String {
    match issued(cx, stamp) {
        Some(at) if fair::filled_in(at, cx.now(), TimeDelta::MIN).is_ok() => stamp.to_owned(),
        _ => self::stamp(cx),
    }
}

/// Whether a person may have filled in this form, at least so long after it was given out. Asks nothing where that is zero.
///
/// # Errors
/// [`Error::Invalid`] on [`field::STAMP`].
pub fn filled_in(cx: &Context, values: &Values, least: TimeDelta) -> Result<(), Error> {
    let refused = |problem| Err(FieldErrors::one(field::STAMP, problem).into());
    if least.is_zero() {
        return Ok(());
    }
    if !values.get(field::TRAP).is_empty() {
        return refused(Problem::HiddenFieldFilled);
    }
    let issued = issued(cx, values.get(field::STAMP)).ok_or(Problem::FormTooOld);
    match issued.and_then(|at| fair::filled_in(at, cx.now(), least)) {
        Ok(()) => Ok(()),
        Err(problem) => refused(problem),
    }
}

/// Whether a form that comes in the minute of its audience's opening brings the solution of its puzzle, or has waited.
///
/// # Errors
/// [`Error::Invalid`] on [`field::STAMP`], with how long to wait: then the same form is taken without a solution.
pub fn opening(cx: &Context, values: &Values, application: &Application, window: Window, difficulty: Difficulty) -> Result<(), Error> {
    let stamp = values.get(field::STAMP);
    // A form that is not ours is as good as one that was given out just now.
    let issued = issued(cx, stamp).unwrap_or_else(|| cx.now());
    let Err(wait) = puzzle::waited(window, issued, cx.now()) else { return Ok(()) };
    let solution = values.get(puzzle::SOLUTION).parse().ok();
    let puzzle = application.details.phone.as_ref().map(|phone| Puzzle::new(difficulty, stamp, values.get(IDEMPOTENCY_KEY), phone));
    match puzzle.zip(solution) {
        Some((puzzle, solution)) if puzzle.is_solved_by(solution) => Ok(()),
        _ => Err(FieldErrors::one(field::STAMP, Problem::Opening { wait }).into()),
    }
}

/// When a stamp was made; nothing for a stamp that is not ours.
fn issued(cx: &Context, stamp: &str) -> Option<DateTime<Utc>> {
    let (second, given) = stamp.split_once('.')?;
    let given = BASE64URL_NOPAD.decode(given.as_bytes()).ok()?;
    proof(cx, second).verify_slice(&given).ok()?;
    DateTime::from_timestamp(second.parse().ok()?, 0)
}

fn proof(cx: &Context, second: &str) -> Hmac<Sha256> {
    let key = cx.secret.derive("form stamp");
    let mut proof = Hmac::new_from_slice(&key).expect("any key is a valid length");
    proof.update(second.as_bytes());
    proof
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{MasterSecret, testing};

    const LEAST: TimeDelta = TimeDelta::seconds(3);

    fn form(stamp: &str, trap: &str) -> Values {
        Values(vec![(field::STAMP.into(), stamp.into()), (field::TRAP.into(), trap.into())])
    }

    fn told(result: Result<(), Error>) -> Option<Problem> {
        match result {
            Ok(()) => None,
            Err(Error::Invalid(errors)) => errors.of(field::STAMP).cloned(),
            Err(error) => panic!("{error}"),
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn only_a_stamp_of_ours_of_the_right_age_is_taken(pool: PgPool) {
        let (cx, clock) = testing::context_with_clock(pool);
        let stamp = stamp(&cx);
        assert_eq!(told(filled_in(&cx, &form(&stamp, ""), LEAST)), Some(Problem::SentAtOnce));
        clock.advance(LEAST);
        assert_eq!(told(filled_in(&cx, &form(&stamp, ""), LEAST)), None);
        assert_eq!(told(filled_in(&cx, &form(&stamp, "x"), LEAST)), Some(Problem::HiddenFieldFilled));
        let (second, proof) = stamp.split_once('.').unwrap();
        let other = Context { secret: MasterSecret::new([1; 32]), ..cx.clone() };
        for forged in [
            String::new(),
            "x".into(),
            second.into(),
            format!("{second}."),
            format!("{second}.{}", &proof[..22]),
            format!("1{second}.{proof}"),
            format!("+{stamp}"),
            super::stamp(&other),
        ] {
            assert_eq!(told(filled_in(&cx, &form(&forged, ""), LEAST)), Some(Problem::FormTooOld), "{forged}");
        }
        assert_eq!(told(filled_in(&cx, &form("", "x"), TimeDelta::zero())), None, "nothing is asked");
        assert_eq!(kept_stamp(&cx, &stamp), stamp);
        clock.advance(fair::FORM_HOURS);
        assert_eq!(told(filled_in(&cx, &form(&stamp, ""), LEAST)), Some(Problem::FormTooOld));
        assert_eq!(kept_stamp(&cx, &stamp), super::stamp(&cx));
    }
}
