//! Chance: a frozen generator and a weighted draw, both pure functions of the seed (C16, config.md "Draw").

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

/// Puts `urn` into the order in which its candidates are drawn, each by its weight.
pub(crate) fn shuffle<T>(urn: &mut [T], mut draw: Draw, weight: impl Fn(&T) -> u64) {
    let mut total: u64 = urn.iter().map(&weight).sum();
    let mut rest = urn;
    loop {
        let mut left = draw.below(total);
        let drawn = rest.iter().position(|candidate| {
            let weight = weight(candidate);
            let hit = left < weight;
            left = left.saturating_sub(weight);
            hit
        });
        let Some(drawn) = drawn else { return };
        // The drawn one moves to the front; those before it keep their order, as they lie in the urn.
        let Some(order) = rest.get_mut(..=drawn) else { return };
        order.rotate_right(1);
        let Some((first, others)) = rest.split_first_mut() else { return };
        total -= weight(first);
        rest = others;
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
        let order = |seed, step| {
            let mut urn = [0, 1, 2, 3, 4, 5, 6, 7];
            shuffle(&mut urn, Draw::new(seed, step), |_| 1);
            urn
        };
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
            let mut urn = [(0_usize, 1_u64), (1, 999)];
            shuffle(&mut urn, Draw::new(seed, 0), |(_, weight)| *weight);
            first[urn[0].0] += 1;
        }
        assert!(first[1] > 980, "{first:?}");
    }
}
