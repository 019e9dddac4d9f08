//! Which sectors sit at the table. Pure.

use super::model::{Seat, SeatState, Sector};
use super::views::{Coverage, SectorCoverage};

/// How the required sectors are seated, and the others that have a seat.
pub fn coverage(required: &[Sector], seats: &[Seat]) -> Coverage {
    let sectors: Vec<SectorCoverage> = Sector::ALL
        .iter()
        .map(|sector| covered(*sector, required.contains(sector), seats))
        .filter(|covered| covered.required || covered.seats > 0)
        .collect();
    let lacking = sectors
        .iter()
        .filter(|covered| covered.required && covered.joined == 0)
        .map(|covered| covered.sector)
        .collect();
    Coverage { sectors, lacking }
}

fn covered(sector: Sector, required: bool, seats: &[Seat]) -> SectorCoverage {
    let count = |state: Option<SeatState>| {
        seats
            .iter()
            .filter(|seat| seat.sector == sector)
            .filter(|seat| state.is_none_or(|state| seat.state == state))
            .count()
    };
    SectorCoverage {
        sector,
        required,
        seats: count(None),
        invited: count(Some(SeatState::Invited)),
        joined: count(Some(SeatState::Filled)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::Instant;
    use crate::platform::ids::{CoalitionId, SeatId};

    fn seat(sector: Sector, state: SeatState) -> Seat {
        Seat {
            id: SeatId(1),
            coalition_id: CoalitionId(1),
            sector,
            role: String::new(),
            jurisdiction: String::new(),
            state,
            person_id: None,
            holder_name: String::new(),
            organisation: String::new(),
            version: 1,
            created_at: Instant::from_micros(0),
        }
    }

    #[test]
    fn only_who_joined_counts_as_covering_a_required_sector() {
        let seats = [
            seat(Sector::Public, SeatState::Filled),
            seat(Sector::Residents, SeatState::Invited),
            seat(Sector::Residents, SeatState::Declined),
            seat(Sector::Health, SeatState::Empty),
        ];
        let required = [Sector::Public, Sector::Residents, Sector::Finance];
        let told = coverage(&required, &seats);
        assert_eq!(told.lacking, [Sector::Residents, Sector::Finance]);
        let counts: Vec<_> = told
            .sectors
            .iter()
            .map(|one| (one.sector, one.required, one.seats, one.invited, one.joined))
            .collect();
        assert_eq!(
            counts,
            [
                (Sector::Residents, true, 2, 1, 0),
                (Sector::Public, true, 1, 0, 1),
                (Sector::Health, false, 1, 0, 0),
                (Sector::Finance, true, 0, 0, 0),
            ]
        );
    }
}
