import KodanikBindings
import KodanikKit
import SwiftUI

/// What happened in this wallet, newest first.
struct HistoryScreen: View {
    let history: Listing<HistoryLine>
    let verbs: any WalletVerbs

    /// How many lines are shown at first, and more with every tap.
    private static let page = 30

    @Environment(\.words) private var words
    @State private var shown = page

    var body: some View {
        Page(words.of(.historyTitle), onBack: verbs.back) {
            Note(words.of(.historyText))
            FaultNotice(history.fault, onRetry: verbs.refresh)
            if !history.items.isEmpty {
                ForEach(Numbered.list(days)) { group in
                    Heading(group.value.day)
                    Rows(Numbered.list(group.value.lines)) { line($0.value) }
                }
            } else if history.isLoading {
                Working(words.of(.commonMoment))
            } else if history.fault == nil {
                Verdict(.note, words.of(.historyNone), icon: .clock)
            }
            if history.items.count > shown { QuietAction(words.of(.historyMore)) { shown += Self.page } }
        }
    }

    private var days: [(day: String, lines: [HistoryLine])] {
        var days: [(day: String, lines: [HistoryLine])] = []
        for line in history.items.reversed().prefix(shown) {
            let day = day(line.time)
            if days.last?.day == day {
                days[days.count - 1].lines.append(line)
            } else {
                days.append((day, [line]))
            }
        }
        return days
    }

    private func line(_ line: HistoryLine) -> some View {
        let look = look(line.kind)
        // What went where; a backup's own words are the core's, and say no more than its kind.
        let parts = [line.party, look.hasPurpose ? line.purpose : "", words.claims(line.claims)]
        let text = parts.filter { !$0.allSatisfy(\.isWhitespace) }.joined(separator: "\n")
        return ListRow(words.of(look.word), text.isEmpty ? nil : text, look.icon, end: timeOfDay(line.time))
    }
}

private func look(_ kind: HistoryKind) -> (word: Word, icon: Icon, hasPurpose: Bool) {
    switch kind {
    case .backupMade: (.historyKindBackupMade, .key, false)
    case .ballotCast: (.historyKindBallotCast, .ballot, true)
    case .ballotRight: (.historyKindBallotRight, .ballot, false)
    case .credentialReceived: (.historyKindCredentialReceived, .card, true)
    case .maybePresented: (.historyKindMaybePresented, .warning, true)
    case .other: (.historyKindOther, .info, true)
    case .presented: (.historyKindPresented, .person, true)
    case .recovered: (.historyKindRecovered, .refresh, false)
    case .refused: (.historyKindRefused, .close, true)
    case .serviceRequested: (.historyKindServiceRequested, .building, true)
    }
}
