//! The race for the last seats, and the proof that its referee sees what is oversold.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{Bench, number, table::Table, whole};
use crate::bench::table::Measured;

/// Seats of the day and of each session that are raced for, and how often something is attempted.
const SEATS: u64 = 2_000;
const SESSION_SEATS: u64 = 300;
const ATTEMPTS: u64 = 100_000;
/// The same of the race whose counters stand still.
const UNGUARDED_SEATS: u64 = 100;
const UNGUARDED_ATTEMPTS: u64 = 2_000;
/// At least this part of the attempts has to get through, or nothing was raced for.
const DONE: f64 = 0.2;

/// The people who hold a seat of each counter, whatever the counter says.
const HELD: &str = "
    select c.id, c.size, c.taken, coalesce(sum(held.people), 0) as people
    from capacities c left join (
        select a.capacity_id, r.people from registrations r join audiences a on a.id = r.audience_id
        where r.status in ('pending', 'offered', 'confirmed')
        union all
        select s.capacity_id, r.people from session_seats seat join sessions s on s.id = seat.session_id
        join registrations r on r.id = seat.registration_id where seat.state in ('offered', 'held')
    ) held on held.capacity_id = c.id
    group by c.id";

impl Bench<'_> {
    pub(super) fn race(&self, table: &mut Table) -> Result<()> {
        let sessions = self.subject.sessions()?;
        self.subject.sql("update audiences set has_waiting_list = true")?;
        self.leave(SEATS, SESSION_SEATS)?;
        let race = self.run_race(&sessions, ATTEMPTS)?;
        for what in ["register", "change", "accept", "reissue", "cancel", "cancel by staff"] {
            ensure!(race["outcomes"][format!("{what} 303")].as_u64().is_some_and(|done| done > 0), "nobody could {what}");
        }
        table.set("registration.oversold", Measured::once(whole(self.oversold()?)));
        ensure!(self.miscounted()? == 0, "counters differ from what they count");
        ensure!(self.wrongly_ticketed()? == 0, "some confirmed people have no ticket, or others have one");

        self.start_afresh()?;
        self.leave(UNGUARDED_SEATS, UNGUARDED_SEATS)?;
        self.subject.sql(
            "create function hold_still() returns trigger language plpgsql as
                 'begin new.taken := old.taken; new.waiting := old.waiting; return new; end';
             create trigger hold_still before update of taken, waiting on capacities for each row execute function hold_still()",
        )?;
        let raced = self.run_race(&sessions, UNGUARDED_ATTEMPTS);
        let oversold = self.oversold()?;
        self.subject.sql("drop trigger hold_still on capacities; drop function hold_still()")?;
        raced?;
        table.set("registration.unguarded", Measured::once(whole(oversold)));
        self.start_afresh()
    }

    fn run_race(&self, sessions: &str, attempts: u64) -> Result<Value> {
        let (email, password) = self.subject.account("organiser")?;
        let race = self.load(&[
            "race",
            "--base",
            &self.subject.base(),
            "--database",
            &self.subject.database(),
            "--audience",
            &self.subject.audience()?,
            "--sessions",
            sessions,
            "--email",
            &email,
            "--password",
            &password,
            "--attempts",
            &attempts.to_string(),
        ])?;
        println!("{}", race["outcomes"]);
        let outcomes = race["outcomes"].as_object().into_iter().flatten();
        let failed: Vec<_> = outcomes.clone().filter(|(what, _)| what.contains(" 5")).collect();
        ensure!(failed.is_empty(), "the program failed: {failed:?}");
        let done: u64 = outcomes.filter(|(what, _)| what.ends_with(" 303")).filter_map(|(_, count)| count.as_u64()).sum();
        ensure!(whole(done) >= DONE * number(&race, "count")?, "only {done} attempts got through");
        Ok(race)
    }

    /// Leaves so many seats of the audiences' limited counters and of the sessions'.
    fn leave(&self, of_audiences: u64, of_sessions: u64) -> Result<()> {
        self.leave_seats(of_audiences)?;
        self.subject.sql(&format!(
            "update capacities c set size = taken + {of_sessions} from sessions s where s.capacity_id = c.id and size is not null"
        ))?;
        Ok(())
    }

    fn oversold(&self) -> Result<u64> {
        Ok(self.subject.sql(&format!("select coalesce(sum(people - size), 0) from ({HELD}) held where people > size"))?.parse()?)
    }

    fn miscounted(&self) -> Result<u64> {
        Ok(self.subject.sql(&format!("select count(*) from ({HELD}) held where people <> taken"))?.parse()?)
    }

    /// Confirmed registrations without a ticket, and tickets of others that are not cancelled.
    fn wrongly_ticketed(&self) -> Result<u64> {
        let wrong = "select count(*) from registrations r left join tickets t on t.registration_id = r.id
                     where (r.status = 'confirmed') <> (t.standing is not null and t.standing <> 'cancelled')";
        Ok(self.subject.sql(wrong)?.parse()?)
    }

    /// Leaves nobody registered and nobody waiting.
    fn start_afresh(&self) -> Result<()> {
        self.subject.sql("truncate registrations, waiting_entries cascade; update capacities set taken = 0, waiting = 0, extra = 0")?;
        Ok(())
    }
}
