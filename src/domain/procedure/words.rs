//! The words a procedure file may use, each a closed list.

use crate::named::named;

named! {
    /// An act, or an act with a property, that an event of the file can consist of.
    Trigger {
        /// The time at which the complaint reached the station.
        Received = "accepted.received",
        /// Acceptance.
        Accepted = "accepted",
        /// Solved or answered on the spot.
        SolvedOnSpot = "solved_on_spot",
        /// A contact that reached the resident and was marked as feedback.
        Feedback = "contacted.feedback",
        /// The form was passed to a department.
        Transferred = "transferred",
        /// The department acknowledged the form.
        DepartmentReceived = "department_received",
        /// The measures were written.
        Filled = "measures_filled",
        /// The measures were written with a target time.
        TargetSet = "measures_filled.target",
        /// A new target time.
        TargetChanged = "target_changed",
        /// The measures were signed and sent back.
        Returned = "measures_returned",
        /// The work was reported done.
        Done = "done",
        /// The work was found done.
        Verified = "verified.found_done",
        /// Declared resolved.
        Resolved = "resolved",
        /// Revisited, whatever the answer.
        Revisited = "revisited",
        /// Revisited and agreed, or with reservation where that counts as agreed.
        Agreed = "revisited.agreed",
        /// Revisited and not agreed, or with reservation where that counts as rejected.
        Rejected = "revisited.rejected",
        /// The manager's opinion.
        Opinion = "opinion",
        /// Closed.
        Closed = "closed",
        /// Archived.
        Archived = "archived",
    }
}

named! {
    /// Which cases have a clock.
    Applies {
        /// The classes and severities of the minor clocks, by `minor_clocks_on_major` and
        /// `minor_clocks_on_other`.
        Handling = "handling",
        /// Cases with a severity that were not judged major from the start.
        Minor = "minor",
        /// Cases with a severity that are minor when the clock starts.
        MinorAtStart = "minor_at_start",
    }
}

named! {
    /// How many of a clock, or of a step, a case has.
    Per {
        /// One.
        Case = "case",
        /// One for each transfer.
        Transfer = "transfer",
        /// One for each resolution after a rejection.
        Resolution = "resolution",
    }
}

named! {
    /// Whose number a limit is.
    Source {
        /// The clause's.
        Clause = "clause",
        /// The operator's: 「時限由本站設定，程序未定」.
        Operator = "operator",
        /// Of the person who entered a target.
        Person = "person",
    }
}

named! {
    /// What the end of a clock brings about.
    AtEnd {
        /// Nothing.
        Nothing = "nothing",
        /// P-4.1.1 the case becomes major.
        Upgrade = "automatic",
        /// P-4.1.1 the upgrade is proposed to the station head.
        Propose = "proposed_to_station_head",
    }
}

named! {
    /// P-4.1.1 the classes that have severities.
    ClassesWithSeverity {
        /// 4.1.1 alone.
        Property = "4.1.1",
        /// 4.1.1 and 4.1.2.
        PropertyAndForwarded = "4.1.1_and_4.1.2",
        /// Every class.
        All = "all",
    }
}

named! {
    /// P-5.3 the minor clocks of a major case.
    MinorOnMajor {
        /// They run.
        Run = "run",
        /// They run on after an upgrade; none for cases that were major from the start.
        UpgradedOnly = "upgraded_only",
        /// They end at the upgrade.
        Stop = "stop",
    }
}

named! {
    /// On or off.
    OnOff {
        /// Off.
        Off = "off",
        /// On.
        On = "on",
    }
}

named! {
    /// P-6.0 who declares resolution.
    Resolver {
        /// Customer service, and the manager for major cases.
        CustomerServiceAndManagerForMajor = "customer_service_and_manager_for_major",
        /// The head of the department.
        DepartmentHead = "department_head",
    }
}

named! {
    /// Which cases a guard blocks.
    GuardScope {
        /// Every case.
        All = "all",
        /// Minor cases only.
        Minor = "minor",
    }
}

named! {
    /// Something that holds or does not, of a case, of one of its transfers or of the person
    /// who looks at it.
    Condition {
        /// Not resolved, or the resolution was undone.
        Unresolved = "unresolved",
        /// Resolved.
        Resolved = "resolved",
        /// Revisited since the resolution.
        Revisited = "revisited",
        /// Not revisited since the resolution.
        NotRevisited = "not_revisited",
        /// Some work was found done since the last rejection.
        Verified = "verified",
        /// No work was found done since the last rejection.
        NotVerified = "not_verified",
        /// Some work was reported done since the last rejection.
        WorkedOn = "worked_on",
        /// No work was reported done since the last rejection.
        NotWorkedOn = "not_worked_on",
        /// No transfer yet.
        NotTransferred = "not_transferred",
        /// No transfer of this round waits for work to be done.
        NoOpenTransfer = "no_open_transfer",
        /// The resident has had no feedback.
        FeedbackOwed = "feedback_owed",
        /// The manager wrote an opinion.
        OpinionWritten = "opinion_written",
        /// The manager wrote no opinion.
        NoOpinion = "no_opinion",
        /// Not closed.
        NotClosed = "not_closed",
        /// Not archived.
        NotArchived = "not_archived",
        /// Two acts contradict each other and nobody has decided.
        Contested = "contested",
        /// Every act of the case can be read by this version.
        NoNewerActs = "no_newer_acts",
        /// The transfer was acknowledged.
        Received = "received",
        /// The transfer was not acknowledged.
        NotReceived = "not_received",
        /// The transfer's measures are written.
        Filled = "filled",
        /// The transfer's measures are not written.
        NotFilled = "not_filled",
        /// The transfer's measures did not come back.
        NotReturned = "not_returned",
        /// The transfer's work is not reported done.
        NotDone = "not_done",
        /// The person is not the one who is complained about.
        NotComplainedAbout = "not_complained_about",
    }
}
