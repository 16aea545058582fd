//! Studies of several plans: today, plans side by side.

pub mod compare;
