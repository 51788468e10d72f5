//! The kinds of events: each one's name in the journal, and whether a run depends on it.

use super::Event;

/// Names each kind of event once: as the journal writes it, and whether a run depends on it.
macro_rules! kinds {
    ($($variant:ident $name:literal $must:literal;)*) => {
        impl Event {
            /// Every kind, as the journal writes it.
            pub const KINDS: &'static [&'static str] = &[$($name),*];

            /// Returns the event's kind, as the journal writes it.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name),* }
            }

            /// Tells whether run, resume and undo must understand the event.
            pub const fn must_understand(&self) -> bool {
                match self { $(Self::$variant { .. } => $must),* }
            }
        }
    };
}

kinds! {
    Declared "declared" true;
    Diagnosed "diagnosed" false;
    Planned "planned" false;
    Overridden "overridden" false;
    Refused "refused" false;
    Approved "approved" true;
    WrongCode "wrong-code" false;
    BrokeGlass "broke-glass" true;
    Started "started" true;
    Resumed "resumed" true;
    Intended "intended" true;
    InDoubt "in-doubt" true;
    Deferred "deferred" true;
    Settled "settled" true;
    Verified "verified" true;
    Telling "telling" true;
    Told "told" true;
    Asked "asked" true;
    Answered "answered" true;
    Checked "checked" true;
    Waiting "waiting" true;
    Waited "waited" true;
    WentOn "went-on" true;
    Held "held" true;
    TurnedBack "turned-back" true;
    Halted "halted" true;
    HaltAsked "halt-asked" true;
    TakenOver "taken-over" true;
    Finished "finished" true;
    Noted "noted" false;
    Purged "purged" false;
    Resolved "resolved" false;
    Closed "closed" true;
}
