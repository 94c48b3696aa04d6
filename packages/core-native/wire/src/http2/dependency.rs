//! The parent that a request's priority block names (RFC 7540 5.3, still sent by browsers).

use super::policy::Dependency;

/// Open streams in the order they were opened, with their rank.
#[derive(Debug, Default)]
pub(super) struct OpenRanks {
    streams: Vec<(u32, u8)>,
}

impl OpenRanks {
    pub(super) fn insert(&mut self, id: u32, rank: u8) {
        self.streams.push((id, rank));
    }

    pub(super) fn remove(&mut self, id: u32) {
        self.streams.retain(|stream| stream.0 != id);
    }

    pub(super) fn len(&self) -> usize {
        self.streams.len()
    }

    /// Identifiers that `which` selects, oldest first.
    pub(super) fn ids(&self, which: impl Fn(u32) -> bool) -> Vec<u32> {
        self.streams.iter().map(|stream| stream.0).filter(|&id| which(id)).collect()
    }

    /// Parent of a new stream with `rank`.
    ///
    /// Chromium keeps one list for each priority and takes the last element of the first list that is not empty, going
    /// from the stream's own priority to more urgent ones; stream 0 if there is none.
    pub(super) fn parent(&self, rule: Dependency, rank: u8) -> u32 {
        match rule {
            Dependency::Root | Dependency::None | Dependency::PriorityFrameOfRank => 0,
            Dependency::LatestSameOrHigher => self
                .streams
                .iter()
                .filter(|stream| stream.1 <= rank)
                // `max_by_key` keeps the last of equals: the newest stream of that rank.
                .max_by_key(|stream| stream.1)
                .map_or(0, |stream| stream.0),
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
        assert_eq!(parent(&open, 3), 3);
        assert_eq!(open.parent(Dependency::Root, 3), 0);
    }
}
