//! The process entry of the `catchment` command.

fn main() {}
