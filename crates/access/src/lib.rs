//! Who may do what, and how they prove who they are: rules only. Accounts and sessions are kept by the server.
//!
//! What each role may do stands in policies that anybody can read (`policies/*.cedar`); they are evaluated once
//! and looked up from then on. Where one may do it is a [`facts::Scope`], a plain predicate, which the tests
//! hold to the same policies.

mod action;
mod bursts;
mod code;
mod error;
mod glass;
mod guesses;
mod policies;
mod role;
mod seal;
mod second_factor;
mod single_sign_on;

pub use action::Action;
pub use bursts::{Burst, Look, bursts};
pub use code::Code;
pub use error::AccessError;
pub use glass::{GlassTimes, ReasonCode, Verdict};
pub use guesses::{Guesses, Side};
pub use policies::Field;
pub use role::Role;
pub use seal::{Keeper, Seal};
pub use second_factor::{SecondFactor, squares};
pub use single_sign_on::{Provider, ProviderSettings, SignOn, Subject};
