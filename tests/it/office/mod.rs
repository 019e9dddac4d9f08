//! What a programme office does beyond the drawn course: exceptions, each with a reason, a trace and
//! a word to those concerned.

mod jurors;
mod returns;
mod waivers;
