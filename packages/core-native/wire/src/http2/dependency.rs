//! The parent that a request's priority block names (RFC 7540 5.3, still sent by browsers).

use super::policy::Dependency;

/// Open streams by rank. There may be hundreds (`Http2Limits::max_concurrent_streams`): nothing here looks at all of them for a request.
#[derive(Debug, Default)]
pub(super) struct OpenRanks {
    /// The most urgent rank first; streams in the order they were opened, which is that of their numbers. There are few ranks,
    /// and one stays when it has no stream any more.
    ranks: Vec<(u8, Vec<u32>)>,
    count: usize,
}

impl OpenRanks {
    pub(super) fn insert(&mut self, id: u32, rank: u8) {
        let place = self.ranks.binary_search_by_key(&rank, |known| known.0).unwrap_or_else(|place| {
            self.ranks.insert(place, (rank, Vec::new()));
            place
        });
        if let Some((_, streams)) = self.ranks.get_mut(place) {
            streams.push(id);
            self.count += 1;
        }
    }

    pub(super) fn remove(&mut self, id: u32) {
        for (_, streams) in &mut self.ranks {
            if let Ok(place) = streams.binary_search(&id) {
                streams.remove(place);
                self.count -= 1;
                return;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Identifiers that `which` selects, oldest first.
    pub(super) fn ids(&self, which: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut ids: Vec<_> =
            self.ranks.iter().flat_map(|(_, streams)| streams).copied().filter(|&id| which(id)).collect();
        ids.sort_unstable();
        ids
    }

    /// Parent of a new stream with `rank`.
    ///
    /// Chromium keeps one list for each priority and takes the last element of the first list that is not empty, going
    /// from the stream's own priority to more urgent ones; stream 0 if there is none.
    pub(super) fn parent(&self, rule: Dependency, rank: u8) -> u32 {
        match rule {
            Dependency::Root | Dependency::None | Dependency::PriorityFrameOfRank => 0,
            Dependency::LatestSameOrHigher => {
                let as_urgent = self.ranks.iter().rev().filter(|known| known.0 <= rank);
                as_urgent.filter_map(|(_, streams)| streams.last()).copied().next().unwrap_or(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dependency, OpenRanks};

    #[test]
    fn the_parent_is_the_newest_of_the_closest_rank_that_is_not_less_urgent() {
        let mut open = OpenRanks::default();
        let parent = |open: &OpenRanks, rank| open.parent(Dependency::LatestSameOrHigher, rank);
        assert_eq!(parent(&open, 2), 0);
        open.insert(1, 0);
        open.insert(3, 2);
        open.insert(5, 2);
        open.insert(7, 4);
        open.insert(9, 0);
        assert_eq!(parent(&open, 2), 5);
        assert_eq!(parent(&open, 1), 9);
        assert_eq!(parent(&open, 4), 7);
        open.remove(5);
        open.remove(6);
        assert_eq!((open.len(), open.ids(|id| id != 3)), (4, vec![1, 7, 9]));
        assert_eq!(parent(&open, 3), 3);
        assert_eq!(open.parent(Dependency::Root, 3), 0);
    }
}
