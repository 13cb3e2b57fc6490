//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::access::Role;

use crate::config::Settings;

/// The event platform of Đồng Tháp's Digital Transformation Day: one program beside one Postgres.
#[derive(Debug, Parser)]
#[command(name = "ngay-cds", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the schema up to date and answer requests until told to stop (Ctrl-C or SIGTERM)
    Serve(Serve),
    /// Bring the database's schema up to date and end
    Migrate,
    /// Read an edition file into the database, all or nothing; the edition becomes the current one
    Import {
        /// The edition file (TOML)
        file: PathBuf,
    },
    /// Write an edition as one readable file
    Export {
        /// Where to; without it, to standard output
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// The code of the edition; without it, the current one
        #[arg(long)]
        edition: Option<String>,
    },
    /// Accounts, sample data, checks
    #[command(subcommand)]
    Admin(Admin),
}

#[derive(Args, Debug)]
pub struct Serve {
    /// Load the sample edition, dossiers and accounts if the database is empty
    #[arg(long)]
    pub sample: bool,
    /// With --sample: write the sign-ins of the sample accounts to this file (JSON) instead of printing them
    #[arg(long, value_name = "FILE", requires = "sample")]
    pub sign_ins: Option<PathBuf>,
    /// Answer phones on the local network by HTTPS, with a certificate made on the spot, and print the address as a QR code
    #[arg(long)]
    pub lan: bool,
}

#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Make an account; its random password is printed once
    Create {
        /// What the account is for
        #[arg(long, value_enum)]
        role: RoleName,
        /// The e-mail address to sign in with
        #[arg(long)]
        email: String,
        /// The person's full name
        #[arg(long)]
        name: String,
        /// The code of the body that the person belongs to, as in the edition file; a department needs one
        #[arg(long, value_name = "CODE")]
        organisation: Option<String>,
    },
    /// Give an account a new random password, printed once, and end its sign-ins
    ResetPassword {
        /// The account's e-mail address
        #[arg(long)]
        email: String,
    },
    /// Shut an account and end its sign-ins
    Disable {
        /// The account's e-mail address
        #[arg(long)]
        email: String,
    },
    /// Open an account again that was shut; its password is the old one
    Enable {
        /// The account's e-mail address
        #[arg(long)]
        email: String,
    },
    /// Take away everything that is marked as sample: people, sessions, dossiers, accounts
    ClearSample,
    /// Take away what has served its time, as every night at three; the periods are the edition's
    Retention {
        /// Only print what would go, by table
        #[arg(long)]
        dry_run: bool,
    },
    /// Prove that every capacity counts exactly the confirmed registrations; exit code 1 if one does not
    Check,
}

/// A role as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    Organiser,
    Supervisor,
    Department,
    Judge,
    Steward,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Organiser => Self::Organiser,
            RoleName::Supervisor => Self::Supervisor,
            RoleName::Department => Self::Department,
            RoleName::Judge => Self::Judge,
            RoleName::Steward => Self::Steward,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_part_explains_itself() {
        let mut cli = Cli::command();
        cli.build();
        cli.clone().debug_assert();
        assert_explained(&cli);
    }

    fn assert_explained(command: &clap::Command) {
        assert!(command.get_about().is_some(), "{} has no help", command.get_name());
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {} has no help", command.get_name(), argument.get_id());
        }
        for inner in command.get_subcommands() {
            assert_explained(inner);
        }
    }

    #[test]
    fn the_sign_ins_file_needs_the_sample() {
        assert!(Cli::try_parse_from(["ngay-cds", "serve", "--sign-ins", "x.json"]).is_err());
        assert!(Cli::try_parse_from(["ngay-cds", "serve", "--sample", "--sign-ins", "x.json", "--port", "0"]).is_ok());
    }
}
