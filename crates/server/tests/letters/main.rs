//! Letters between deployments: two of them, or three, over real connections that are cut and restored.
#![allow(missing_docs)]

mod abuse;
mod between;
mod carried;
mod crossing;
mod mailbox;
mod province;
