//! Small counties compiled: what the kernel problem says, and what comes back of its solutions.
