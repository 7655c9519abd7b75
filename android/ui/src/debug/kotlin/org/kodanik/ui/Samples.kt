package org.kodanik.ui

import org.kodanik.ffi.BackupCodes
import org.kodanik.ffi.BackupSize
import org.kodanik.ffi.BackupStage
import org.kodanik.ffi.BallotReceipt
import org.kodanik.ffi.BallotStage
import org.kodanik.ffi.CaseStage
import org.kodanik.ffi.CaseState
import org.kodanik.ffi.CaseView
import org.kodanik.ffi.Chosen
import org.kodanik.ffi.Claim
import org.kodanik.ffi.Contest
import org.kodanik.ffi.ContestChoice
import org.kodanik.ffi.ContestOption
import org.kodanik.ffi.Credential
import org.kodanik.ffi.CredentialStatus
import org.kodanik.ffi.Election
import org.kodanik.ffi.ElectionPhase
import org.kodanik.ffi.EnrolCheck
import org.kodanik.ffi.EnrolStage
import org.kodanik.ffi.Fault
import org.kodanik.ffi.FieldKind
import org.kodanik.ffi.FormField
import org.kodanik.ffi.HistoryKind
import org.kodanik.ffi.HistoryLine
import org.kodanik.ffi.Issuer
import org.kodanik.ffi.KeyProtection
import org.kodanik.ffi.MissingClaims
import org.kodanik.ffi.NewCodes
import org.kodanik.ffi.NoticesStage
import org.kodanik.ffi.OwnBallot
import org.kodanik.ffi.OwnBallotFate
import org.kodanik.ffi.Pick
import org.kodanik.ffi.PresentOption
import org.kodanik.ffi.PresentQuestion
import org.kodanik.ffi.PresentStage
import org.kodanik.ffi.RecoverStage
import org.kodanik.ffi.RecoveryNotice
import org.kodanik.ffi.Service
import org.kodanik.ffi.ServiceOperation
import org.kodanik.ffi.ServiceProgress
import org.kodanik.ffi.ServiceRequest
import org.kodanik.ffi.ServiceStage
import org.kodanik.ffi.VerifiedChoice
import org.kodanik.ffi.VerifyStage
import org.kodanik.kit.BackupVerbs
import org.kodanik.kit.BallotVerbs
import org.kodanik.kit.CaseVerbs
import org.kodanik.kit.EnrolVerbs
import org.kodanik.kit.Listing
import org.kodanik.kit.NoticesVerbs
import org.kodanik.kit.PinVerbs
import org.kodanik.kit.PresentVerbs
import org.kodanik.kit.RecoverVerbs
import org.kodanik.kit.ServiceVerbs
import org.kodanik.kit.VerifyVerbs
import org.kodanik.kit.WalletVerbs

/** Made-up states of every flow, for previews and pictures. */
object Samples {
    /** 28 November 2026, 9:41 in Tallinn. */
    private const val NOW = 1_795_851_660uL
    private const val DAY = 86_400uL
    private const val TRACKER = "yw41Pq7kmKGJWA3pcispE0fbnXhTzLr8dVu5oS2aQeY"
    private const val OTHER = "lHEqbyRmBMd09xWcTgkVfo6uJQz1sP4aKyi7NtCvr2E"

    val eId = Credential(
        id = "1",
        name = "Personal ID",
        issuer = "Seoyang e-ID Office",
        claims = listOf("given_name", "family_name", "birthdate", "personal_administrative_number", "nationalities"),
        received = NOW - 40uL * DAY,
        expires = NOW + 325uL * DAY,
        status = CredentialStatus.VALID,
        statusAsOf = NOW,
    )
    val licence = eId.copy(id = "2", name = "Library card", issuer = "Seoyang City Library", claims = listOf("given_name"), expires = null)

    private val open = Election(
        name = "city-2026",
        title = "City election 2026",
        phase = ElectionPhase.CASTING,
        opens = NOW - DAY,
        closes = NOW + 2uL * DAY,
        verified = true,
        hasCredential = false,
        ownBallots = 0u,
    )
    private val voted = open.copy(hasCredential = true, ownBallots = 1u)
    private val coming = open.copy(name = "school-2027", title = "School board 2027", phase = ElectionPhase.COMING, opens = NOW + 60uL * DAY, verified = false)
    private val closed = open.copy(name = "budget-2025", title = "Neighbourhood budget 2025", phase = ElectionPhase.CLOSED)
    private val tallied = closed.copy(name = "city-2022", title = "City election 2022", phase = ElectionPhase.TALLIED)

    private val allowance = ServiceRequest(
        id = "1",
        title = "Parental allowance",
        summary = "Apply for parental allowance",
        created = NOW - 3uL * DAY,
        attempts = 1u,
        progress = ServiceProgress.InCase(CaseState.PROCESSING),
        caseOf = null,
    )
    private val unanswered = allowance.copy(id = "2", title = "Residence", progress = ServiceProgress.Unanswered)
    private val certificate = allowance.copy(id = "3", title = "Residence", progress = ServiceProgress.Finished(200u))

    /** What asked for a decision is part of its case. */
    private val decision = allowance.copy(id = "4", progress = ServiceProgress.Finished(200u), caseOf = "1")

    val history = listOf(
        line(1u, HistoryKind.CREDENTIAL_RECEIVED, "Seoyang e-ID Office", "Personal ID", emptyList(), NOW - 40uL * DAY),
        line(2u, HistoryKind.BACKUP_MADE, "wallet.seoyang.example", "8 backup codes", emptyList(), NOW - 40uL * DAY + 900uL),
        line(3u, HistoryKind.PRESENTED, "Seoyang City Library", "Opening a library account", listOf("given_name", "family_name"), NOW - 9uL * DAY),
        line(4u, HistoryKind.REFUSED, "Tteokbokki Club", "", listOf("birthdate"), NOW - 8uL * DAY),
        line(5u, HistoryKind.SERVICE_REQUESTED, "EE/GOV/70008440/family", "Apply for parental allowance", listOf("personal_administrative_number", "given_name", "family_name"), NOW - 3uL * DAY),
        line(6u, HistoryKind.MAYBE_PRESENTED, "Night Bus Tickets", "Checking your age", listOf("age_equal_or_over.18"), NOW - 3uL * DAY + 3_600uL),
        line(7u, HistoryKind.BALLOT_RIGHT, "North Registry", "9f1c", listOf("personal_administrative_number"), NOW - 7_200uL),
        line(8u, HistoryKind.BALLOT_CAST, "log.seoyang.example", "city-2026", emptyList(), NOW - 7_100uL),
        line(9u, HistoryKind.PRESENTED, "Seoyang City Library", "Opening a library account", listOf("given_name"), NOW - 3_600uL),
    )
    private val everyKind = HistoryKind.entries.mapIndexed { index, kind ->
        line(index.toULong(), kind, "Seoyang City Library", "Opening a library account", listOf("given_name"), NOW)
    }

    private fun line(position: ULong, kind: HistoryKind, party: String, purpose: String, claims: List<String>, time: ULong) =
        HistoryLine(position, kind, party, purpose, claims, time)

    object Home {
        val usual = state(elections = listOf(voted), requests = listOf(allowance, decision))
        val empty = state(emptyList(), emptyList(), hasCodes = false)
        val loading = HomeState(
            Listing(isLoading = true), Listing(isLoading = true), Listing(), Listing(), null, KeyProtection.SECURE_ELEMENT,
        )
        val first = state(elections = listOf(open), hasCodes = false)
        val busy = state(
            credentials = listOf(eId.copy(status = CredentialStatus.SUSPENDED), licence),
            elections = listOf(open, coming, closed, tallied),
            requests = listOf(certificate, allowance, unanswered),
            ballots = listOf(OwnBallot("city-2026", TRACKER, 1u, NOW, OwnBallotFate.Unanswered)),
            hasCodes = false,
            protection = KeyProtection.SOFTWARE,
        )
        val offline = HomeState(
            Listing(listOf(eId)),
            Listing(fault = Faults.offline),
            Listing(),
            Listing(),
            true,
            KeyProtection.TRUSTED_ENVIRONMENT,
        )

        private fun state(
            credentials: List<Credential> = listOf(eId),
            elections: List<Election>,
            requests: List<ServiceRequest> = emptyList(),
            ballots: List<OwnBallot> = emptyList(),
            hasCodes: Boolean = true,
            protection: KeyProtection = KeyProtection.SECURE_ELEMENT,
        ) = HomeState(Listing(credentials), Listing(elections), Listing(ballots), Listing(requests), hasCodes, protection)
    }

    object Lists {
        val history = Listing(Samples.history)
        val everyKind = Listing(Samples.everyKind)
        val empty = Listing<HistoryLine>()
        val broken = Listing<HistoryLine>(fault = Faults.storage)
    }

    object Faults {
        val offline = Fault.Offline("offline.connect", null, false)
        val lost = Fault.Offline("offline.timed_out", null, true)
        val storage = Fault.Storage("store.sqlite")
        val wrongPin = Fault.PinWrong("pin.wrong", 3u)
        val trivialPin = Fault.PinUnfit("pin.trivial")
        val wait = Fault.PinWait("pin.wait", NOW + 840uL)
        val wiped = Fault.PinWiped("pin.wiped")
        val unknownLink = Fault.NotUnderstood("link.unknown", null)
        val issuerDown = Fault.Offline("vote.issuer_unreachable", "west", true)
        val otherCode = Fault.NotUnderstood("recovery.code_not_of_this_set", null)
        val mistyped = Fault.NotUnderstood("recovery.code_checksum", null)
        val decided = Fault.Refused("refused.wrong_state", null, null)
        val revocationMistyped = Fault.NotUnderstood("recovery.wrong_kind", null)
        val field = Fault.NotUnderstood("request.input", "child_born")

        /** One of every variant, for a list of what they say. */
        val all = listOf(
            Fault.Cancelled("flow.cancelled"), Fault.DeviceKey("key.unavailable"), Fault.Expired("refused.gone"),
            Fault.Internal("flow.panicked"), Fault.Misbehaved("misbehaved.bad_receipt", "ledger", "bad-receipt-1"),
            Fault.NotUnderstood("address.malformed", null), offline, lost, Fault.PinUnfit("pin.not_digits"), wait, wiped, wrongPin,
            Fault.Refused("refused.unusable", "west", "The name is too long."), storage,
            Fault.UnknownParty("request.provider"), Fault.UpdateNeeded("store.too_new"), Fault.WrongState("flow.wrong_state"),
        )
    }

    object Enrol {
        val reviewing = EnrolStage.Reviewing("Seoyang e-ID Office", "Personal ID", true, 6u, "The letter from the office")
        val withoutCode = EnrolStage.Reviewing("Seoyang City Library", "Library card", false, null, null)
        val done = EnrolStage.Done(
            eId,
            listOf(
                EnrolCheck.IssuerKnown("Seoyang e-ID Office"), EnrolCheck.TokenBound, EnrolCheck.WhatWasOffered,
                EnrolCheck.CredentialSigned("Seoyang e-ID Office"), EnrolCheck.KeyIsOurs, EnrolCheck.NotRevoked, EnrolCheck.Other,
            ),
        )
        val stopped = EnrolStage.Stopped(Fault.Refused("refused.invalid_grant", null, "the transaction code is wrong"))
        val unknown = EnrolStage.Stopped(Fault.UnknownParty("enrol.untrusted_issuer"))
    }

    object Present {
        private val option = PresentOption("1", "Personal ID", "Seoyang e-ID Office", listOf("given_name", "family_name"))
        val asking = PresentStage.Asking(
            party = "Seoyang City Library",
            host = "library.seoyang.example",
            purpose = "Opening a library account",
            claims = listOf("given_name", "family_name"),
            overAsked = emptyList(),
            missing = emptyList(),
            questions = listOf(PresentQuestion("pid", false, true, listOf(option))),
            isAnswerable = true,
        )
        val overAsking = asking.copy(
            party = "Tteokbokki Club",
            host = "club.example",
            purpose = null,
            claims = listOf("age_equal_or_over.18", "birthdate", "favourite_dish"),
            overAsked = listOf("birthdate", "favourite_dish"),
        )
        val alternatives = asking.copy(
            questions = listOf(
                PresentQuestion(
                    "pid",
                    false,
                    true,
                    listOf(option, option.copy(credential = "2", name = "Old personal ID", claims = listOf("given_name", "family_name", "birthdate"))),
                ),
            ),
        )
        val optional = asking.copy(
            questions = asking.questions + PresentQuestion("extra", false, false, listOf(option.copy(claims = listOf("birthdate")))),
        )
        val missing = asking.copy(
            isAnswerable = false,
            missing = listOf(MissingClaims("pid", listOf("roll_number")), MissingClaims("driving_licence", emptyList())),
        )
        val done = PresentStage.Done("Seoyang City Library", listOf("given_name", "family_name"), null)
        val redirected = done.copy(redirect = "https://library.seoyang.example/done")
        val stopped = PresentStage.Stopped(Fault.Expired("present.expired"), false)
        val maybe = PresentStage.Stopped(Faults.lost, true)
    }

    object Vote {
        private val issuers = listOf(Issuer("north", "North Registry"), Issuer("south", "South Registry"), Issuer("west", "West Registry"))
        private val mayor = Contest(
            "mayor", "Mayor", 1u, 1u, 0u,
            listOf("Kim Ara", "Lee Bom", "Park Chan", "Choi Dan", "Jung Eun", "Kang Gyu", "Cho Ha", "Yoon In")
                .mapIndexed { index, name -> ContestOption("${index + 1}", name, 0u) },
        )
        private val council = Contest(
            "council", "City council", 2u, 3u, 0u,
            listOf("Green Riverside", "Citizens for Trams", "Seoyang Forward", "Open Libraries")
                .mapIndexed { index, name -> ContestOption("${index + 1}", name, 0u) },
        )
        private val projects = Contest(
            "projects", "Which projects? (10 million to spend)", 1u, 3u, 10u,
            listOf(
                ContestOption("1", "Riverside cycle path", 4u), ContestOption("2", "Night buses", 3u),
                ContestOption("3", "Library on Sundays", 2u), ContestOption("4", "Shade trees on every school route", 5u),
            ),
        )
        val entitling = BallotStage.NotEntitled("City election 2026", issuers, 3u, listOf("city"))
        val entitlingWithout = BallotStage.NotEntitled("City election 2026", issuers, 2u, listOf("City centre", "Old harbour"))
        val one = BallotStage.Choosing("City election 2026", listOf(mayor), false)
        val several = BallotStage.Choosing("City election 2026", listOf(council), false)
        val budget = BallotStage.Choosing("City election 2026", listOf(projects), false)
        val all = BallotStage.Choosing("City election 2026", listOf(mayor, projects), true)
        val chosen = listOf(
            Chosen("mayor", "Mayor", listOf("3"), listOf("Park Chan")),
            Chosen("projects", "Which projects? (10 million to spend)", listOf("1", "2"), listOf("Riverside cycle path", "Night buses")),
        )
        val confirming = BallotStage.Confirming(chosen, false)
        val blank = BallotStage.Confirming(listOf(chosen[0].copy(options = emptyList(), titles = emptyList()), chosen[1]), true)
        val sealed = BallotStage.Sealed("kodanik:promise?election=$OTHER&tracker=$TRACKER", 3u, null)
        val sealedAgain = BallotStage.Sealed("kodanik:promise?election=$OTHER&tracker=$TRACKER", 0u, OTHER)
        val tested = BallotStage.Tested("kodanik:test?election=$OTHER&seed=$TRACKER&tracker=$OTHER")
        private val receipt = BallotReceipt(TRACKER, 1u, 23u, 24u, NOW, null, emptyList(), NOW + 1_800uL)
        val cast = BallotStage.Cast(receipt, "kodanik:check?election=$OTHER&pseudonym=$TRACKER&seed=$OTHER&seq=1&tracker=$TRACKER")
        val castAgain = BallotStage.Cast(receipt.copy(seq = 2u, replaces = OTHER, notByThisWallet = listOf(OTHER)), null)
        val stopped = BallotStage.Stopped(Fault.Expired("vote.not_open"), false)
        val maybe = BallotStage.Stopped(Faults.lost, true)
    }

    object Verify {
        private val ballot = VerifiedChoice("City election 2026", TRACKER, Vote.chosen)
        val found = VerifyStage.Found(ballot, NOW, 1u)
        val tested = VerifyStage.Tested(ballot)
        val lied = VerifyStage.Stopped(Fault.Misbehaved("vote.test_other_ballot", null, null))
    }

    object Services {
        private val fields = listOf(
            FormField("child_name", "Child's name", true, FieldKind.FreeText(100u)),
            FormField("child_born", "Child's date of birth", true, FieldKind.Day),
            FormField("months", "For how many months", true, FieldKind.WholeNumber(1, 18)),
            FormField("paid_to", "Paid to", false, FieldKind.OneOf(listOf("My account", "The other parent"))),
            FormField("first_child", "Is it your first child?", false, FieldKind.YesNo),
        )
        private val names = listOf("given_name", "family_name")
        val choosing = ServiceStage.Choosing(
            listOf(
                Service("a", "Parental allowance", "A child is born", listOf(ServiceOperation("Apply for parental allowance", names, fields))),
                Service(
                    "b", "Residence", "Moving house",
                    listOf(ServiceOperation("Tell us where you live", names, emptyList()), ServiceOperation("Get a certificate of residence", emptyList(), emptyList())),
                ),
                Service("c", "Dog register", null, listOf(ServiceOperation("Register a dog", names, emptyList()))),
            ),
        )
        val nothing = ServiceStage.Choosing(emptyList())
        val reviewing = ServiceStage.Reviewing(
            "Parental allowance",
            "Apply for parental allowance",
            listOf(Claim("personal_administrative_number", "19900517-2000001"), Claim("given_name", "Mina"), Claim("family_name", "Seo")),
            """{"child_name":"Haru","child_born":"2026-10-01","months":12}""",
        )
        val answered = ServiceStage.Answered(
            "1", "Family Benefits Agency", 202u,
            """{"case":"n3Kx8Q","applicant":{"given_name":"Mina","family_name":"Seo"},"monthly":150000}""",
            CaseState.RECEIVED, 1u,
        )
        val refused = ServiceStage.Answered("2", "Population Register", 404u, """{"error":"no residence is registered"}""", null, 2u)
        val stopped = ServiceStage.Stopped(Fault.Refused("request.x_road", null, null), false)
        val kept = ServiceStage.Stopped(Fault.Offline("request.unreachable", null, true), true)
    }

    object Case {
        private val view = CaseView(
            title = "Parental allowance",
            summary = "Apply for parental allowance",
            created = NOW - 3uL * DAY,
            state = CaseState.PROCESSING,
            since = NOW - 2uL * DAY + 5_400uL,
            isOpen = true,
            hasDecision = false,
        )
        val received = standing(CaseState.RECEIVED)
        val processing = standing(CaseState.PROCESSING)
        val needsInput = standing(CaseState.NEEDS_INPUT)
        val decided = standing(CaseState.DECIDED, isOpen = false, hasDecision = true)
        val declined = standing(CaseState.DECLINED, isOpen = false, hasDecision = true)
        val withdrawn = standing(CaseState.WITHDRAWN, isOpen = false)
        val decision = CaseStage.Decided(
            "4", "Family Benefits Agency",
            """{"case":"n3Kx8Q","decision":"granted","child":{"name":"Haru","born":"2026-10-01"},"monthly":150000,"months":12,"from":"2026-12-01"}""",
        )
        val stopped = CaseStage.Stopped(Faults.storage, false)
        val kept = CaseStage.Stopped(Fault.Cancelled("flow.cancelled"), true)

        private fun standing(state: CaseState, isOpen: Boolean = true, hasDecision: Boolean = false) =
            CaseStage.Standing(view.copy(state = state, isOpen = isOpen, hasDecision = hasDecision))
    }

    object Backup {
        private val codes = List(8) { "7K3M-Q9XD-${it}WHT-4RBN-J6ZC-2FVY" }
        val codesStage = BackupStage.Codes("pE3kV_9Q", codes, "RV5T-8PLE-K2MD-9QXA-H3WN-6CJB", 5u, NOW, false)
        val replacing = BackupStage.Codes("Zr0hT4wM", codes, "RV5T-8PLE-K2MD-9QXA-H3WN-6CJB", 5u, NOW, true)
        val size = BackupSize(cases = 1u, credentials = 2u, evidence = 3u, history = 9u, leftOut = 0u)
        val inForce = BackupStage.InForce(BackupCodes("pE3kV_9Q", NOW - 40uL * DAY))
        val stored = BackupStage.Stored(true, size)
        val refreshed = BackupStage.Stored(false, size)
        val stopped = BackupStage.Stopped(Faults.offline, NewCodes.VOID)
        val maybe = BackupStage.Stopped(Faults.lost, NewCodes.MAYBE_IN_FORCE)
        val asBefore = BackupStage.Stopped(Faults.storage, NewCodes.NOT_MADE)
    }

    object Notices {
        private val begun = RecoveryNotice("1", NOW - 7_200uL, NOW + 3uL * DAY - 7_200uL, false)
        private val refused = begun.copy(id = "2", begun = NOW - 5uL * DAY, isRefused = true)
        val none = NoticesStage.Listed(emptyList(), false)
        val one = NoticesStage.Listed(listOf(begun), false)
        val refusedOne = NoticesStage.Listed(listOf(refused), true)
        val refusedOneOfTwo = NoticesStage.Listed(listOf(refused, begun), true)
        val stopped = NoticesStage.Stopped(Faults.offline)
    }

    object Recover {
        val waiting = RecoverStage.Waiting(NOW + 3uL * DAY)
        val recovered = RecoverStage.Recovered(NOW - 9uL * DAY, Backup.size.copy(leftOut = 4u), listOf("Library card"), eId)
        val stopped = RecoverStage.Stopped(Faults.mistyped)
    }
}

/** Verbs that do nothing, for every screen. */
object NoVerbs :
    PinVerbs, WalletVerbs, EnrolVerbs, PresentVerbs, BallotVerbs, VerifyVerbs, ServiceVerbs, CaseVerbs, BackupVerbs,
    NoticesVerbs, RecoverVerbs {
    override fun push(digit: Int) = Unit
    override fun pop() = Unit
    override fun confirm() = Unit
    override fun unlock() = Unit
    override fun removeWiped() = Unit
    override fun openVote(election: String) = Unit
    override fun openServices() = Unit
    override fun openCase(request: String) = Unit
    override fun openBackup() = Unit
    override fun openNotices() = Unit
    override fun openRecover() = Unit
    override fun openWhoLooked() = Unit
    override fun openHistory() = Unit
    override fun openScan() = Unit
    override fun scanned(text: String) = Unit
    override fun refresh() = Unit
    override fun settleBallots() = Unit
    override fun resumeRequests() = Unit
    override fun removeCredential(id: String) = Unit
    override fun back() = Unit
    override fun lock() = Unit
    override fun dismiss() = Unit
    override fun close() = Unit
    override fun load() = Unit
    override fun accept(code: String?) = Unit
    override fun consent(picks: List<Pick>?) = Unit
    override fun decline() = Unit
    override fun obtainCredential(style: String?, without: List<String>) = Unit
    override fun choose(choices: List<ContestChoice>) = Unit
    override fun seal() = Unit
    override fun test() = Unit
    override fun cast() = Unit
    override fun forgetCode() = Unit
    override fun voteAgain() = Unit
    override fun scan(testCode: String) = Unit
    override fun fill(service: String, operation: UInt, input: Map<String, String>) = Unit
    override fun send() = Unit
    override fun ask() = Unit
    override fun withdraw() = Unit
    override fun decision() = Unit
    override fun makeCodes() = Unit
    override fun refuse(id: String) = Unit
    override fun store(askedBack: String) = Unit
    override fun recover(code: String, withCard: Boolean) = Unit
    override fun revoke(code: String) = Unit
}
