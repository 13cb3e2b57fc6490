//! What a well-formed edition file must also obey: unique codes, true references, times in order, clean texts.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    checkin::CheckpointKind,
    contact::Email,
    raffle::SeedSource,
    registration::CommuneCode,
    text::{Bilingual, Locale, PersonName, clean_line, clean_text},
    time,
};

use super::{
    CheckpointPart, Document, DoorPart, File, ORGANISATION_KINDS, RafflePart,
    Step::{self, Index, Key},
};
use crate::edition::FileProblem;

mod questions;

/// The longest name or title, and the longest summary, in characters.
const NAME_MAX: usize = 250;
const SUMMARY_MAX: usize = 5000;

/// Minutes of a day.
const DAY: i32 = 24 * 60;

/// Cleans all texts (NFC, white space) and finds every problem of the file at once.
pub(in super::super) fn check(document: &Document<'_>, file: &mut File) -> Vec<FileProblem> {
    let mut check = Check { document, problems: Vec::new() };
    check.texts(file);
    check.edition(file);
    check.organisations(file);
    check.codes(file);
    check.references(file);
    check.times(file);
    check.rooms(file);
    check.raffles(file);
    questions::check(&mut check, file);
    check.badge_templates(file);
    check.problems.sort_by_key(|problem| problem.line);
    check.problems
}

struct Check<'d> {
    document: &'d Document<'d>,
    problems: Vec<FileProblem>,
}

impl Check<'_> {
    fn add(&mut self, path: &[Step<'_>], message: impl Into<String>) {
        self.problems.push(self.document.problem(path, message));
    }

    fn line(&mut self, path: &[Step<'_>], text: &mut String) {
        match clean_line(text, NAME_MAX) {
            Ok(clean) if clean.is_empty() => self.add(path, "must not be empty"),
            Ok(clean) => *text = clean,
            Err(problem) => self.add(path, problem.text(Locale::En)),
        }
    }

    fn bilingual(&mut self, path: &[Step<'_>], text: &mut Bilingual) {
        self.line(&[path, &[Key("vi")]].concat(), &mut text.vi);
        if let Some(en) = &mut text.en {
            self.line(&[path, &[Key("en")]].concat(), en);
        }
    }

    fn summary(&mut self, path: &[Step<'_>], text: &mut Bilingual) {
        let languages = [("vi", Some(&mut text.vi)), ("en", text.en.as_mut())];
        for (language, text) in languages.into_iter().filter_map(|(language, text)| Some((language, text?))) {
            match clean_text(text, SUMMARY_MAX) {
                Ok(clean) => *text = clean,
                Err(problem) => self.add(&[path, &[Key(language)]].concat(), problem.text(Locale::En)),
            }
        }
        text.en.take_if(|en| en.is_empty());
    }

    fn texts(&mut self, file: &mut File) {
        let edition = &mut file.edition;
        for (name, text) in [
            ("name", &mut edition.name),
            ("theme", &mut edition.theme),
            ("place", &mut edition.place),
            ("managing_body", &mut edition.managing_body),
        ] {
            self.bilingual(&[Key("edition"), Key(name)], text);
        }
        for (name, text) in [("hotline", &mut edition.hotline), ("responsible_person", &mut edition.responsible_person)] {
            if let Some(text) = text {
                self.line(&[Key("edition"), Key(name)], text);
            }
        }
        if let Some(email) = &mut edition.email {
            match Email::parse(email) {
                Ok(clean) => clean.as_str().clone_into(email),
                Err(problem) => self.add(&[Key("edition"), Key("email")], problem.text(Locale::En)),
            }
        }
        for (at, venue) in file.venues.iter_mut().enumerate() {
            self.bilingual(&[Key("venues"), Index(at), Key("name")], &mut venue.name);
            self.bilingual(&[Key("venues"), Index(at), Key("address")], &mut venue.address);
            for (room_at, room) in venue.rooms.iter_mut().enumerate() {
                self.bilingual(&[Key("venues"), Index(at), Key("rooms"), Index(room_at), Key("name")], &mut room.name);
            }
        }
        for (at, track) in file.tracks.iter_mut().enumerate() {
            self.bilingual(&[Key("tracks"), Index(at), Key("name")], &mut track.name);
        }
        for (at, speaker) in file.speakers.iter_mut().enumerate() {
            match PersonName::parse(&speaker.name) {
                Ok(name) => name.as_str().clone_into(&mut speaker.name),
                Err(problem) => self.add(&[Key("speakers"), Index(at), Key("name")], problem.text(Locale::En)),
            }
            if let Some(title) = &mut speaker.title {
                self.bilingual(&[Key("speakers"), Index(at), Key("title")], title);
            }
        }
        for (at, session) in file.sessions.iter_mut().enumerate() {
            self.bilingual(&[Key("sessions"), Index(at), Key("title")], &mut session.title);
            if let Some(summary) = &mut session.summary {
                self.summary(&[Key("sessions"), Index(at), Key("summary")], summary);
            }
            session.summary.take_if(|summary| *summary == Bilingual::default());
        }
        for (at, audience) in file.audiences.iter_mut().enumerate() {
            self.bilingual(&[Key("audiences"), Index(at), Key("name")], &mut audience.name);
        }
        for (at, question) in file.questions.iter_mut().enumerate() {
            self.bilingual(&[Key("questions"), Index(at), Key("label")], &mut question.label);
            if let Some(help) = &mut question.help {
                self.bilingual(&[Key("questions"), Index(at), Key("help")], help);
            }
            for (option_at, option) in question.options.iter_mut().enumerate() {
                self.bilingual(&[Key("questions"), Index(at), Key("options"), Index(option_at), Key("name")], &mut option.name);
            }
        }
        for (at, checkpoint) in file.checkpoints.iter_mut().enumerate() {
            self.bilingual(&[Key("checkpoints"), Index(at), Key("name")], &mut checkpoint.name);
        }
        for (at, template) in file.badge_templates.iter_mut().enumerate() {
            self.bilingual(&[Key("badge_templates"), Index(at), Key("name")], &mut template.name);
        }
        for (at, raffle) in file.raffles.iter_mut().enumerate() {
            self.bilingual(&[Key("raffles"), Index(at), Key("name")], &mut raffle.name);
            if let Some(source) = &mut raffle.seed_source {
                self.bilingual(&[Key("raffles"), Index(at), Key("seed_source")], source);
            }
        }
        for (at, organisation) in file.organisations.iter_mut().enumerate() {
            self.bilingual(&[Key("organisations"), Index(at), Key("name")], &mut organisation.name);
        }
        for (at, commune) in file.communes.iter_mut().enumerate() {
            self.line(&[Key("communes"), Index(at), Key("name")], &mut commune.name);
            if CommuneCode::parse(&commune.code).is_err() {
                self.add(&[Key("communes"), Index(at), Key("code")], "a code has five digits");
            }
            if !matches!(commune.kind.as_str(), "xa" | "phuong") {
                self.add(&[Key("communes"), Index(at), Key("kind")], "`xa` or `phuong` is expected");
            }
        }
    }

    fn edition(&mut self, file: &File) {
        let edition = &file.edition;
        if !(2020..=2275).contains(&edition.year) {
            self.add(&[Key("edition"), Key("year")], "a year from 2020 to 2275 is expected");
        }
        if edition.starts_on > edition.ends_on {
            self.add(&[Key("edition"), Key("ends_on")], "must not be before the first day");
        } else if !(edition.starts_on..=edition.ends_on).contains(&edition.peak_on) {
            self.add(&[Key("edition"), Key("peak_on")], "must lie between the first and the last day");
        }
        if !(1..=1000).contains(&edition.registrations_per_phone) {
            self.add(&[Key("edition"), Key("registrations_per_phone")], "a number from 1 to 1000 is expected");
        }
        if !(1..=720).contains(&edition.offer_hours) {
            self.add(&[Key("edition"), Key("offer_hours")], "a number from 1 to 720 is expected");
        }
        let kept = edition.retention;
        for (field, months, least) in
            [("attendees", kept.attendees, 1), ("logs", kept.logs, 12), ("proofs", kept.proofs, 1), ("requests", kept.requests, 1)]
        {
            if !(least..=120).contains(&months) {
                self.add(&[Key("edition"), Key("retention"), Key(field)], format!("a number of months from {least} to 120 is expected"));
            }
        }
        for (field, url) in [("portal_url", &edition.portal_url), ("handbook_url", &edition.handbook_url)] {
            self.url(&[Key("edition"), Key(field)], url.as_deref());
        }
    }

    fn organisations(&mut self, file: &File) {
        for (at, organisation) in file.organisations.iter().enumerate() {
            let field = |name| [Key("organisations"), Index(at), Key(name)];
            if !ORGANISATION_KINDS.contains(&organisation.kind.as_str()) {
                self.add(&field("kind"), format!("one of {} is expected", ORGANISATION_KINDS.join(", ")));
            }
            self.url(&field("url"), organisation.url.as_deref());
            if organisation.quota_models < 0 {
                self.add(&field("quota_models"), "0 or more is expected");
            }
            if organisation.valid_from.zip(organisation.valid_to).is_some_and(|(from, to)| from > to) {
                self.add(&field("valid_to"), "must not be before the first day");
            }
        }
    }

    fn badge_templates(&mut self, file: &File) {
        for (at, template) in file.badge_templates.iter().enumerate() {
            for fault in template.faults() {
                self.add(&[Key("badge_templates"), Index(at), Key(fault.field())], fault.to_string());
            }
        }
    }

    fn url(&mut self, path: &[Step<'_>], url: Option<&str>) {
        if url.is_some_and(|url| !is_https(url)) {
            self.add(path, "an address that begins with https:// is expected");
        }
    }

    fn codes(&mut self, file: &File) {
        self.code(&[Key("edition"), Key("code")], &file.edition.code);
        self.unique("venues", file.venues.iter().map(|venue| venue.code.as_str()));
        self.unique("tracks", file.tracks.iter().map(|track| track.code.as_str()));
        self.unique("speakers", file.speakers.iter().map(|speaker| speaker.code.as_str()));
        self.unique("sessions", file.sessions.iter().map(|session| session.code.as_str()));
        self.unique("audiences", file.audiences.iter().map(|audience| audience.code.as_str()));
        self.unique("questions", file.questions.iter().map(|question| question.code.as_str()));
        self.unique("checkpoints", file.checkpoints.iter().map(|checkpoint| checkpoint.code.as_str()));
        self.unique("badge_templates", file.badge_templates.iter().map(|template| template.code.as_str()));
        self.unique("raffles", file.raffles.iter().map(|raffle| raffle.code.as_str()));
        self.unique("organisations", file.organisations.iter().map(|organisation| organisation.code.as_str()));
        self.unique("communes", file.communes.iter().map(|commune| commune.code.as_str()));
        let mut rooms = HashSet::new();
        for (at, venue) in file.venues.iter().enumerate() {
            for (room_at, room) in venue.rooms.iter().enumerate() {
                let path = [Key("venues"), Index(at), Key("rooms"), Index(room_at), Key("code")];
                self.code(&path, &room.code);
                if !rooms.insert(&room.code) {
                    self.add(&path, format!("the code {} is used twice", room.code));
                }
                if room.seats.is_some_and(|seats| seats < 1) {
                    self.add(&[Key("venues"), Index(at), Key("rooms"), Index(room_at), Key("seats")], "at least 1 is expected");
                }
                if let Some(door) = &room.door {
                    self.door(&[Key("venues"), Index(at), Key("rooms"), Index(room_at), Key("door")], door);
                }
            }
        }
        for (at, audience) in file.audiences.iter().enumerate() {
            if audience.seats.is_some_and(|seats| seats < 0) {
                self.add(&[Key("audiences"), Index(at), Key("seats")], "0 or more is expected");
            }
            for (domain_at, domain) in audience.email_domains.iter().enumerate() {
                if domain.starts_with('.') || !Email::parse(&format!("a@{domain}")).is_ok_and(|email| email.host() == domain) {
                    self.add(
                        &[Key("audiences"), Index(at), Key("email_domains"), Index(domain_at)],
                        "a domain in small letters is expected",
                    );
                }
            }
        }
        for (at, session) in file.sessions.iter().enumerate() {
            if session.seats.is_some_and(|seats| seats < 0) {
                self.add(&[Key("sessions"), Index(at), Key("seats")], "0 or more is expected");
            }
        }
    }

    fn unique<'f>(&mut self, list: &str, codes: impl Iterator<Item = &'f str>) {
        let mut seen = HashSet::new();
        for (at, code) in codes.enumerate() {
            self.code(&[Key(list), Index(at), Key("code")], code);
            if !seen.insert(code) {
                self.add(&[Key(list), Index(at), Key("code")], format!("the code {code} is used twice"));
            }
        }
    }

    /// Codes stand in addresses: small letters, digits and hyphens.
    fn code(&mut self, path: &[Step<'_>], code: &str) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if code.is_empty() || code.len() > 80 || !code.chars().all(fits) {
            self.add(path, "a code of small letters, digits and hyphens is expected");
        }
    }

    fn references(&mut self, file: &File) {
        let rooms: HashSet<&str> = file.venues.iter().flat_map(|venue| &venue.rooms).map(|room| room.code.as_str()).collect();
        let tracks: HashSet<&str> = file.tracks.iter().map(|track| track.code.as_str()).collect();
        let speakers: HashSet<&str> = file.speakers.iter().map(|speaker| speaker.code.as_str()).collect();
        let sessions: HashSet<&str> = file.sessions.iter().map(|session| session.code.as_str()).collect();
        let organisations: HashSet<&str> = file.organisations.iter().map(|organisation| organisation.code.as_str()).collect();
        let communes: HashSet<&str> = file.communes.iter().map(|commune| commune.code.as_str()).collect();
        for (at, session) in file.sessions.iter().enumerate() {
            self.refers(&[Key("sessions"), Index(at), Key("room")], &rooms, Some(&session.room));
            self.refers(&[Key("sessions"), Index(at), Key("track")], &tracks, session.track.as_ref());
            for (speaker_at, speaker) in session.speakers.iter().enumerate() {
                if session.speakers[..speaker_at].contains(speaker) {
                    self.add(&[Key("sessions"), Index(at), Key("speakers"), Index(speaker_at)], format!("{speaker} is named twice"));
                }
                self.refers(&[Key("sessions"), Index(at), Key("speakers"), Index(speaker_at)], &speakers, Some(speaker));
            }
        }
        for (at, speaker) in file.speakers.iter().enumerate() {
            self.refers(&[Key("speakers"), Index(at), Key("organisation")], &organisations, speaker.organisation.as_ref());
        }
        for (at, checkpoint) in file.checkpoints.iter().enumerate() {
            self.refers(&[Key("checkpoints"), Index(at), Key("session")], &sessions, checkpoint.session.as_ref());
            if (checkpoint.kind == CheckpointKind::Session) != checkpoint.session.is_some() {
                self.add(&[Key("checkpoints"), Index(at), Key("session")], "a door of the kind `session` names its session, no other does");
            }
        }
        self.entrances(&file.checkpoints);
        for (at, organisation) in file.organisations.iter().enumerate() {
            self.refers(&[Key("organisations"), Index(at), Key("commune")], &communes, organisation.commune.as_ref());
        }
    }

    /// Who was let in at one checkpoint of an entrance is in at all: they are of one kind, and an exit is known at all of them or at
    /// none.
    fn entrances(&mut self, checkpoints: &[CheckpointPart]) {
        let mut first: HashMap<&str, &CheckpointPart> = HashMap::new();
        for (at, checkpoint) in checkpoints.iter().enumerate() {
            let Some(entrance) = &checkpoint.entrance else { continue };
            let path = [Key("checkpoints"), Index(at), Key("entrance")];
            self.code(&path, entrance);
            let first = first.entry(entrance).or_insert(checkpoint);
            if !matches!(checkpoint.kind, CheckpointKind::Gate | CheckpointKind::Handout) {
                self.add(&path, "only gates and hand-outs share an entrance");
            } else if (checkpoint.kind, checkpoint.exits) != (first.kind, first.exits) {
                self.add(&path, format!("kind and exits must be those of {}, which has the same entrance", first.code));
            }
        }
    }

    /// A day is the most that a door is open before its session or after its start.
    fn door(&mut self, path: &[Step<'_>; 5], door: &DoorPart) {
        let [venues, venue, rooms, room, part] = *path;
        let minutes = [
            ("opens_before", Some(door.opens_before), 0..=DAY),
            ("closes_after", door.closes_after, 1..=DAY),
            ("opens_to_all_after", door.opens_to_all_after, -DAY..=DAY),
        ];
        for (key, value, range) in minutes {
            if value.is_some_and(|value| !range.contains(&value)) {
                let expected = format!("between {} and {} minutes are expected", range.start(), range.end());
                self.add(&[venues, venue, rooms, room, part, Key(key)], expected);
            }
        }
    }

    fn refers(&mut self, path: &[Step<'_>], known: &HashSet<&str>, code: Option<&String>) {
        if let Some(code) = code.filter(|code| !known.contains(code.as_str())) {
            self.add(path, format!("nothing has the code {code}"));
        }
    }

    fn times(&mut self, file: &File) {
        let days = file.edition.starts_on..=file.edition.ends_on;
        for (at, session) in file.sessions.iter().enumerate() {
            if session.starts >= session.ends {
                self.add(&[Key("sessions"), Index(at), Key("ends")], "must be after the start");
            } else if !takes_place_on(&days, session.starts, session.ends) {
                self.add(&[Key("sessions"), Index(at), Key("starts")], "is outside the days of the edition");
            }
        }
        for (at, audience) in file.audiences.iter().enumerate() {
            self.window("audiences", at, audience.opens, audience.closes);
        }
        for (at, checkpoint) in file.checkpoints.iter().enumerate() {
            self.window("checkpoints", at, checkpoint.opens, checkpoint.closes);
        }
    }

    /// Nobody has more stamps than there are booths.
    fn raffles(&mut self, file: &File) {
        let booths = file.checkpoints.iter().filter(|checkpoint| checkpoint.kind == CheckpointKind::Booth).count();
        let booths = i32::try_from(booths).unwrap_or(i32::MAX);
        for (at, raffle) in file.raffles.iter().enumerate() {
            if !(1..=1000).contains(&raffle.winners) {
                self.add(&[Key("raffles"), Index(at), Key("winners")], "a number from 1 to 1000 is expected");
            }
            if !(1..=booths).contains(&raffle.stamps) {
                self.add(
                    &[Key("raffles"), Index(at), Key("stamps")],
                    format!("a number from 1 to that of the booths ({booths}) is expected"),
                );
            }
            self.seed(at, raffle);
        }
    }

    /// All of its source or nothing: whether it may be nothing, only the store tells.
    fn seed(&mut self, at: usize, raffle: &RafflePart) {
        let named = [
            ("seed_source", raffle.seed_source.is_some()),
            ("seed_digits", raffle.seed_digits.is_some()),
            ("seed_at", raffle.seed_at.is_some()),
        ];
        let path = |key| [Key("raffles"), Index(at), Key(key)];
        if named.iter().any(|(_, is_named)| *is_named) {
            for (key, _) in named.iter().filter(|(_, is_named)| !is_named) {
                self.add(&path(key), "is missing");
            }
        }
        let range = SeedSource::DIGITS;
        if raffle.seed_digits.is_some_and(|digits| !u8::try_from(digits).is_ok_and(|digits| range.contains(&digits))) {
            self.add(&path("seed_digits"), format!("a number from {} to {} is expected", range.start(), range.end()));
        }
        if raffle.seed_at.is_some_and(|seed_at| seed_at <= raffle.closes) {
            self.add(&path("seed_at"), "must be after closes");
        }
    }

    fn window(&mut self, list: &str, at: usize, opens: Option<DateTime<Utc>>, closes: Option<DateTime<Utc>>) {
        if opens.zip(closes).is_some_and(|(opens, closes)| opens >= closes) {
            self.add(&[Key(list), Index(at), Key("closes")], "must be after the opening");
        }
    }

    /// No room holds two sessions at once.
    fn rooms(&mut self, file: &File) {
        let mut by_room: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, session) in file.sessions.iter().enumerate() {
            by_room.entry(&session.room).or_default().push(at);
        }
        for sessions in by_room.values_mut() {
            sessions.sort_by_key(|at| file.sessions[*at].starts);
            // The session that holds the room longest so far.
            let mut longest: Option<usize> = None;
            for at in sessions.iter().copied() {
                let session = &file.sessions[at];
                let holder = longest.map(|longest| &file.sessions[longest]);
                if let Some(holder) = holder.filter(|holder| session.starts < holder.ends) {
                    self.add(&[Key("sessions"), Index(at), Key("room")], format!("{} is in this room at that time", holder.code));
                }
                if holder.is_none_or(|holder| session.ends > holder.ends) {
                    longest = Some(at);
                }
            }
        }
    }
}

/// Whether a span of time, up to just before its end, lies within these days in Vietnam.
fn takes_place_on(days: &RangeInclusive<NaiveDate>, starts: DateTime<Utc>, ends: DateTime<Utc>) -> bool {
    days.contains(&time::local_date(starts)) && days.contains(&time::local_date(ends - chrono::TimeDelta::nanoseconds(1)))
}

fn is_https(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && url.chars().all(|c| c.is_ascii_graphic()))
}
