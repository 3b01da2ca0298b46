//! Event files as simulators: MadMiner and Les Houches files, limits from them, and readers of damaged files.

mod les_houches;
mod limits;
mod madminer;
mod mutations;
mod shared;

#[allow(dead_code)] // the other test binaries use the rest of it
#[path = "../tolerance.rs"]
mod tolerance;
