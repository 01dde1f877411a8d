//! Maximum branching: for every node one way in, no circle, the greatest sum (Chu and Liu 1965, Edmonds 1967).

/// One possible way into a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arc {
    /// Where it comes from.
    pub from: usize,
    /// Where it goes.
    pub to: usize,
    /// What it is worth; any finite number.
    pub worth: f64,
}

/// The arcs, by their place in `arcs`, that make the branching of greatest worth in which every node of
/// `0..nodes` is reached from `root`; the root's own place holds none. None when a node cannot be reached.
///
/// Of equally good arcs the first is taken, so that the same arcs give the same branching.
pub fn maximum(nodes: usize, root: usize, arcs: &[Arc]) -> Option<Vec<Option<usize>>> {
    // Each level has the arcs between what the circles of the level before were drawn together into.
    let mut levels: Vec<Level> = Vec::new();
    let mut current = Level { nodes, root, arcs: arcs.to_vec(), origin: (0..arcs.len()).collect() };
    let mut best = loop {
        let best = current.best_ways_in()?;
        let (group, groups) = current.draw_together(&best);
        if groups == current.nodes {
            break best;
        }
        let next = current.contracted(&best, &group, groups);
        levels.push(std::mem::replace(&mut current, next));
    };
    // Backwards: each circle keeps its own arcs but for the node at which the level above enters it.
    let mut origin = current.origin;
    while let Some(level) = levels.pop() {
        let entering = best.iter().flatten().map(|&arc| origin[arc]).collect::<Vec<_>>();
        best = level.best_ways_in()?;
        for arc in entering {
            best[level.arcs[arc].to] = Some(arc);
        }
        origin = level.origin;
    }
    Some(best)
}

struct Level {
    nodes: usize,
    root: usize,
    arcs: Vec<Arc>,
    /// For each arc, its place in the level before.
    origin: Vec<usize>,
}

impl Level {
    fn best_ways_in(&self) -> Option<Vec<Option<usize>>> {
        let mut best: Vec<Option<usize>> = vec![None; self.nodes];
        for (place, arc) in self.arcs.iter().enumerate() {
            let better = best[arc.to].is_none_or(|other| self.arcs[other].worth < arc.worth);
            if arc.to != self.root && arc.from != arc.to && better {
                best[arc.to] = Some(place);
            }
        }
        let reached = best.iter().enumerate().all(|(node, way)| node == self.root || way.is_some());
        reached.then_some(best)
    }

    /// The group of each node, and how many there are: the nodes of a circle are one group, any other node is
    /// one of its own.
    fn draw_together(&self, best: &[Option<usize>]) -> (Vec<usize>, usize) {
        const UNSEEN: usize = usize::MAX;
        let mut group = vec![UNSEEN; self.nodes];
        let mut seen_from = vec![UNSEEN; self.nodes];
        let mut groups = 0;
        for start in 0..self.nodes {
            let mut path = Vec::new();
            let mut node = start;
            while seen_from[node] == UNSEEN {
                seen_from[node] = start;
                path.push(node);
                match best[node] {
                    Some(arc) => node = self.arcs[arc].from,
                    None => break,
                }
            }
            // Back on its own path: from there on it is a circle.
            let circle = if best[node].is_some() && seen_from[node] == start {
                path.iter().position(|&on_path| on_path == node)
            } else {
                None
            };
            for (step, &on_path) in path.iter().enumerate() {
                group[on_path] = groups;
                groups += usize::from(circle.is_none_or(|from| step < from) || step + 1 == path.len());
            }
        }
        (group, groups)
    }

    fn contracted(&self, best: &[Option<usize>], group: &[usize], groups: usize) -> Self {
        let mut arcs = Vec::with_capacity(self.arcs.len());
        let mut origin = Vec::with_capacity(self.arcs.len());
        for (place, arc) in self.arcs.iter().enumerate() {
            if group[arc.from] == group[arc.to] || arc.to == self.root {
                continue;
            }
            // Worth against what the node gives up; for a node on no circle that shifts all its ways in alike.
            let given_up = best[arc.to].map_or(0.0, |own| self.arcs[own].worth);
            arcs.push(Arc { from: group[arc.from], to: group[arc.to], worth: arc.worth - given_up });
            origin.push(place);
        }
        Self { nodes: groups, root: group[self.root], arcs, origin }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arc(from: usize, to: usize, worth: f64) -> Arc {
        Arc { from, to, worth }
    }

    fn worth(arcs: &[Arc], chosen: &[Option<usize>]) -> f64 {
        chosen.iter().flatten().map(|&place| arcs[place].worth).sum()
    }

    fn is_a_tree(root: usize, arcs: &[Arc], chosen: &[Option<usize>]) -> bool {
        (0..chosen.len()).all(|start| {
            let mut node = start;
            for _ in 0..=chosen.len() {
                match chosen[node] {
                    Some(place) if arcs[place].to == node => node = arcs[place].from,
                    Some(_) => return false,
                    None => return node == root,
                }
            }
            false
        })
    }

    /// Every choice of one way into each node, the best that is a tree.
    fn by_trying_all(nodes: usize, root: usize, arcs: &[Arc]) -> Option<f64> {
        fn choose(node: usize, root: usize, arcs: &[Arc], chosen: &mut Vec<Option<usize>>, best: &mut Option<f64>) {
            if node == chosen.len() {
                if is_a_tree(root, arcs, chosen) && best.is_none_or(|best| worth(arcs, chosen) > best) {
                    *best = Some(worth(arcs, chosen));
                }
                return;
            }
            if node == root {
                return choose(node + 1, root, arcs, chosen, best);
            }
            for place in (0..arcs.len()).filter(|&place| arcs[place].to == node) {
                chosen[node] = Some(place);
                choose(node + 1, root, arcs, chosen, best);
            }
            chosen[node] = None;
        }
        let mut best = None;
        choose(0, root, arcs, &mut vec![None; nodes], &mut best);
        best
    }

    #[test]
    fn a_circle_is_broken_where_it_costs_least() {
        // 1 and 2 are each other's best; the root is worth more to 2.
        let arcs = [arc(0, 1, 1.0), arc(0, 2, 4.0), arc(1, 2, 9.0), arc(2, 1, 9.0)];
        assert_eq!(maximum(3, 0, &arcs), Some(vec![None, Some(3), Some(1)]));
    }

    #[test]
    fn circles_within_circles_are_broken_once() {
        let arcs = [
            arc(1, 2, 10.0),
            arc(2, 1, 10.0),
            arc(2, 3, 9.0),
            arc(3, 1, 9.5),
            arc(0, 3, 2.0),
            arc(0, 1, 1.0),
            arc(3, 2, 1.0),
        ];
        let chosen = maximum(4, 0, &arcs).unwrap();
        assert!(is_a_tree(0, &arcs, &chosen));
        assert_eq!(Some(worth(&arcs, &chosen)), by_trying_all(4, 0, &arcs));
    }

    #[test]
    fn whom_nothing_reaches_has_no_branching() {
        assert_eq!(maximum(3, 0, &[arc(0, 1, 1.0)]), None);
        assert_eq!(maximum(3, 0, &[arc(0, 1, 1.0), arc(2, 2, 5.0)]), None);
        assert_eq!(maximum(3, 0, &[arc(1, 2, 1.0), arc(2, 1, 1.0)]), None);
        assert_eq!(maximum(1, 0, &[]), Some(vec![None]));
    }

    proptest! {
        #[test]
        fn no_tree_is_better(
            nodes in 1_usize..=7,
            root in 0_usize..7,
            raw in prop::collection::vec((0_usize..7, 0_usize..7, -8_i32..8), 0..22),
        ) {
            let root = root % nodes;
            let arcs: Vec<Arc> =
                raw.into_iter().map(|(from, to, worth)| arc(from % nodes, to % nodes, f64::from(worth))).collect();
            let found = maximum(nodes, root, &arcs);
            if let Some(chosen) = &found {
                prop_assert!(is_a_tree(root, &arcs, chosen));
            }
            prop_assert_eq!(found.map(|chosen| worth(&arcs, &chosen)), by_trying_all(nodes, root, &arcs));
        }
    }
}
