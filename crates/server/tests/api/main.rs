//! The interface as its users meet it: requests in, answers out, on a small deployment.

mod authorization;
mod duties;
mod evidence;
mod harness;
mod imports;
mod limits;
mod logs;
mod people;
mod recording;
mod sessions;
