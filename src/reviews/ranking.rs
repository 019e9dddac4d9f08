//! Ranks by any values, ties included. Pure.

use std::collections::BTreeMap;

use crate::platform::ids::CoalitionId;

/// One submission's place in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1; equal values share it, and the next one counts all before it.
    pub rank: u32,
    /// Whether another submission has the same value.
    pub tied: bool,
}

/// The order of a stage's submissions by one value; those without a value have no place.
pub type Ranking = BTreeMap<CoalitionId, Place>;

/// Orders by values, highest first: the first value orders, the following ones decide ties, and
/// what is still equal shares a rank. Any method that gives each submission a value (a raw or a
/// calibrated mean, a median) is ranked by it.
pub fn rank(values: &BTreeMap<CoalitionId, Vec<f64>>) -> Ranking {
    let mut ordered: Vec<(CoalitionId, &[f64])> =
        values.iter().map(|(id, own)| (*id, &own[..])).collect();
    ordered.sort_by(|(_, a), (_, b)| order(Some(b), Some(a)));
    let places = places(ordered.iter().map(|(_, own)| Some(*own)));
    let placed = ordered.iter().zip(places);
    placed
        .filter_map(|((id, _), place)| Some((*id, place?)))
        .collect()
}

/// The places of what is in order already, highest first; what has no values has no place and
/// comes last.
pub fn places<'v>(ordered: impl IntoIterator<Item = Option<&'v [f64]>>) -> Vec<Option<Place>> {
    let ordered: Vec<Option<&[f64]>> = ordered.into_iter().collect();
    let equals = ordered.chunk_by(|a, b| order(*a, *b).is_eq());
    let mut places = Vec::with_capacity(ordered.len());
    for equal in equals {
        let place = Place {
            rank: u32::try_from(places.len() + 1).unwrap_or(u32::MAX),
            tied: equal.len() > 1,
        };
        places.extend(equal.iter().map(|values| values.map(|_| place)));
    }
    places
}

/// Which values are higher: the first that differ decide. None are lower than any.
pub fn order(a: Option<&[f64]>, b: Option<&[f64]>) -> std::cmp::Ordering {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_some().cmp(&b.is_some());
    };
    let unequal = a
        .iter()
        .zip(b)
        .map(|(a, b)| a.total_cmp(b))
        .find(|order| order.is_ne());
    unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_rank_and_the_next_counts_them_all() {
        let values = [(1, 4.0), (2, 3.5), (3, 4.0), (4, 1.0), (5, 3.5)];
        let values = values
            .map(|(id, value)| (CoalitionId(id), vec![value]))
            .into();
        let ranks: Vec<_> = rank(&values).into_values().collect();
        let place = |rank, tied| Place { rank, tied };
        assert_eq!(
            ranks,
            [
                place(1, true),
                place(3, true),
                place(1, true),
                place(5, false),
                place(3, true)
            ]
        );
    }

    #[test]
    fn further_values_decide_ties() {
        let values = [
            (1, [4.0, 1.0]),
            (2, [4.0, 2.0]),
            (3, [4.5, f64::NEG_INFINITY]),
        ];
        let values = values.map(|(id, v)| (CoalitionId(id), v.to_vec())).into();
        let ranks: Vec<u32> = rank(&values)
            .into_values()
            .map(|place| place.rank)
            .collect();
        assert_eq!(ranks, [3, 2, 1]);
    }
}
