//! What a programme office does beside the course of a competition.

mod asking;
mod groups;
mod mailings;
mod questions;
mod scene;
mod unseen;
