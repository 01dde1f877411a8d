//! `firebreak`: the command line. Every verb answers with the engine that the server runs.

mod bench;
mod bench_chains;
mod bench_rank;
mod bench_watch;
mod chains;
mod counts;
mod demo;
mod demo_routine;
mod detect;
mod feed;
mod import;
mod letters;
mod output;
mod plans;
mod progress;
mod replay;
mod retention;
mod rt;
mod serve;
mod trace;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The command system of an epidemic headquarters: facts in, a plan in force, a situation out, duties owed.
#[derive(Parser)]
#[command(name = "firebreak", version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// An embedded deployment with a simulated province and an outbreak in progress.
    Demo(demo::Demo),
    /// The server on real data.
    Serve(serve::Serve),
    /// Bring a file in: line-list, contacts, visits, lab-results, roster, trajectories.
    Import(import::Import),
    /// Who met a person, and who met those, from a plain file.
    Trace(trace::Trace),
    /// Who may have infected whom, from a plain line list.
    Chains(chains::Chains),
    /// Which counts are more than was to be expected, from a plain file.
    Detect(detect::Detect),
    /// How many people each case infects, from a plain file.
    Rt(rt::Rt),
    /// Check and compare plan files.
    #[command(subcommand)]
    Plan(plans::Plans),
    /// Prove a deployment's journal intact, offline, and its situation rebuilt the same.
    Verify(verify::Verify),
    /// Letters between deployments, carried as files.
    #[command(subcommand)]
    Letters(letters::Letters),
    /// Delete visits that were kept for as long as they may be.
    Retention(retention::Retention),
    /// What was known at a time, and what another plan would have said.
    Replay(replay::Replay),
    /// The benchmarks behind the figures that the documents quote.
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic's message may hold a piece of a file that was being read; where it happened says enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        eprintln!("firebreak: a fault in the program{place}; please report it");
    }));
    // Logs name ids and codes, never people.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let done = match arguments.verb {
        Verb::Demo(verb) => with_runtime(|| verb.run()),
        Verb::Serve(verb) => with_runtime(|| verb.run()),
        Verb::Import(verb) => with_runtime(|| verb.run()),
        Verb::Trace(verb) => verb.run(),
        Verb::Chains(verb) => verb.run(),
        Verb::Detect(verb) => verb.run(),
        Verb::Rt(verb) => verb.run(),
        Verb::Plan(verb) => verb.run(),
        Verb::Verify(verb) => with_runtime(|| verb.run()),
        Verb::Letters(verb) => with_runtime(|| verb.run()),
        Verb::Retention(verb) => with_runtime(|| verb.run()),
        Verb::Replay(verb) => with_runtime(|| verb.run()),
        Verb::Bench(verb) => verb.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firebreak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn with_runtime<F: Future<Output = anyhow::Result<()>>>(work: impl FnOnce() -> F) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work())
}
