import KodanikBindings
import KodanikKit
import SwiftUI

/// One contest at a time. What cannot be chosen any more says why.
struct VoteChoosing: View {
    let title: String
    let contests: [Contest]
    let replacesEarlier: Bool
    let fault: Fault?
    let busy: Bool
    let verbs: any BallotVerbs
    @Binding var choices: Choices

    @Environment(\.words) private var words

    var body: some View {
        if contests.indices.contains(choices.contest) {
            page(contests[choices.contest], at: choices.contest).id(choices.contest)
        }
    }

    private func page(_ contest: Contest, at place: Int) -> some View {
        Page(title, onBack: back(from: place), onClose: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            if place == 0 && replacesEarlier { Replaces() }
            VStack(alignment: .leading, spacing: Space.xs) {
                if contests.count > 1 { Note(words.of(.voteContest, place + 1, contests.count)) }
                Headline(contest.title)
                Note(howMany(contest))
            }
            VStack(spacing: Space.s) {
                ForEach(Numbered.list(contest.options)) { option($0.value, in: contest) }
            }
            if !choices.of(contest).isEmpty { InlineAction(words.of(.voteClear)) { choices.clear(contest) } }
        } actions: {
            Standing(contest: contest, choices: choices)
            MainAction(words.of(isLast(place) ? .voteReview : .commonContinue), enabled: !choices.isTooFew(contest) && !busy) {
                if isLast(place) { verbs.choose(choices: choices.list(contests)) } else { choices.contest = place + 1 }
            }
        }
    }

    private func back(from place: Int) -> (@MainActor () -> Void)? {
        guard place > 0 else { return nil }
        return { choices.contest = place - 1 }
    }

    private func isLast(_ place: Int) -> Bool { place == contests.count - 1 }

    private func howMany(_ contest: Contest) -> String {
        if contest.max == 1 {
            words.of(.voteChooseOne)
        } else if contest.min <= 1 {
            words.of(.voteChooseUpto, contest.max)
        } else {
            words.of(.voteChooseBetween, contest.min, contest.max)
        }
    }

    private func option(_ option: ContestOption, in contest: Contest) -> some View {
        Choice(
            option.title,
            cost(option, in: contest),
            isChosen: choices.of(contest).contains(option.id),
            isSingle: contest.max == 1,
            enabled: choices.canTap(option, in: contest),
            action: { choices.tap(option, in: contest) }
        )
    }

    private func cost(_ option: ContestOption, in contest: Contest) -> String? {
        guard contest.budget > 0 else { return nil }
        let cost = words.of(.voteBudgetCost, option.cost)
        let isPossible = choices.of(contest).contains(option.id) || choices.fits(option, in: contest)
        return isPossible ? cost : "\(cost) · \(words.of(.voteBudgetTooDear))"
    }
}

/// How the choice in this contest stands: how many, what is left to spend, or that it is blank.
private struct Standing: View {
    let contest: Contest
    let choices: Choices

    @Environment(\.words) private var words

    var body: some View {
        VStack(alignment: .leading, spacing: Space.xs) {
            if contest.budget > 0 {
                Text(verbatim: words.of(.voteBudgetLeft, choices.left(contest), contest.budget)).type(.label)
                ProgressView(value: Double(choices.left(contest)), total: Double(contest.budget)).accessibilityHidden(true)
            }
            if let text { Note(text) }
        }
        .frame(maxWidth: .infinity, alignment: .leading)
        .accessibilityElement(children: .combine)
        .readOut(text ?? "")
    }

    private var text: String? {
        let count = choices.of(contest).count
        if count == 0 { return words.of(.voteBlankNow) }
        if choices.isTooFew(contest) { return words.of(.voteTooFew, contest.min) }
        return contest.max > 1 ? words.of(.voteChosenCount, count, contest.max) : nil
    }
}
