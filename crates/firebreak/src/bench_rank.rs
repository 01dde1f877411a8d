//! `firebreak bench rank`: does the rank of contacts find more of the infected at the same workload?

use std::fmt::Write;

use drill::{Order, RankTrial, Scene, Spread, rank_trial};

/// Outbreaks of each town and way of spreading.
const OUTBREAKS: u64 = 100;
/// The first of their seeds: none of these was looked at while the score was made.
const FIRST_SEED: u64 = 50_000;
/// People traced in each outbreak.
const WORKLOADS: [usize; 3] = [25, 50, 100];

/// Runs the trial on simulated outbreaks and returns its tables, in Markdown.
pub fn run() -> anyhow::Result<String> {
    let plan = plan::shipped("covid19-cn-9")?;
    let mut text = String::new();
    for scene in [Scene::Plain, Scene::Wide] {
        for spread in [Spread::Settings, Spread::Hours, Spread::Air] {
            let seeds = FIRST_SEED..FIRST_SEED + OUTBREAKS;
            let outbreaks: Vec<_> = seeds.map(|seed| rank_trial(&plan, scene, spread, seed, &WORKLOADS)).collect();
            for position in 0..WORKLOADS.len() {
                let trials: Vec<&RankTrial> = outbreaks.iter().map(|trials| &trials[position]).collect();
                table(scene, spread, &trials, &mut text)?;
            }
        }
    }
    Ok(text)
}

fn table(scene: Scene, spread: Spread, trials: &[&RankTrial], text: &mut String) -> anyhow::Result<()> {
    let average =
        |of: fn(&RankTrial) -> usize| trials.iter().map(|trial| of(trial)).sum::<usize>() as f64 / trials.len() as f64;
    let town = match scene {
        Scene::Plain => "plain town",
        Scene::Wide => "town with carriages and halls",
    };
    let how = match spread {
        Spread::Settings => "by the setting",
        Spread::Hours => "by the hour",
        Spread::Air => "by the share of the air",
    };
    writeln!(
        text,
        "{town}, spread {how}: {} outbreaks, on average {:.0} contacts of whom {:.1} were infected, {:.0} traced\n",
        trials.len(),
        average(|trial| trial.contacts),
        average(|trial| trial.infected),
        average(|trial| trial.traced),
    )?;
    writeln!(text, "| order | found per 100 traced | the rank finds more by (95 %) |\n|---|---:|---:|")?;
    for order in Order::ALL {
        let found: Vec<f64> = trials.iter().map(|trial| trial.found_per_100(order)).collect();
        let ranked = trials.iter().map(|trial| trial.found_per_100(Order::Score));
        let more: Vec<f64> = ranked.zip(&found).map(|(ranked, found)| ranked - found).collect();
        let (mean, half_width) = interval(&more);
        let more = if order == Order::Score { "–".to_owned() } else { format!("{mean:+.2} ± {half_width:.2}") };
        writeln!(text, "| {} | {:.2} | {more} |", name(order), interval(&found).0)?;
    }
    text.push('\n');
    Ok(())
}

fn name(order: Order) -> &'static str {
    match order {
        Order::Score => "rank: by the score",
        Order::ScoreInClass => "class, then score",
        Order::OverlapInClass => "class, then overlap",
        Order::Overlap => "overlap alone",
        Order::None => "no rank",
    }
}

/// The mean of paired differences and half of its 95 % interval, by the normal approximation.
fn interval(values: &[f64]) -> (f64, f64) {
    let number = values.len() as f64;
    let mean = values.iter().sum::<f64>() / number;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (number - 1.0);
    (mean, 1.96 * (variance / number).sqrt())
}
