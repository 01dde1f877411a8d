//! The interface as its users meet it: requests in, answers out, on a small deployment.

mod assigning;
mod authorization;
mod crowd;
mod duties;
mod evidence;
mod harness;
mod imports;
mod limits;
mod logs;
mod paths;
mod people;
mod recording;
mod sessions;
mod tracing;
mod tree;
mod venue;
mod visits;
