//! The product from outside: stories through the real router, on SQLite and PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    missing_docs
)]

mod access;
mod config;
mod files;
mod coalition_people;
mod coalitions;
mod competitions;
mod mail;
mod pages;
mod panels;
mod awards;
mod decisions;
mod people;
mod places;
mod post;
mod reviews;
mod proposals;
mod tidy;
mod world;
