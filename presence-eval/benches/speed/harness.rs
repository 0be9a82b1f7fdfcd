//! A small harness: contenders take short turns, hundreds of rounds of them, so that whatever else the machine does falls on all of
//! them alike; a turn is shorter than what a scheduler gives, so that the median is of turns that nothing interrupted.

use std::hint::black_box;
use std::time::Instant;

/// How much is measured: everything, or just enough to see that it runs.
#[derive(Clone, Copy)]
pub struct Effort {
    pub quick: bool,
}

impl Effort {
    /// `cargo bench` asks for everything; `cargo test --benches`, or `-- --quick`, for a few seconds.
    pub fn from_args() -> Self {
        let asked = |flag: &str| std::env::args().any(|arg| arg == flag);
        Self { quick: asked("--quick") || !asked("--bench") }
    }

    /// As many rounds as it takes for a median that stays the same.
    pub fn rounds(self) -> usize {
        self.of(501, 5)
    }

    pub fn of(self, all: usize, quick: usize) -> usize {
        if self.quick { quick } else { all }
    }
}

/// One of those that are compared: `turn` does its part of round `n` and says how many operations that were.
pub struct Contender<'a> {
    name: &'static str,
    prepare: Box<dyn FnMut(usize) + 'a>,
    turn: Box<dyn FnMut(usize) -> usize + 'a>,
}

impl<'a> Contender<'a> {
    pub fn new(name: &'static str, turn: impl FnMut(usize) -> usize + 'a) -> Self {
        Self { name, prepare: Box::new(|_| ()), turn: Box::new(turn) }
    }

    /// Does the same with `size` of `all` in each turn, others each time.
    pub fn over<T>(name: &'static str, all: &'a [T], size: usize, mut each: impl FnMut(&'a T) + 'a) -> Self {
        Self::new(name, move |round| {
            let part = part(all, size, round);
            part.iter().for_each(|one| each(black_box(one)));
            part.len()
        })
    }

    /// The same, and `touch` reads what a host has just made, before the clock runs: a call that arrives lies in the cache.
    pub fn over_touched<T>(
        name: &'static str,
        all: &'a [T],
        size: usize,
        mut touch: impl FnMut(&'a T) + 'a,
        each: impl FnMut(&'a T) + 'a,
    ) -> Self {
        let prepare = Box::new(move |round| part(all, size, round).iter().for_each(&mut touch));
        Self { prepare, ..Self::over(name, all, size, each) }
    }
}

fn part<T>(all: &[T], size: usize, round: usize) -> &[T] {
    let size = size.min(all.len());
    let at = round % (all.len() / size) * size;
    &all[at..at + size]
}

/// What a ratio should be.
pub struct Goal {
    /// The row whose time is divided.
    pub of: &'static str,
    /// The row it is divided by.
    pub by: &'static str,
    pub aim: Aim,
}

pub enum Aim {
    AtMost(f64),
    AtLeast(f64),
}

/// Runs the contenders in turn, prints the table and the ratios, and returns the medians in nanoseconds for each operation.
pub fn compare(title: &str, rounds: usize, mut contenders: Vec<Contender<'_>>, goals: &[Goal]) -> Vec<f64> {
    let mut times: Vec<Vec<f64>> = contenders.iter().map(|_| Vec::with_capacity(rounds)).collect();
    // The first rounds warm caches and predictors up and are not counted.
    let warming = rounds / 10 + 1;
    for round in 0..rounds + warming {
        for turn in 0..contenders.len() {
            let place = (turn + round) % contenders.len();
            (contenders[place].prepare)(round);
            let since = Instant::now();
            let operations = (contenders[place].turn)(round);
            let nanos = since.elapsed().as_secs_f64() * 1e9 / operations as f64;
            if round >= warming {
                times[place].push(nanos);
            }
        }
    }
    println!("\n{title}");
    println!("  {:<46} {:>10} {:>10} {:>10}", "", "median", "1st tenth", "9th tenth");
    let mut medians = Vec::new();
    for (contender, times) in contenders.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        println!(
            "  {:<46} {:>10} {:>10} {:>10}",
            contender.name,
            time(median),
            time(times[times.len() / 10]),
            time(times[times.len() * 9 / 10])
        );
        medians.push(median);
    }
    let median_of = |name: &str| medians[contenders.iter().position(|contender| contender.name == name).unwrap()];
    for goal in goals {
        let ratio = median_of(goal.of) / median_of(goal.by);
        told(&format!("{} / {}", goal.of, goal.by), ratio, &goal.aim, "x");
    }
    medians
}

/// Prints a figure beside its aim.
pub fn told(what: &str, figure: f64, aim: &Aim, unit: &str) {
    let (word, bound, met) = match aim {
        Aim::AtMost(most) => ("at most", *most, figure <= *most),
        Aim::AtLeast(least) => ("at least", *least, figure >= *least),
    };
    // A few rounds of a small tenant prove nothing.
    let verdict = if met || Effort::from_args().quick { "" } else { "   MISSED" };
    println!("  = {what:<64} {figure:>9.2}{unit}  ({word} {bound}{unit}){verdict}");
}

fn time(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 1e3 => format!("{nanos:.1} ns"),
        nanos if nanos < 1e6 => format!("{:.2} us", nanos / 1e3),
        nanos => format!("{:.2} ms", nanos / 1e6),
    }
}

/// Does it once and says how many seconds that took, on the processor where Linux tells it, so that neighbours do not count.
pub fn once<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let on_processor = || {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split(' ').next()?.parse::<f64>().ok().map(|nanos| nanos / 1e9)
    };
    let (since, before) = (Instant::now(), on_processor());
    let done = work();
    let took = on_processor().zip(before).map(|(now, before)| now - before);
    (done, took.unwrap_or_else(|| since.elapsed().as_secs_f64()))
}
