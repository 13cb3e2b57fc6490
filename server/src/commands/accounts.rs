//! Accounts from the command line.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use domain::{
    access::Role,
    contact::Email,
    form::Problem,
    text::{Locale, PersonName},
};
use services::{
    Context, Error,
    access::{self, NewAccount},
};

pub async fn create(cx: &Context, role: Role, email: &str, name: &str, organisation: Option<&str>) -> Result<ExitCode> {
    let email = read("--email", Email::parse(email))?;
    let full_name = read("--name", PersonName::parse(name))?;
    let organisation = match organisation {
        Some(code) => match access::organisation_by_code(cx, code).await {
            Ok((id, _)) => Some(id),
            Err(Error::NotFound) => anyhow::bail!("--organisation: there is no body with the code {code}; import its edition first"),
            Err(error) => return Err(error).context("looking for the organisation"),
        },
        None => None,
    };
    let account = NewAccount { email: email.clone(), full_name, role, organisation, sample: false };
    match access::create_account(cx, account).await {
        Ok((_, password)) => show(&email, &password),
        Err(Error::Invalid(errors)) => {
            let problems: Vec<_> = errors.0.iter().map(|(field, problem)| format!("--{field}: {}", problem.text(Locale::En))).collect();
            anyhow::bail!(problems.join("; "))
        }
        Err(error) => Err(error).context("making the account"),
    }
}

pub async fn reset_password(cx: &Context, email: &str) -> Result<ExitCode> {
    let email = read("--email", Email::parse(email))?;
    match access::reset_password(cx, &email).await {
        Ok(password) => show(&email, &password),
        Err(Error::NotFound) => anyhow::bail!("there is no account with this e-mail address"),
        Err(error) => Err(error).context("setting the password"),
    }
}

pub async fn set_disabled(cx: &Context, email: &str, is_disabled: bool) -> Result<ExitCode> {
    let email = read("--email", Email::parse(email))?;
    match access::set_disabled(cx, &email, is_disabled).await {
        Ok(()) if is_disabled => println!("{} is shut and signed out everywhere.", email.as_str()),
        Ok(()) => println!("{} is open again.", email.as_str()),
        Err(Error::NotFound) => anyhow::bail!("there is no account with this e-mail address"),
        Err(error) => return Err(error).context("changing the account"),
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::unnecessary_wraps, reason = "it ends the commands above")]
fn show(email: &Email, password: &str) -> Result<ExitCode> {
    println!("e-mail    {}\npassword  {password}\n\nThe password is not shown again.", email.as_str());
    Ok(ExitCode::SUCCESS)
}

fn read<T>(argument: &str, parsed: Result<T, Problem>) -> Result<T> {
    parsed.map_err(|problem| anyhow::anyhow!("{argument}: {}", problem.text(Locale::En)))
}
