//! The Merkle tree of RFC 6962, kept as its frontier so that appending costs O(log n).

use facts::Hex;
use sha2::{Digest, Sha256};

/// The hash of a leaf or of a node.
pub type Hash = Hex<32>;

/// The hash of a leaf: SHA-256 over a zero byte and the leaf's bytes.
pub fn leaf(bytes: &[u8]) -> Hash {
    Hex(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hex(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The roots of the perfect subtrees that a tree of `size` leaves falls into, largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        // Each trailing one bit of the size is a subtree as large as the one in hand.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                root = node(&left, &root);
            }
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// The hash of the whole tree; of the empty tree, SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let smallest_first = self.roots.iter().rev().copied();
        smallest_first.reduce(|right, left| node(&left, &right)).unwrap_or_else(|| Hex(Sha256::digest([]).into()))
    }

    /// The roots one after the other, for storing beside the size.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.iter().flat_map(|root| root.0).collect()
    }

    /// From a size and what [`Self::to_bytes`] gave; none when they do not belong together.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (roots, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && roots.len() == size.count_ones() as usize;
        fits.then(|| Self { size, roots: roots.iter().copied().map(Hex).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The eight leaves that the tests of certificate transparency use, and the root after each.
    const KNOWN: [(&str, &str); 8] = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let digits = hexadecimal.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    /// The definition of RFC 6962, section 2.1, word for word.
    fn by_definition(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Hex(Sha256::digest([]).into()),
            [one] => leaf(one),
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn the_known_tree_has_the_known_roots() {
        let mut tree = Frontier::default();
        assert_eq!(tree.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (input, root) in KNOWN {
            tree.push(leaf(&bytes(input)));
            assert_eq!(tree.root().to_string(), root);
        }
    }

    #[test]
    fn bytes_of_another_size_are_refused() {
        let mut tree = Frontier::default();
        (0..5).for_each(|number| tree.push(leaf(&[number])));
        assert!(Frontier::from_bytes(5, &tree.to_bytes()).is_some());
        assert!(Frontier::from_bytes(7, &tree.to_bytes()).is_none());
        assert!(Frontier::from_bytes(5, &tree.to_bytes()[1..]).is_none());
    }

    proptest! {
        #[test]
        fn the_frontier_agrees_with_the_definition(
            leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 0..70),
        ) {
            let mut tree = Frontier::default();
            for bytes in &leaves {
                tree = Frontier::from_bytes(tree.size(), &tree.to_bytes()).unwrap();
                tree.push(leaf(bytes));
            }
            prop_assert_eq!(tree.size(), leaves.len() as u64);
            prop_assert_eq!(tree.root(), by_definition(&leaves));
        }
    }
}
