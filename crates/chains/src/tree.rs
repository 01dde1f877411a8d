//! The most likely chains of transmission.

use std::collections::BTreeMap;

use crate::branching::{Arc, maximum};
use crate::sources::{Source, Sources};

/// One case and where the tree has it from.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge<K> {
    /// The case.
    pub case: K,
    /// Its source in the tree. Not its likeliest where that would close a circle.
    pub source: Source<K>,
    /// How likely that source is, of all sources of the case.
    pub probability: f64,
    /// How many cases lie between it and the start of its chain: 0 for one imported or unexplained.
    pub generation: u32,
}

/// Chains without a circle, one edge per case, in the order of the cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree<K> {
    /// The edges.
    pub edges: Vec<Edge<K>>,
}

impl<K: PartialEq> Tree<K> {
    /// How many chains there are.
    pub fn chains(&self) -> usize {
        self.edges.iter().filter(|edge| !matches!(edge.source, Source::Case(_))).count()
    }
}

/// The chains whose product of probabilities is greatest among all without a circle. Each case has one source:
/// another case, elsewhere, or someone unknown. Candidates who are not among `sources` start chains.
pub fn tree<K: Ord + Clone>(sources: &[Sources<K>]) -> Tree<K> {
    let mut places: BTreeMap<&K, usize> = sources.iter().enumerate().map(|(at, of)| (&of.case, at)).collect();
    let mut nodes = sources.len();
    for candidate in sources.iter().flat_map(|of| &of.candidates) {
        places.entry(&candidate.infector).or_insert_with(|| {
            nodes += 1;
            nodes - 1
        });
    }
    let root = nodes;
    let mut arcs = Vec::new();
    let mut meaning: Vec<Option<Source<K>>> = Vec::new();
    let mut add = |from: usize, to: usize, probability: f64, source: Option<Source<K>>| {
        if probability > 0.0 {
            arcs.push(Arc { from, to, worth: probability.ln() });
            meaning.push(source);
        }
    };
    for (at, of) in sources.iter().enumerate() {
        for candidate in &of.candidates {
            let source = Some(Source::Case(candidate.infector.clone()));
            add(places[&candidate.infector], at, candidate.probability, source);
        }
        let elsewhere = if of.imported > of.unknown { Source::Imported } else { Source::Unknown };
        // The smallest number stands for none, so that every case can be reached.
        add(root, at, of.imported.max(of.unknown).max(f64::MIN_POSITIVE), Some(elsewhere));
    }
    for stranger in sources.len()..nodes {
        add(root, stranger, 1.0, None);
    }
    // The root reaches everyone.
    let chosen = maximum(nodes + 1, root, &arcs).unwrap_or_default();
    let mut edges = Vec::with_capacity(sources.len());
    for (of, way) in sources.iter().zip(&chosen) {
        let Some((arc, source)) = way.and_then(|way| Some((&arcs[way], meaning[way].clone()?))) else { continue };
        edges.push(Edge { case: of.case.clone(), source, probability: arc.worth.exp(), generation: 0 });
    }
    let mut generations: Vec<Option<u32>> = vec![None; nodes + 1];
    for start in 0..sources.len() {
        let mut path = Vec::new();
        let mut node = start;
        while generations[node].is_none()
            && let Some(way) = chosen.get(node).copied().flatten()
        {
            path.push(node);
            node = arcs[way].from;
        }
        for on_path in path.into_iter().rev() {
            let source = chosen[on_path].map(|way| arcs[way].from).filter(|&from| from != root);
            generations[on_path] = Some(source.and_then(|from| generations[from]).map_or(0, |above| above + 1));
        }
    }
    for (at, edge) in edges.iter_mut().enumerate() {
        edge.generation = generations[at].unwrap_or(0);
    }
    Tree { edges }
}
