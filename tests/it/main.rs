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
mod at_rest;
mod audit;
mod awards;
mod changes;
mod clocks;
mod coalition_doors;
mod coalition_parts;
mod coalition_people;
mod coalition_places;
mod coalitions;
mod commands;
mod competitions;
mod config;
mod decisions;
mod demo;
mod deployed;
mod document;
mod doorway;
mod edges;
mod editions;
mod enumeration;
mod files;
mod forged;
mod hindered;
mod http;
mod kills;
mod locked_out;
mod mail;
mod minutes;
mod object_store;
mod office;
mod pages;
mod panels;
mod parity;
mod password_changes;
mod people;
mod people_told;
mod person_proofs;
mod places;
mod plans;
mod post;
mod proposals;
mod readme;
mod reviews;
mod schemathesis;
mod served;
mod servers;
mod sessions;
mod signing_keys;
mod tidy;
mod unproven;
mod upgrades;
mod values;
mod world;
