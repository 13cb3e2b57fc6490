//! The sample: a whole edition with people and model projects, so that an empty installation has something to show.

use std::{collections::BTreeMap, fmt};

use anyhow::{Context as _, Result, anyhow};
use domain::{
    access::{Actor, Role},
    contact::Email,
    form::{Problem, Values},
    ids::{DossierId, OrganisationId},
    registration::TICKED,
    showcase::{Basis, Content, State, field},
    text::PersonName,
};
use serde::{Deserialize, Serialize};
use services::{
    Context, Error,
    access::{self, NewAccount},
    edition::{self, ImportError},
    showcase,
};

const EDITION: &str = include_str!("../sample/edition.toml");
const DOSSIERS: &str = include_str!("../sample/dossiers.toml");

macro_rules! covers {
    ($($name:literal),+) => {
        /// The pictures of the model projects, by name.
        const COVERS: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../sample/covers/", $name, ".jpg")))),+];
    };
}
covers!["clinic", "counter", "ferry", "fields", "heart", "mango", "market", "river", "school", "vaccine"];

/// The code of the sample edition.
const CODE: &str = "cds-2027";
/// The organisation of the department's account: the one with dossiers in every state.
const DEPARTMENT: &str = "so-y-te";
/// The organisation of the judge's account: another one, whose dossiers the judge may not see.
const JUDGE: &str = "so-khoa-hoc-va-cong-nghe";

/// The account that is made last: where it is, the sample was loaded to its end.
const STEWARD: &str = "diemdanh@mau.ngay-cds.vn";

/// How to sign in to an account.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignIn({}, …)", self.email)
    }
}

/// One account for each role, with its password: shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignIns {
    pub organiser: SignIn,
    pub supervisor: SignIn,
    pub department: SignIn,
    pub judge: SignIn,
    pub steward: SignIn,
}

/// Loads the sample into an empty database: the edition, one account for each role, the dossiers. `None`
/// where there is an edition already.
///
/// A start that was killed in the middle is taken up by the next one.
///
/// # Errors
/// When Postgres or the file store cannot be reached.
pub async fn load(cx: &Context) -> Result<Option<SignIns>> {
    match edition::current(cx).await? {
        Some(found) if !(found.sample && found.code == CODE) || access::has_account(cx, &email(STEWARD)?).await? => return Ok(None),
        Some(_) => {}
        None => import(cx).await?,
    }
    let (organiser, organiser_sign_in) = account(cx, Role::Organiser, "bantochuc@mau.ngay-cds.vn", "Nguyễn Thị Mai Anh", None).await?;
    let (department, department_sign_in) =
        account(cx, Role::Department, "donvi@mau.ngay-cds.vn", "Trần Quốc Việt", Some(DEPARTMENT)).await?;
    let (_, judge) = account(cx, Role::Judge, "hoidong@mau.ngay-cds.vn", "Lê Thanh Hà", Some(JUDGE)).await?;
    let Dossiers { dossiers } = toml::from_str(DOSSIERS).context("sample/dossiers.toml")?;
    // The gallery shows the newest first: the file is read from its end.
    for dossier in dossiers.iter().rev() {
        file(cx, dossier, &department, &organiser)
            .await
            .with_context(|| format!("the sample dossier {:?}", dossier.text.get(field::TITLE)))?;
    }
    let (_, supervisor) = account(cx, Role::Supervisor, "truongnhom@mau.ngay-cds.vn", "Võ Thị Bích Ngọc", None).await?;
    let (_, steward) = account(cx, Role::Steward, STEWARD, "Phạm Minh Khôi", None).await?;
    Ok(Some(SignIns { organiser: organiser_sign_in, supervisor, department: department_sign_in, judge, steward }))
}

async fn import(cx: &Context) -> Result<()> {
    match edition::import(cx, EDITION).await {
        Ok(_) => Ok(()),
        Err(ImportError::File(problems)) => {
            let told = problems.iter().map(|problem| format!("line {}, {}: {}", problem.line, problem.field, problem.message));
            Err(anyhow!("sample/edition.toml\n{}", told.collect::<Vec<_>>().join("\n")))
        }
        Err(ImportError::Store(error)) => Err(error.into()),
    }
}

/// Makes a sample account; one that a killed start has left behind gets a new password.
async fn account(cx: &Context, role: Role, address: &str, name: &str, organisation: Option<&str>) -> Result<(Actor, SignIn)> {
    let organisation = match organisation {
        Some(code) => Some(access::organisation_by_code(cx, code).await.with_context(|| code.to_owned())?.0),
        None => None,
    };
    let email = email(address)?;
    let full_name = PersonName::parse(name).map_err(|problem| anyhow!("{name}: {problem:?}"))?;
    let new = NewAccount { email: email.clone(), full_name, role, organisation, sample: true };
    let (actor, password) = match access::create_account(cx, new).await {
        Ok((id, password)) => (Actor::Account { id, name: name.to_owned(), role, organisation }, password),
        Err(Error::Invalid(errors)) if errors.of("email") == Some(&Problem::AlreadyInUse) => {
            let password = access::reset_password(cx, &email).await?;
            let (token, actor) = access::sign_in(cx, email.as_str(), &password).await?;
            access::sign_out(cx, &token.0).await?;
            (actor, password)
        }
        Err(error) => return Err(error.into()),
    };
    Ok((actor, SignIn { email: email.as_str().to_owned(), password }))
}

fn email(address: &str) -> Result<Email> {
    Email::parse(address).map_err(|problem| anyhow!("{address}: {problem:?}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dossiers {
    dossiers: Vec<Dossier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dossier {
    organisation: String,
    stand: State,
    cover: Option<String>,
    /// Why it was returned.
    reason: Option<String>,
    /// What the dossier's form would send.
    text: BTreeMap<String, String>,
}

/// Takes a dossier to its stand, by the steps that people would take. The sample department's account files
/// for every organisation, so that all are marked as sample.
async fn file(cx: &Context, dossier: &Dossier, department: &Actor, organiser: &Actor) -> Result<()> {
    let (organisation, _) = access::organisation_by_code(cx, &dossier.organisation).await?;
    let by = acting_for(department, organisation);
    let content = content(dossier)?;
    let (id, mut state) = begun(cx, &by, &content.title).await?;
    if state == State::Draft {
        let basis = Basis::of(showcase::dossier(cx, &by, id).await?.revision);
        let revision = showcase::save(cx, &by, id, basis, None, content).await?;
        if let Some(name) = &dossier.cover {
            let (_, picture) = COVERS.iter().find(|(known, _)| known == name).with_context(|| format!("no cover {name}"))?;
            showcase::set_cover(cx, &by, id, picture.to_vec()).await?;
        }
        if dossier.stand != State::Draft {
            showcase::submit(cx, &by, id, revision).await?;
            state = State::Submitted;
        }
    }
    match (state, dossier.stand) {
        (State::Submitted, State::Published) => showcase::publish(cx, organiser, id).await?,
        (State::Submitted, State::Returned) => {
            showcase::send_back(cx, organiser, id, dossier.reason.as_deref().unwrap_or_default()).await?;
        }
        _ => {}
    }
    Ok(())
}

/// The dossier with this title and its state: a new draft, or what a killed start has left behind.
async fn begun(cx: &Context, by: &Actor, title: &str) -> Result<(DossierId, State)> {
    let known = showcase::dossiers(cx, by).await?;
    let found = known.iter().find(|dossier| dossier.content.title == title || dossier.content.title.is_empty());
    Ok(match found {
        Some(dossier) => (dossier.id, dossier.state),
        None => (showcase::start(cx, by).await?, State::Draft),
    })
}

fn acting_for(department: &Actor, organisation: OrganisationId) -> Actor {
    match department {
        Actor::Account { id, name, role, .. } => {
            Actor::Account { id: *id, name: name.clone(), role: *role, organisation: Some(organisation) }
        }
        other => other.clone(),
    }
}

fn content(dossier: &Dossier) -> Result<Content> {
    let mut values: Vec<(String, String)> = dossier.text.clone().into_iter().collect();
    if dossier.stand != State::Draft {
        values.push((field::PUBLISH_CONSENT.to_owned(), TICKED.to_owned()));
    }
    Ok(Content::parse_draft(&Values(values))?)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use domain::showcase::{Pillar, Sector};
    use services::{programme, registration, testing};
    use sqlx::PgPool;

    use super::*;

    async fn titles(cx: &Context, actor: &Actor) -> Vec<(String, State)> {
        let mut titles: Vec<_> =
            showcase::dossiers(cx, actor).await.unwrap().into_iter().map(|dossier| (dossier.content.title, dossier.state)).collect();
        titles.sort();
        titles
    }

    #[sqlx::test(migrator = "services::MIGRATOR")]
    async fn an_empty_database_gets_the_sample_once(pool: PgPool) {
        let cx = testing::context(pool);
        let sign_ins = load(&cx).await.unwrap().expect("the database was empty");
        assert_eq!(load(&cx).await.unwrap(), None);

        let home = programme::home(&cx).await.unwrap().unwrap();
        assert_eq!((home.edition.code.as_str(), home.edition.sample, home.sessions, home.models), ("cds-2027", true, 32, 8));
        let partners: Vec<_> = home.partners.into_iter().map(|partner| partner.name.vi).collect();
        assert_eq!(partners, ["VNPT Đồng Tháp", "Viettel Đồng Tháp"]);
        let choices = registration::choices(&cx, None).await.unwrap().unwrap();
        assert_eq!((choices.communes.len(), choices.audiences.len(), choices.organisations.len()), (102, 3, 118));

        let gallery = showcase::gallery(&cx, None).await.unwrap();
        assert!(gallery.iter().all(|card| card.sample && card.cover.is_some()));
        let organisations: std::collections::HashSet<_> = gallery.iter().map(|card| &card.organisation.vi).collect();
        assert_eq!(organisations.len(), 8);
        for pillar in Pillar::ALL {
            assert!(gallery.iter().any(|card| card.content.pillar == Some(*pillar)), "{pillar:?}");
        }
        for sector in [Sector::Agriculture, Sector::Health, Sector::Education, Sector::Administration, Sector::Culture] {
            assert!(gallery.iter().any(|card| card.content.sector == Some(sector)), "{sector:?}");
        }

        for (sign_in, role) in [
            (&sign_ins.organiser, Role::Organiser),
            (&sign_ins.supervisor, Role::Supervisor),
            (&sign_ins.department, Role::Department),
            (&sign_ins.judge, Role::Judge),
            (&sign_ins.steward, Role::Steward),
        ] {
            let (_, actor) = access::sign_in(&cx, &sign_in.email, &sign_in.password).await.unwrap();
            let Actor::Account { role: found, organisation, .. } = &actor else { panic!("{actor:?}") };
            assert_eq!(*found, role);
            if role == Role::Department {
                let states: Vec<_> = titles(&cx, &actor).await.into_iter().map(|(_, state)| state).collect();
                assert_eq!(states.len(), 4);
                assert!(State::ALL.iter().all(|state| states.contains(state)), "one dossier in every state");
                assert!(organisation.is_some());
            }
            if role == Role::Judge {
                assert_eq!(titles(&cx, &actor).await.len(), 9, "all under review, none of them its own");
            }
        }
    }

    #[sqlx::test(migrator = "services::MIGRATOR")]
    async fn registration_is_open_now_and_until_the_eve_of_the_day(pool: PgPool) {
        let cx = testing::context(pool);
        import(&cx).await.unwrap();
        for (at, open) in [
            (Utc.with_ymd_and_hms(2026, 11, 25, 0, 0, 0), true),
            (Utc.with_ymd_and_hms(2027, 10, 9, 10, 59, 59), true),
            (Utc.with_ymd_and_hms(2027, 10, 9, 11, 0, 0), false),
        ] {
            let at = at.unwrap();
            for audience in registration::choices(&cx, None).await.unwrap().unwrap().audiences {
                assert_eq!(audience.window.check(at).is_ok(), open, "{} at {at}", audience.name.vi);
            }
        }
    }

    #[sqlx::test(migrator = "services::MIGRATOR")]
    async fn what_a_killed_start_left_is_taken_up(pool: PgPool) {
        let cx = testing::context(pool);
        import(&cx).await.unwrap();
        account(&cx, Role::Organiser, "bantochuc@mau.ngay-cds.vn", "Nguyễn Thị Mai Anh", None).await.unwrap();
        let (department, _) = account(&cx, Role::Department, "donvi@mau.ngay-cds.vn", "Trần Quốc Việt", Some(DEPARTMENT)).await.unwrap();
        showcase::start(&cx, &department).await.unwrap();
        let sign_ins = load(&cx).await.unwrap().expect("the sample was not whole");
        access::sign_in(&cx, &sign_ins.organiser.email, &sign_ins.organiser.password).await.unwrap();
        assert_eq!(titles(&cx, &department).await.len(), 4, "the empty draft was used");
        assert_eq!(programme::home(&cx).await.unwrap().unwrap().models, 8);
    }

    #[sqlx::test(migrator = "services::MIGRATOR")]
    async fn an_edition_of_ones_own_is_left_alone(pool: PgPool) {
        let cx = testing::context(pool);
        testing::edition(&cx, 10).await;
        assert_eq!(load(&cx).await.unwrap(), None);
        assert!(!access::has_account(&cx, &email(STEWARD).unwrap()).await.unwrap());
    }

    #[sqlx::test(migrator = "services::MIGRATOR")]
    async fn the_sample_is_written_back_as_it_is_and_can_be_taken_away(pool: PgPool) {
        let cx = testing::context(pool);
        load(&cx).await.unwrap();
        let exported = edition::export(&cx, None).await.unwrap();
        let again = edition::import(&cx, &exported).await.unwrap();
        assert_eq!((again.created, again.updated, again.removed), (0, 0, 0));
        assert_eq!(edition::export(&cx, None).await.unwrap(), exported);

        let cleared = edition::clear_sample(&cx).await.unwrap();
        assert_eq!((cleared.sessions, cleared.speakers, cleared.dossiers, cleared.accounts), (32, 14, 11, 5));
        let left = edition::export(&cx, None).await.unwrap();
        assert!(!left.contains("sample"), "{left}");
        assert!(left.contains("code = \"trung-tam-hoi-nghi\"") && !left.contains("quang-truong-van-mieu"));
        assert_eq!(load(&cx).await.unwrap(), None, "what was taken away does not come back");
    }
}
