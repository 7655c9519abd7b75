import KodanikBindings
import KodanikKit
import SwiftUI

/// One thing that can be asked for.
private struct Form {
    let service: Service
    let place: UInt32
    let operation: ServiceOperation
}

extension [String: String] {
    /// What was typed into a field; nothing is kept of an empty one.
    fileprivate subscript(typed field: String) -> String {
        get { self[field] ?? "" }
        set { self[field] = newValue.isEmpty ? nil : newValue }
    }
}

/// Public services: the catalogue, a form, exactly what is sent, the answer.
struct ServicesScreen: View {
    let state: ServiceStage
    let fault: Fault?
    let busy: Bool
    let verbs: any ServiceVerbs
    let onCase: @MainActor (_ request: String) -> Void

    @Environment(\.words) private var words
    // Which form is on the screen, and what was typed into it. Never saved.
    @State private var form: Form?
    @State private var input: [String: String] = [:]

    var body: some View {
        switch state {
        case .loading:
            Page(words.of(.servicesTitle), onBack: verbs.close) { Working(words.of(.servicesLoading)) }
        case .choosing(let services):
            if let form { filling(form) } else { catalogue(services) }
        case .reviewing(let title, let summary, let claims, let body):
            Page(title, onBack: verbs.back, attention: fault) {
                FaultNotice(fault, onDismiss: verbs.dismiss)
                Headline(words.of(.servicesReviewTitle))
                Note(summary)
                Heading(words.of(.servicesClaims))
                Panel { ForEach(Numbered.list(claims)) { Fact(words.claim($0.value.name), $0.value.value) } }
                if let body {
                    Heading(words.of(.servicesReviewTyped))
                    Panel { lines(jsonLines(body)) }
                }
            } actions: {
                MainAction(words.of(.servicesSend), enabled: !busy, action: verbs.send)
                QuietAction(words.of(.voteConfirmChange), action: verbs.back)
            }
        case .sending:
            Page(words.of(.servicesTitle), onBack: verbs.close) {
                Working(words.of(.servicesSending), words.of(.servicesSendingText))
            }
        case .answered(let id, let provider, let status, let body, let progress, let attempts):
            answered(id, provider, (200...299).contains(status), jsonLines(body), progress, attempts)
        case .stopped(let fault, let kept):
            Page(words.of(.servicesTitle), onClose: verbs.close) {
                if kept {
                    Verdict(.problem, words.of(.servicesStoppedKept), words.of(.servicesStoppedKeptText))
                } else {
                    Verdict(.problem, words.of(.servicesStopped))
                }
                FaultPanel(fault)
            } actions: {
                if kept {
                    MainAction(words.of(.commonClose), action: verbs.close)
                    OtherAction(words.of(.servicesAgain), enabled: !busy, action: again)
                } else {
                    FaultActions(fault, busy: busy, onAgain: again, onClose: verbs.close)
                }
            }
        }
    }

    private func again() {
        form = nil
        verbs.load()
    }

    private func catalogue(_ services: [Service]) -> some View {
        Page(words.of(.servicesTitle), onBack: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            if services.isEmpty { Verdict(.note, words.of(.servicesNone), icon: .building) }
            let groups = grouped(services)
            ForEach(Numbered.list(groups)) { group in
                if groups.count > 1 || group.value.event != nil {
                    Heading(group.value.event ?? words.of(.servicesOther))
                }
                Rows(Numbered.list(group.value.forms)) { row in
                    ListRow(row.value.operation.summary, row.value.service.title, .building) {
                        input = [:]
                        form = row.value
                    }
                }
            }
        }
    }

    private func grouped(_ services: [Service]) -> [(event: String?, forms: [Form])] {
        var groups: [(event: String?, forms: [Form])] = []
        for service in services {
            let forms = service.operations.enumerated().map { place, operation in
                Form(service: service, place: UInt32(place), operation: operation)
            }
            if let at = groups.firstIndex(where: { $0.event == service.lifeEvent }) {
                groups[at].forms += forms
            } else {
                groups.append((service.lifeEvent, forms))
            }
        }
        return groups
    }

    private func filling(_ form: Form) -> some View {
        Page(form.service.title, onBack: leaveForm, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Headline(form.operation.summary)
            ForEach(Numbered.list(form.operation.fields)) { row in
                FieldView(field: row.value, isWrong: row.value.name == wrong, text: $input[typed: row.value.name])
            }
            Panel { Fact(words.of(.servicesClaims), sent(form.operation.claims)) }
        } actions: {
            MainAction(words.of(.servicesReview), enabled: isComplete(form) && !busy) {
                verbs.fill(service: form.service.id, operation: form.place, input: input)
            }
        }
    }

    private func leaveForm() {
        verbs.dismiss()
        form = nil
    }

    /// The field that the core did not understand.
    private var wrong: String? {
        if case .NotUnderstood(_, let field) = fault { field } else { nil }
    }

    private func isComplete(_ form: Form) -> Bool {
        form.operation.fields.allSatisfy { !$0.required || !input[typed: $0.name].allSatisfy(\.isWhitespace) }
    }

    private func sent(_ claims: [String]) -> String {
        claims.isEmpty ? words.of(.servicesClaimsOnly) : words.of(.servicesClaimsText, words.claims(claims))
    }

    /// Names out of the form where it has them.
    private func lines(_ lines: [JsonLine]) -> some View {
        ForEach(Numbered.list(lines)) { line in
            let field = form?.operation.fields.first { readable($0.name) == line.value.name }
            Fact(field?.title ?? line.value.name, line.value.value)
        }
    }

    private func answered(
        _ id: String,
        _ provider: String,
        _ isDone: Bool,
        _ answer: [JsonLine],
        _ progress: CaseState?,
        _ attempts: UInt32
    ) -> some View {
        Page(words.of(.servicesTitle)) {
            Verdict(isDone ? .good : .problem, words.of(.servicesAnswered, provider), words.of(.servicesAnsweredText))
            Panel {
                if let progress {
                    Fact(words.of(.servicesCase), words.of(word(progress)), .heading)
                } else {
                    Text(verbatim: words.of(isDone ? .servicesStatusDone : .servicesStatusFailed)).type(.heading)
                }
                if attempts > 1 { Note(words.of(.servicesAttempts, attempts)) }
            }
            if !answer.isEmpty {
                Heading(words.of(.servicesAnswer))
                AnswerPanel(answer)
            }
        } actions: {
            MainAction(words.of(.commonDone), action: verbs.close)
            if progress != nil { OtherAction(words.of(.caseTitle), icon: .document) { onCase(id) } }
        }
    }
}

/// What a public body said, line by line.
struct AnswerPanel: View {
    private let lines: [JsonLine]

    init(_ lines: [JsonLine]) {
        self.lines = lines
    }

    var body: some View {
        Panel { ForEach(Numbered.list(lines)) { Fact($0.value.name, $0.value.value) } }
    }
}

private struct FieldView: View {
    let field: FormField
    let isWrong: Bool
    @Binding var text: String

    @Environment(\.words) private var words

    var body: some View {
        switch field.kind {
        case .day:
            Typing(label, text: $text, help: help(words.of(.fieldDay)), isWrong: isWrong, keyboard: .numbersAndPunctuation)
        case .freeText(let maxLength):
            let limit = Int(clamping: maxLength)
            Typing(label, text: $text, help: help(isNear(limit) ? words.of(.fieldLength, limit) : nil), isWrong: isWrong)
                .onChange(of: text) { _, typed in
                    if typed.count > limit { text = String(typed.prefix(limit)) }
                }
        case .oneOf(let options):
            choices(options.map { ($0, $0) })
        case .wholeNumber(let minimum, let maximum):
            Typing(
                label, text: $text, help: help(words.of(.fieldNumber, minimum, maximum)), isWrong: isWrong,
                keyboard: minimum < 0 ? .numbersAndPunctuation : .numberPad)
        case .yesNo:
            choices([("true", words.of(.fieldYes)), ("false", words.of(.fieldNo))])
        }
    }

    private var label: String { field.required ? field.title : words.of(.fieldOptional, field.title) }

    private func help(_ text: String?) -> String? {
        isWrong ? [words.of(.fieldWrong), text].compactMap(\.self).joined(separator: " ") : text
    }

    /// A limit is told when it comes near.
    private func isNear(_ limit: Int) -> Bool { text.count > limit / 4 * 3 }

    private func choices(_ options: [(value: String, name: String)]) -> some View {
        VStack(alignment: .leading, spacing: Space.s) {
            Text(verbatim: label).type(.label)
            ForEach(Numbered.list(options)) { option in
                Choice(option.value.name, isChosen: option.value.value == text, isSingle: true) { text = option.value.value }
            }
        }
    }
}
