//! Records as a stand-in hands them to its name server.

/// One record: its owner fully qualified, its data as a zone file says them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    pub name: String,
    pub kind: String,
    pub ttl: u32,
    pub data: String,
}

/// What goes wrong with the next request that writes.
#[derive(Clone, Debug)]
pub enum Trouble<Third> {
    /// The connection is cut before anything is done.
    CutBefore,
    /// The connection is cut once it is done.
    CutAfter,
    /// It is turned away, to come back after so many seconds.
    Busy(u32),
    /// What stands behind fails.
    Broken,
    /// A foreign hand is faster.
    Race(Third),
}
