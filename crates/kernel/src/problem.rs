//! The stable codes of problems (RFC 9457). A client decides by the code alone; the words beside it are for people.
//! A code is never renamed and never used for something else.

macro_rules! codes {
    ($($name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)+
        }

        impl Code {
            /// Every code, in the order of the documents.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code in the answer's `code` member.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// One sentence for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

codes! {
    // Whoever asks.
    SignInRequired = "sign-in-required", 401, "Sign in, or send a token.";
    SignInFailed = "sign-in-failed", 401, "The name or the password is not right, or this sign-in is locked for some minutes.";
    TokenInvalid = "token-invalid", 401, "The token is not known, or its time is over.";
    ClientUnknown = "client-unknown", 401, "No API client has this id and secret.";
    ClientInactive = "client-inactive", 403, "This API client is set inactive in the console.";
    SecondFactorRequired = "second-factor-required", 401, "The password is right; a second factor is needed.";
    SecondFactorEnrolmentRequired = "second-factor-enrolment-required", 403, "Set up a second factor first.";
    SecondFactorSet = "second-factor-set", 409, "There is one already; remove it first.";
    CodeRequired = "code-required", 422, "A code of the second factor is needed too.";
    CodeWrong = "code-wrong", 422, "The code is not right, or was used already.";
    PasskeyHost = "passkey-host", 422, "Passkeys do not work at this address; use one of the server's names.";
    PasskeyRefused = "passkey-refused", 422, "The passkey was not accepted.";
    SessionRequired = "session-required", 403, "Sign in for that: a token may not change how someone signs in.";
    FreshSignInRequired = "fresh-sign-in-required", 403, "Sign in once more for that.";
    CsrfMissing = "csrf-missing", 403, "The header X-CSRF-Token of this session is missing or wrong.";
    CrossSite = "cross-site", 403, "Another site's page sent this: it is not taken.";
    LicenceNotAccepted = "licence-not-accepted", 403, "Accept the licence terms to sign in.";
    PasswordChangeRequired = "password-change-required", 403, "Change the password first.";
    PasswordWrong = "password-wrong", 422, "The present password is not right.";
    PasswordWeak = "password-weak", 422, "The new password does not follow the rules.";
    PasswordReused = "password-reused", 422, "The new password was used before.";
    NotAllowed = "not-allowed", 403, "This role may not do that.";
    WallboardOnly = "wallboard-only", 403, "This display only updates; sign in again to do more.";
    PasswordAgain = "password-again", 403, "Type your password once more to read the server's log.";
    // What was asked.
    NotFound = "not-found", 404, "There is no such thing, or it is not yours.";
    MethodNotAllowed = "method-not-allowed", 405, "This address does not know that method.";
    RequestMalformed = "request-malformed", 400, "The request cannot be read.";
    ValueInvalid = "value-invalid", 422, "A value is not valid.";
    CursorInvalid = "cursor-invalid", 400, "The cursor does not belong to this list.";
    TooLarge = "too-large", 413, "The request is larger than allowed.";
    MediaTypeUnsupported = "media-type-unsupported", 415, "This kind of content is not accepted here.";
    RevisionStale = "revision-stale", 412, "It was changed by someone else in the meantime.";
    NameTaken = "name-taken", 409, "The name is already in use.";
    TooManyRequests = "too-many-requests", 429, "Too many requests; try again later.";
    Busy = "busy", 503, "The server is busy; try again in a moment.";
    Internal = "internal", 500, "Something went wrong on the server; its log says what.";
    // People and whose what is.
    PictureUnreadable = "picture-unreadable", 422, "The image cannot be read, or is larger than allowed.";
    LastAdministrator = "last-administrator", 409, "There must be an enabled administrator whose account does not expire.";
    OwnAccount = "own-account", 409, "Nobody can do that to their own account.";
    NotEmpty = "not-empty", 409, "Something still belongs to it.";
    DefaultCustomer = "default-customer", 409, "The default customer cannot be deleted.";
    CustomerCodeFixed = "customer-code-fixed", 409, "The preferences do not let customers' codes change.";
    // Customers' systems and their links.
    PrimaryNeeded = "primary-needed", 409, "A customer's network needs a primary: make another system that instead.";
    EnrolmentTokenInvalid = "enrolment-token-invalid", 403, "The enrolment token is not known, used up, revoked, or its time is over.";
    SystemUnknown = "system-unknown", 401, "This system is not known here: enrol it with a token.";
    SystemRemoved = "system-removed", 403, "This system was removed: enrol it again with a token.";
    ClockSkew = "clock-skew", 409, "The system's clock differs too much from the server's.";
    LinkVersion = "link-version", 409, "Agent and server speak different versions of the link.";
    UpgradeRequired = "upgrade-required", 426, "This address is for connections that become a WebSocket.";
    // Sign-in at an OpenID provider.
    AlertOngoing = "alert-ongoing", 409, "It still goes on: it can be cleared once it has ended.";
    AlertCleared = "alert-cleared", 409, "It was cleared already.";
    OpenIdOff = "openid-off", 404, "Single sign-on is not set up.";
    OpenIdTaken = "openid-taken", 409, "Someone else signs in with this identity.";
    // E-mail.
    MailOff = "mail-off", 409, "No mail server is set in the preferences.";
    // Certificates.
    CertificateMalformed = "certificate-malformed", 422, "The file holds no certificate and key that can be read.";
    CertificatePasswordWrong = "certificate-password-wrong", 422, "The password does not open this file.";
    CertificateKeyEncrypted = "certificate-key-encrypted", 422, "The key is encrypted.";
    CertificateKeyUnsupported = "certificate-key-unsupported", 422, "This kind of key is not used here.";
    CertificateKeyMismatch = "certificate-key-mismatch", 422, "The key belongs to none of the certificates.";
    CertificateChainBroken = "certificate-chain-broken", 422, "A certificate does not belong to the chain.";
    CertificateExpired = "certificate-expired", 422, "The certificate has ended.";
    CertificateNotYetValid = "certificate-not-yet-valid", 422, "The certificate is not valid yet.";
    CertificateNotForServers = "certificate-not-for-servers", 422, "The certificate is not a server's.";
    CertificateWeak = "certificate-weak", 422, "The certificate is weak: it can be forged.";
    CertificateAutomatic = "certificate-automatic", 409, "The certificate is got automatically; switch that off first.";
    CertificateKnown = "certificate-known", 409, "This certificate is trusted already.";
    CertificatesTooMany = "certificates-too-many", 409, "There are too many trusted certificates; remove some first.";
    // The server itself.
    BackupRunning = "backup-running", 409, "A backup is being made already.";
    NodeSilent = "node-silent", 503, "That node does not answer.";
    // Agents and their inventories.
    AgentUnknown = "agent-unknown", 401, "No agent with this id is enrolled; enrol again.";
    AgentRevoked = "agent-revoked", 403, "This agent's key was revoked.";
    SignatureInvalid = "signature-invalid", 401, "The signature is not by this agent's key.";
    SequenceOld = "sequence-old", 409, "A newer synchronisation of this machine was already taken.";
    BaseUnknown = "base-unknown", 409, "The server does not hold the base of this delta; send everything.";
    FormatUnknown = "inventory-format-unknown", 400, "Neither a GLPI, a FusionInventory nor an OCS inventory.";
    InventoryMalformed = "inventory-malformed", 400, "The inventory cannot be read.";
    InventoryTooLarge = "inventory-too-large", 413, "The inventory is larger than allowed.";
    InventoryBomb = "inventory-compression-refused", 400, "The compressed inventory unpacks to far more than it may.";
    InventoryTooDeep = "inventory-too-deep", 400, "The inventory is nested deeper than allowed.";
    IntakeClosed = "foreign-intake-closed", 403, "Inventories of other agents are not accepted: this intake is closed.";
    UpdateWithdrawn = "update-withdrawn", 409, "This version is not offered now.";
    RolloutOpen = "rollout-open", 409, "Another roll-out is not over; end it first.";
    RolloutEnded = "rollout-ended", 409, "This roll-out is over.";
    ConfigurationAnnounced = "agent-configuration-exists", 409, "A new configuration is announced to agents already: withdraw it or make it the current one first.";
    AgentsLeftBehind = "agents-left-behind", 409, "Agents have not moved to the new configuration yet.";
    // Equipment.
    EquipmentAlreadyAssociated = "equipment-already-associated", 409, "Another agent is already associated with this equipment.";
    PendingAlreadyAssociated = "pending-already-associated", 409, "This machine is already associated with an equipment.";
    EquipmentHasNoAgent = "equipment-has-no-agent", 409, "No agent is associated with this equipment.";
    EquipmentDeleted = "equipment-deleted", 409, "This equipment is deleted; restore it first.";
    EquipmentNotDeleted = "equipment-not-deleted", 409, "This equipment is not deleted.";
    NothingToUndo = "nothing-to-undo", 409, "There is nothing to undo, or it was undone already.";
    ImportUnreadable = "import-unreadable", 422, "The file cannot be read as a table.";
    ImportRunning = "import-running", 409, "The import goes on; wait for its end, or undo it.";
    ImportMade = "import-made", 409, "The file was imported already; choose it again to import it once more.";
    ImportsTooMany = "imports-too-many", 409, "Too many of your files wait to be imported; delete some first.";
    ImportFileGone = "import-file-gone", 409, "The file is not on this server any more; choose it again.";
    MergeImpossible = "merge-impossible", 409, "These two cannot be merged.";
    ClientUsedByAgents = "client-used-by-agents", 409, "Agents use this API client: only its status can be changed.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_have_an_error_status() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            assert!((400..600).contains(&code.status()), "{code}");
        }
    }
}
