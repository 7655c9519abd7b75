import KodanikBindings
import KodanikKit
import SwiftUI

/// Everybody to whom this wallet gave claims, by this phone's own record, and it says that it is no more than that.
struct WhoLookedScreen: View {
    let history: Listing<HistoryLine>
    let verbs: any WalletVerbs

    @Environment(\.words) private var words

    var body: some View {
        let lookers = whoLooked(history.items)
        Page(words.of(.whoLookedTitle), onBack: verbs.back) {
            Note(words.of(.whoLookedText))
            FaultNotice(history.fault, onRetry: verbs.refresh)
            if !lookers.isEmpty {
                ForEach(Numbered.list(lookers)) { LookerPanel(looker: $0.value) }
            } else if history.isLoading {
                Working(words.of(.commonMoment))
            } else if history.fault == nil {
                Verdict(.note, words.of(.whoLookedNone), icon: .eye)
            }
        }
    }
}

private struct LookerPanel: View {
    let looker: Looker

    @Environment(\.words) private var words

    var body: some View {
        Panel {
            Text(verbatim: looker.party).type(.heading).accessibilityAddTraits(.isHeader)
            let claims = distinct(looker.lines.flatMap(\.claims))
            if !claims.isEmpty { Item(words.claims(claims), .card, Colours.primary) }
            let purposes = distinct(looker.lines.map(\.purpose).filter { !$0.allSatisfy(\.isWhitespace) })
            ForEach(purposes, id: \.self) { Item($0, .info, Colours.primary) }
            Note("\(words.of(.whoLookedTimes, looker.lines.count)) · \(words.of(.whoLookedLast, last))")
            if looker.lines.contains(where: { $0.kind == .maybePresented }) { Note(words.of(.whoLookedMaybe)) }
        }
        .accessibilityElement(children: .combine)
    }

    private var last: String { looker.lines.first.map { moment($0.time) } ?? "" }

    private func distinct(_ names: [String]) -> [String] {
        var seen = Set<String>()
        return names.filter { seen.insert($0).inserted }
    }
}
