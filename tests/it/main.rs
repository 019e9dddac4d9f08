//! The product from outside: stories through the real router, on SQLite and PostgreSQL.
#![allow(
    clippy::approx_constant,
    clippy::struct_field_names,
    clippy::unused_async,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    missing_docs
)]

mod access;
mod awards;
mod coalition_doors;
mod coalition_parts;
mod coalition_people;
mod coalition_places;
mod coalitions;
mod competitions;
mod config;
mod decisions;
mod demo;
mod editions;
mod files;
mod mail;
mod pages;
mod panels;
mod people;
mod places;
mod post;
mod proposals;
mod reviews;
mod tidy;
mod world;
