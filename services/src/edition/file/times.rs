//! Dates and local times of the edition file.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use domain::time::{local, vietnam};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use toml::value::{Date, Datetime, Time};

fn to_date(date: Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

fn from_date(date: NaiveDate) -> Date {
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    Date { year: u16::try_from(date.year()).unwrap_or_default(), month: small(date.month()), day: small(date.day()) }
}

fn read_date<E: serde::de::Error>(value: Datetime) -> Result<NaiveDate, E> {
    match value {
        Datetime { date: Some(date), time: None, offset: None } => to_date(date).ok_or_else(|| E::custom("no such day")),
        _ => Err(E::custom("a date like 2027-10-10 is expected")),
    }
}

fn read_instant<E: serde::de::Error>(value: Datetime) -> Result<DateTime<Utc>, E> {
    let Datetime { date: Some(date), time: Some(time), offset: None } = value else {
        return Err(E::custom("a local time in Vietnam like 2027-10-10 08:00:00 is expected"));
    };
    let date = to_date(date).ok_or_else(|| E::custom("no such day"))?;
    let time = NaiveTime::from_hms_opt(time.hour.into(), time.minute.into(), time.second.unwrap_or_default().into())
        .ok_or_else(|| E::custom("no such time"))?;
    let at = vietnam().from_local_datetime(&NaiveDateTime::new(date, time)).single();
    at.map(|at| at.to_utc()).ok_or_else(|| E::custom("no such time"))
}

fn from_instant(at: DateTime<Utc>) -> Datetime {
    let at = local(at);
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let time = Time { hour: small(at.hour()), minute: small(at.minute()), second: Some(small(at.second())), nanosecond: None };
    Datetime { date: Some(from_date(at.date_naive())), time: Some(time), offset: None }
}

macro_rules! field {
    ($name:ident, $optional:ident, $type:ty, $read:ident, $write:expr) => {
        pub(in super::super) mod $name {
            use super::*;

            pub fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                $write(*value).serialize(serializer)
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let value = Datetime::deserialize(deserializer).map_err(D::Error::custom)?;
                $read(value)
            }
        }

        pub(in super::super) mod $optional {
            use super::*;

            #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
            pub fn serialize<S: Serializer>(value: &Option<$type>, serializer: S) -> Result<S::Ok, S::Error> {
                value.map($write).serialize(serializer)
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<$type>, D::Error> {
                super::$name::deserialize(deserializer).map(Some)
            }
        }
    };
}

field!(date, optional_date, NaiveDate, read_date, |date| Datetime { date: Some(from_date(date)), time: None, offset: None });
field!(instant, optional_instant, DateTime<Utc>, read_instant, from_instant);
