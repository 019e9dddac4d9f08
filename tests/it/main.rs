//! The product from outside.

mod config;
mod files;
