import KodanikBindings
import KodanikKit
import SwiftUI

/// The e-ID, what is open, what needs a look; and a camera for everything that begins with a code.
struct HomeScreen: View {
    let state: HomeState
    let fault: Fault?
    let busy: Bool
    let verbs: any WalletVerbs

    @Environment(\.words) private var words

    var body: some View {
        Page(words.of(.homeTitle), attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            credentials
            notices
            elections
            cases
            more
        } actions: {
            MainAction(words.of(.homeScan), icon: .scan, action: verbs.openScan)
        } trailing: {
            IconAction(.refresh, words.of(.homeRefresh), action: verbs.refresh)
            IconAction(.lock, words.of(.homeLock), action: verbs.lock)
        }
    }

    @ViewBuilder private var credentials: some View {
        if let first = state.credentials.items.first {
            IdCardView(credential: first)
            Removal(credential: first, busy: busy, verbs: verbs).id(first.id)
            let others = Numbered.list(state.credentials.items.dropFirst())
            if !others.isEmpty {
                Heading(words.of(.homeCards))
                ForEach(others) { OtherCard(credential: $0.value, busy: busy, verbs: verbs).id($0.value.id) }
            }
        } else if state.credentials.isLoading {
            Loading()
        } else if state.credentials.fault == nil {
            Panel {
                Verdict(.note, words.of(.homeEmptyTitle), words.of(.homeEmptyText), icon: .card)
                OtherAction(words.of(.homeEmptyRecover), icon: .key, action: verbs.openRecover)
            }
        }
        FaultNotice(state.credentials.fault, onRetry: verbs.refresh)
    }

    /// What needs a look, the most pressing first.
    @ViewBuilder private var notices: some View {
        if state.hasOpenBallot {
            Notice(.problem, words.of(.homeNoticeBallot), words.of(.homeNoticeBallotText)) {
                InlineAction(words.of(.homeNoticeBallotAction)) { if !busy { verbs.settleBallots() } }
            }
        }
        if state.hasOpenRequest {
            Notice(.note, words.of(.homeNoticeRequest), words.of(.homeNoticeRequestText)) {
                InlineAction(words.of(.homeNoticeRequestAction)) { if !busy { verbs.resumeRequests() } }
            }
        }
        if state.lacksBackup {
            Notice(.note, words.of(.homeNoticeBackup), words.of(.homeNoticeBackupText)) {
                InlineAction(words.of(.homeNoticeBackupAction), action: verbs.openBackup)
            }
        }
        if state.isUnprotected { Notice(.problem, words.of(.homeNoticeSoftware), words.of(.homeNoticeSoftwareText)) }
    }

    @ViewBuilder private var elections: some View {
        Heading(words.of(.homeElections))
        ForEach(Numbered.list(state.elections.items)) { ElectionCard(election: $0.value, verbs: verbs) }
        if state.elections.items.isEmpty {
            if state.elections.isLoading {
                Loading()
            } else if state.elections.fault == nil {
                Panel { Note(words.of(.homeElectionsNone)) }
            }
        }
        FaultNotice(state.elections.fault, onRetry: verbs.refresh)
    }

    @ViewBuilder private var cases: some View {
        let applications = Numbered.list(state.applications)
        if !applications.isEmpty {
            Heading(words.of(.homeCases))
            Rows(applications) { application($0.value) }
        }
    }

    @ViewBuilder private func application(_ request: ServiceRequest) -> some View {
        let text = "\(progress(request.progress, words)) · \(day(request.created))"
        switch request.progress {
        case .finished, .unanswered:
            ListRow(request.title, text, .document)
        case .inCase:
            ListRow(request.title, text, .document) { verbs.openCase(request: request.id) }
                .accessibilityHint(words.of(.caseTitle))
        }
    }

    @ViewBuilder private var more: some View {
        Heading(words.of(.homeMore))
        VStack(spacing: 0) {
            ListRow(words.of(.homeServices), words.of(.homeServicesText), .building, action: verbs.openServices)
            Divider().padding(.horizontal, Space.m)
            ListRow(words.of(.homeWhoLooked), words.of(.homeWhoLookedText), .eye, action: verbs.openWhoLooked)
            Divider().padding(.horizontal, Space.m)
            ListRow(words.of(.homeHistory), words.of(.homeHistoryText), .clock, action: verbs.openHistory)
            Divider().padding(.horizontal, Space.m)
            ListRow(words.of(.homeBackup), words.of(.homeBackupText), .key, action: verbs.openBackup)
        }
        .foregroundStyle(Colours.onSurface)
        .background(Colours.surfaceBright, in: RoundedRectangle(cornerRadius: Corner.m))
    }
}

/// Another card than the first: what it is when it is asked for, and taking it out of the wallet.
private struct OtherCard: View {
    let credential: Credential
    let busy: Bool
    let verbs: any WalletVerbs

    @Environment(\.words) private var words

    var body: some View {
        Reveal("\(credential.name) · \(status(credential, words))", icon: .card) {
            Note(words.of(.cardIssuer, credential.issuer))
            Note(words.claims(credential.claims))
            Removal(credential: credential, busy: busy, verbs: verbs)
        }
    }
}

/// Takes a credential out of the wallet; asks first.
private struct Removal: View {
    let credential: Credential
    let busy: Bool
    let verbs: any WalletVerbs

    @Environment(\.words) private var words
    @State private var isAsking = false

    var body: some View {
        if isAsking {
            Sure(
                words.of(.credentialRemoveSure, credential.name), words.of(.credentialRemoveSureText),
                yes: words.of(.credentialRemoveYes), no: words.of(.credentialRemoveNo),
                onYes: { if !busy { verbs.removeCredential(id: credential.id) } }, onNo: { isAsking = false })
        } else {
            QuietAction(words.of(.credentialRemove)) { isAsking = true }
        }
    }
}

private struct Loading: View {
    var body: some View {
        ProgressView().frame(maxWidth: .infinity).padding(Space.l)
    }
}

/// The e-ID as a card. It names what it says about its holder, and says none of it: home is seen by others.
struct IdCardView: View {
    let credential: Credential

    @Environment(\.words) private var words

    var body: some View {
        VStack(alignment: .leading, spacing: Space.s) {
            HStack(alignment: .firstTextBaseline, spacing: Space.s) {
                Icon.shield.image
                Text(verbatim: words.of(.cardIssuer, credential.issuer))
            }
            .type(.note)
            .foregroundStyle(Colours.Card.note)
            .padding(.bottom, Space.s)
            Headline(credential.name)
            Text(verbatim: words.claims(credential.claims)).type(.note).foregroundStyle(Colours.Card.note)
            Spacer(minLength: Space.m)
            HStack(alignment: .firstTextBaseline, spacing: Space.s) {
                look(credential.status).icon.image
                Text(verbatim: status(credential, words))
            }
            .type(.label)
        }
        .foregroundStyle(Colours.Card.text)
        .frame(maxWidth: .infinity, minHeight: 200, alignment: .leading)
        .padding(Space.m + Space.xs)
        .background(
            LinearGradient(
                colors: [Colours.Card.top, Colours.Card.bottom], startPoint: .topLeading, endPoint: .bottomTrailing),
            in: RoundedRectangle(cornerRadius: Corner.l)
        )
        .accessibilityElement(children: .combine)
    }
}

/// "Valid until 28 Nov 2027", or why not.
func status(_ credential: Credential, _ words: Words) -> String {
    let name = words.of(look(credential.status).word)
    switch credential.status {
    case .valid, .unlimited: return credential.expires.map { words.of(.cardExpires, day($0)) } ?? name
    case .expired, .revoked, .suspended, .unknown: return name
    }
}

private func look(_ status: CredentialStatus) -> (word: Word, icon: Icon) {
    switch status {
    case .expired: (.statusExpired, .warning)
    case .unlimited: (.statusUnlimited, .checkCircle)
    case .revoked: (.statusRevoked, .warning)
    case .suspended: (.statusSuspended, .warning)
    case .unknown: (.statusUnknown, .info)
    case .valid: (.statusValid, .checkCircle)
    }
}

private struct ElectionCard: View {
    let election: Election
    let verbs: any WalletVerbs

    @Environment(\.words) private var words

    var body: some View {
        Panel {
            HStack(alignment: .firstTextBaseline, spacing: Space.m) {
                Icon.ballot.image.foregroundStyle(Colours.primary)
                VStack(alignment: .leading, spacing: Space.xs) {
                    Text(verbatim: election.title).type(.heading)
                    Note(phase(election, words))
                    if election.ownBallots > 0 { Note(words.of(.electionVoted, election.ownBallots)) }
                    // What is only listed is not known to be so.
                    if !election.verified && election.phase != .coming { Note(words.of(.electionUnverified)) }
                }
            }
            .accessibilityElement(children: .combine)
            if election.phase == .casting {
                if election.ownBallots == 0 {
                    MainAction(words.of(.electionVote)) { verbs.openVote(election: election.name) }
                } else {
                    OtherAction(words.of(.electionVoteAgain)) { verbs.openVote(election: election.name) }
                }
            }
        }
    }
}

private func phase(_ election: Election, _ words: Words) -> String {
    switch election.phase {
    case .casting: words.of(.phaseCasting, moment(election.closes))
    case .closed: words.of(.phaseClosed)
    case .coming: words.of(.phaseComing, moment(election.opens))
    case .tallied: words.of(.phaseTallied)
    }
}

private func progress(_ progress: ServiceProgress, _ words: Words) -> String {
    switch progress {
    case .finished: words.of(.progressFinished)
    case .inCase(let state): words.of(word(state))
    case .unanswered: words.of(.progressUnanswered)
    }
}
