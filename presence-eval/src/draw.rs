//! Chance: a frozen generator and a weighted draw, both pure functions of the seed (C16).

use alloc::vec::Vec;

/// SplitMix64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    state: u64,
}

const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64's output for one state.
const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(GOLDEN_GAMMA);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Draw {
    /// The generator of the `step`-th ring step of a call, counted from 0.
    pub(crate) const fn new(seed: u64, step: u32) -> Self {
        Self { state: mix(seed) ^ mix(step as u64 + 1) }
    }

    /// A number below `total`; 0 where `total` is 0.
    pub(crate) const fn below(&mut self, total: u64) -> u64 {
        let next = mix(self.state);
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        ((next as u128 * total as u128) >> 64) as u64
    }
}

/// What lies in `urn` in the order in which it is drawn, each by its weight; behind it what weighs nothing, as it lies.
pub(crate) fn shuffle<T>(urn: Vec<T>, mut draw: Draw, weight: impl Fn(&T) -> u64) -> Vec<T> {
    let mut weights = Weights::of(urn.iter().map(&weight));
    let mut order = Vec::with_capacity(urn.len());
    let mut urn: Vec<Option<T>> = urn.into_iter().map(Some).collect();
    loop {
        let place = weights.reaching_beyond(draw.below(weights.total));
        let Some(drawn) = urn.get_mut(place).and_then(Option::take) else { break };
        weights.take(place, weight(&drawn));
        order.push(drawn);
    }
    order.extend(urn.into_iter().flatten());
    order
}

/// The weights of an urn as a tree of sums (Fenwick): a group may have millions of members, and each draw looks for one.
struct Weights {
    /// At each place the sum of those from where its lowest zero bit says, to itself.
    sums: Vec<u64>,
    total: u64,
}

impl Weights {
    fn of(weights: impl Iterator<Item = u64>) -> Self {
        let mut sums: Vec<u64> = weights.collect();
        let total = sums.iter().sum();
        for place in 0..sums.len() {
            let sum = sums.get(place).copied().unwrap_or_default();
            if let Some(above) = sums.get_mut(place | (place + 1)) {
                *above += sum;
            }
        }
        Self { sums, total }
    }

    /// The first place up to which all weigh more than `bound`; the one behind the last where they do not.
    fn reaching_beyond(&self, bound: u64) -> usize {
        let (mut place, mut left) = (0, bound);
        let mut width = self.sums.len().checked_next_power_of_two().unwrap_or(0);
        while width > 0 {
            let sum = self.sums.get(place + width - 1).filter(|sum| **sum <= left);
            if let Some(sum) = sum {
                left -= sum;
                place += width;
            }
            width /= 2;
        }
        place
    }

    fn take(&mut self, place: usize, weight: u64) {
        self.total -= weight;
        let mut above = place;
        while let Some(sum) = self.sums.get_mut(above) {
            *sum -= weight;
            above |= above + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c16_the_generator_is_splitmix64() {
        // The first outputs for seed 1234567 as its authors' code prints them.
        let mut draw = Draw { state: 1_234_567 };
        let outputs = [(); 3].map(|()| {
            let output = mix(draw.state);
            draw.below(1);
            output
        });
        assert_eq!(outputs, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn c16_a_draw_is_a_permutation_that_depends_on_seed_and_step() {
        let order = |seed, step| shuffle(vec![0, 1, 2, 3, 4, 5, 6, 7], Draw::new(seed, step), |_| 1);
        let mut sorted = order(7, 0);
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(order(7, 0), order(7, 0));
        assert_ne!(order(7, 0), order(7, 1));
        assert_ne!(order(7, 0), order(8, 0));
    }

    #[test]
    fn c16_weights_count() {
        let mut first = [0_u32; 2];
        for seed in 0..1000 {
            let order = shuffle(vec![(0_usize, 1_u64), (1, 999)], Draw::new(seed, 0), |(_, weight)| *weight);
            first[order[0].0] += 1;
        }
        assert!(first[1] > 980, "{first:?}");
    }

    /// One draw after the other, as C16 tells it.
    fn by_walking(mut urn: Vec<(usize, u64)>, mut draw: Draw) -> Vec<(usize, u64)> {
        let mut order = Vec::new();
        loop {
            let mut left = draw.below(urn.iter().map(|(_, weight)| weight).sum());
            let hit = |(_, weight): &(usize, u64)| left.checked_sub(*weight).map(|rest| left = rest).is_none();
            let Some(drawn) = urn.iter().position(hit) else { break };
            order.push(urn.remove(drawn));
        }
        order.extend(urn);
        order
    }

    #[test]
    fn c16_an_urn_of_any_size_is_drawn_as_by_walking() {
        for size in 0..70 {
            for seed in 0..20 {
                let weight = |place: usize| (place as u64 * 7 + seed) % 5;
                let urn: Vec<_> = (0..size).map(|place| (place, weight(place))).collect();
                let order = shuffle(urn.clone(), Draw::new(seed, 0), |(_, weight)| *weight);
                assert_eq!(order, by_walking(urn, Draw::new(seed, 0)), "{size} by seed {seed}");
            }
        }
    }
}
