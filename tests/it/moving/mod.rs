//! An instance as one file: backups that are made while a server writes, laid back elsewhere; exports
//! that move it between the databases; and archives that somebody changed or made up.

mod archive;
mod backups;
mod between;
mod buckets;
mod earlier;
mod hostile;
mod refusals;
mod scene;
