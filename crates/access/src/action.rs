//! What a request is for.

/// Declares the actions with the names that the policies use, a line each.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// What a request is for. Who may do it stands in `policies/roles.cedar`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $action,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$action,)*];

            /// The name that policies use.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)*
                }
            }
        }
    };
}

actions! {
    /// See numbers and duties within scope.
    SeeSituation = "see-situation",
    /// See a person's status and why.
    SeePerson = "see-person",
    /// See who a person is.
    RevealIdentity = "reveal-identity",
    /// Record what an investigation found.
    Investigate = "investigate",
    /// Record the result of a test.
    RecordResult = "record-result",
    /// Record what was done about a duty.
    FulfilDuty = "fulfil-duty",
    /// Give duties to officers.
    AssignDuty = "assign-duty",
    /// Bring in files.
    Import = "import",
    /// Send visits as a machine does.
    SendVisits = "send-visits",
    /// See how much the visit index holds.
    SeeIndex = "see-index",
    /// Invite people, disable and move accounts.
    ManageAccounts = "manage-accounts",
    /// See orders, posts, levels, reports, capacity, letters and the ledger: no person is in them.
    SeeCommand = "see-command",
    /// Give orders.
    GiveOrder = "give-order",
    /// Acknowledge an order, break it down, report its progress.
    AnswerOrder = "answer-order",
    /// Switch the level of a jurisdiction.
    SwitchLevel = "switch-level",
    /// Draw up posts and rosters.
    KeepPosts = "keep-posts",
    /// Hold a post: one's own shifts, leave, swaps and hand-over notes.
    HoldPost = "hold-post",
    /// Draft, confirm and amend reports.
    FileReport = "file-report",
    /// State what a jurisdiction can do, and ask for aid.
    StateCapacity = "state-capacity",
    /// Record findings, check them again, draw samples.
    Inspect = "inspect",
    /// Answer a finding.
    Rectify = "rectify",
    /// Send letters of co-investigation, answer them, hand them on.
    SendLetter = "send-letter",
    /// Decide which other deployments are trusted, by their keys.
    TrustDeployment = "trust-deployment",
    /// See signals.
    SeeSignals = "see-signals",
    /// Report a signal.
    ReportSignal = "report-signal",
    /// Verify a signal.
    VerifySignal = "verify-signal",
    /// See people beyond one's jurisdiction for a while, for a reason that somebody else reviews.
    BreakGlass = "break-glass",
    /// Review what was done so.
    ReviewGlass = "review-glass",
    /// See who looked at whom.
    SeeReads = "see-reads",
}
