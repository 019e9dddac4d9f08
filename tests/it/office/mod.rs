//! What a programme office does beside the drawn course of a competition: exceptions, people who
//! change, questions and letters, each with a trace and a word to those concerned.

mod asking;
mod groups;
mod jurors;
mod mailings;
mod questions;
mod returns;
mod scene;
mod unseen;
mod waivers;
