//! Civitas runs a grant competition for cities, from the call for proposals to the award letter.
//!
//! See ARCHITECTURE.md for how the modules hang together: each may use those before it here,
//! never those after.

pub mod app;
pub mod awards;
pub mod cli;
pub mod coalitions;
pub mod competitions;
pub mod decisions;
pub mod mailings;
pub mod panels;
pub mod people;
pub mod platform;
pub mod proposals;
pub mod reviews;

/// Many small pieces of memory, from many threads: this takes a tenth of the processor's time less
/// than the C library's, and gives memory back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
