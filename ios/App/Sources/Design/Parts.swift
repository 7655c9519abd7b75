import KodanikKit
import SwiftUI

/// What belongs together, on a ground of its own.
struct Panel<Content: View>: View {
    private let content: Content

    init(@ViewBuilder content: () -> Content) {
        self.content = content()
    }

    var body: some View {
        VStack(alignment: .leading, spacing: Space.s) { content }
            .frame(maxWidth: .infinity, alignment: .leading)
            .padding(Space.m)
            .foregroundStyle(Colours.onSurface)
            .background(Colours.surfaceBright, in: RoundedRectangle(cornerRadius: Corner.m))
    }
}

/// The question or statement of a page.
struct Headline: View {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    var body: some View {
        Text(verbatim: text).type(.display).accessibilityAddTraits(.isHeader)
    }
}

/// A heading within a page.
struct Heading: View {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    var body: some View {
        Text(verbatim: text).type(.heading).accessibilityAddTraits(.isHeader).padding(.top, Space.s)
    }
}

/// Running text.
struct Running: View {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    var body: some View {
        Text(verbatim: text).type(.body)
    }
}

/// What is said in passing.
struct Note: View {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    var body: some View {
        Text(verbatim: text).type(.note).foregroundStyle(Colours.onSurfaceVariant)
    }
}

/// A value under its name.
struct Fact: View {
    private let label: String
    private let value: String
    private let role: TextRole

    init(_ label: String, _ value: String, _ role: TextRole = .body) {
        self.label = label
        self.value = value
        self.role = role
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 0) {
            if !label.isEmpty { Note(label) }
            Text(verbatim: value).type(role)
        }
        .frame(maxWidth: .infinity, alignment: .leading)
        .accessibilityElement(children: .combine)
    }
}

/// One line of a list that is ticked off.
struct Item: View {
    private let text: String
    private let icon: Icon
    private let colour: Color

    init(_ text: String, _ icon: Icon = .check, _ colour: Color = Colours.tertiary) {
        self.text = text
        self.icon = icon
        self.colour = colour
    }

    var body: some View {
        HStack(alignment: .firstTextBaseline, spacing: Space.s) {
            icon.image.foregroundStyle(colour)
            Text(verbatim: text)
        }
        .type(.body)
    }
}

/// A word about what is going on, with what can be done about it.
struct Notice<Content: View>: View {
    private let tone: Tone
    private let title: String
    private let text: String?
    private let content: Content

    @Environment(\.words) private var words

    init(_ tone: Tone, _ title: String, _ text: String? = nil, @ViewBuilder content: () -> Content = { EmptyView() }) {
        self.tone = tone
        self.title = title
        self.text = text
        self.content = content()
    }

    var body: some View {
        HStack(alignment: .firstTextBaseline, spacing: Space.m) {
            tone.icon.image(words.of(tone.label))
            VStack(alignment: .leading, spacing: Space.xs) {
                VStack(alignment: .leading, spacing: Space.xs) {
                    Text(verbatim: title).type(.label)
                    if let text { Text(verbatim: text).type(.note) }
                }
                .accessibilityElement(children: .combine)
                content
            }
        }
        .frame(maxWidth: .infinity, alignment: .leading)
        .padding(Space.m)
        .foregroundStyle(ink)
        .background(ground, in: RoundedRectangle(cornerRadius: Corner.m))
        .readOut(text.map { "\(title) \($0)" } ?? title)
    }

    private var ground: Color {
        switch tone {
        case .good: Colours.tertiaryContainer
        case .note: Colours.secondaryContainer
        case .problem: Colours.errorContainer
        }
    }

    private var ink: Color {
        switch tone {
        case .good: Colours.onTertiaryContainer
        case .note: Colours.onSecondaryContainer
        case .problem: Colours.onErrorContainer
        }
    }
}

/// Asks, right where it was tapped, before something is done that is not easily had back.
struct Sure: View {
    private let question: String
    private let text: String
    private let yes: String
    private let no: String
    private let onYes: @MainActor () -> Void
    private let onNo: @MainActor () -> Void

    init(
        _ question: String,
        _ text: String,
        yes: String,
        no: String,
        onYes: @escaping @MainActor () -> Void,
        onNo: @escaping @MainActor () -> Void
    ) {
        self.question = question
        self.text = text
        self.yes = yes
        self.no = no
        self.onYes = onYes
        self.onNo = onNo
    }

    var body: some View {
        Notice(.problem, question, text) {
            InlineAction(yes, action: onYes)
            InlineAction(no, action: onNo)
        }
    }
}

/// How a flow ended, large, at the top of its last page.
struct Verdict: View {
    private let tone: Tone
    private let title: String
    private let text: String?
    private let icon: Icon

    @Environment(\.words) private var words

    init(_ tone: Tone, _ title: String, _ text: String? = nil, icon: Icon? = nil) {
        self.tone = tone
        self.title = title
        self.text = text
        self.icon = icon ?? tone.icon
    }

    var body: some View {
        VStack(alignment: .leading, spacing: Space.m) {
            icon.image(words.of(tone.label))
                .type(.display)
                .foregroundStyle(ink)
                .padding(Space.m)
                .background(ground, in: Circle())
            VStack(alignment: .leading, spacing: Space.s) {
                Headline(title)
                if let text { Running(text) }
            }
        }
        .padding(.top, Space.s)
    }

    private var ground: Color {
        switch tone {
        case .good: Colours.tertiaryContainer
        case .note: Colours.primaryContainer
        case .problem: Colours.errorContainer
        }
    }

    private var ink: Color {
        switch tone {
        case .good: Colours.onTertiaryContainer
        case .note: Colours.onPrimaryContainer
        case .problem: Colours.onErrorContainer
        }
    }
}

/// Something takes its time.
struct Working: View {
    private let title: String
    private let text: String?

    init(_ title: String, _ text: String? = nil) {
        self.title = title
        self.text = text
    }

    var body: some View {
        VStack(spacing: Space.m) {
            ProgressView().controlSize(.large).padding(.bottom, Space.s)
            Text(verbatim: title).type(.title)
            if let text { Text(verbatim: text).type(.body).foregroundStyle(Colours.onSurfaceVariant) }
        }
        .multilineTextAlignment(.center)
        .frame(maxWidth: .infinity)
        .padding(.top, Space.xxl)
        .accessibilityElement(children: .combine)
        .readOut(title)
    }
}

/// A list on one ground, with lines between.
struct Rows<Row: Identifiable, Content: View>: View {
    private let rows: [Row]
    private let content: (Row) -> Content

    init(_ rows: [Row], @ViewBuilder content: @escaping (Row) -> Content) {
        self.rows = rows
        self.content = content
    }

    var body: some View {
        VStack(spacing: 0) {
            ForEach(rows) { row in
                content(row)
                if row.id != rows.last?.id { Divider().padding(.horizontal, Space.m) }
            }
        }
        .foregroundStyle(Colours.onSurface)
        .background(Colours.surfaceBright, in: RoundedRectangle(cornerRadius: Corner.m))
    }
}

/// Anything as a row that has a place in its list.
struct Numbered<Value>: Identifiable {
    let id: Int
    let value: Value

    static func list(_ values: some Sequence<Value>) -> [Numbered] {
        values.enumerated().map { Numbered(id: $0.offset, value: $0.element) }
    }
}

/// One row of `Rows`. With an action, the whole row is one control.
struct ListRow: View {
    private let title: String
    private let text: String?
    private let icon: Icon?
    private let end: String?
    private let action: (@MainActor () -> Void)?

    init(
        _ title: String,
        _ text: String? = nil,
        _ icon: Icon? = nil,
        end: String? = nil,
        action: (@MainActor () -> Void)? = nil
    ) {
        self.end = end
        self.title = title
        self.text = text
        self.icon = icon
        self.action = action
    }

    var body: some View {
        if let action {
            Button(action: action) { row }
        } else {
            row.accessibilityElement(children: .combine)
        }
    }

    private var row: some View {
        HStack(alignment: end == nil ? .center : .firstTextBaseline, spacing: Space.m) {
            if let icon { icon.image.type(.heading).foregroundStyle(Colours.primary) }
            VStack(alignment: .leading, spacing: 0) {
                Text(verbatim: title).type(.label)
                if let text { Note(text) }
            }
            .multilineTextAlignment(.leading)
            .frame(maxWidth: .infinity, alignment: .leading)
            if let end { Note(end) }
            if action != nil { Icon.next.image.foregroundStyle(Colours.onSurfaceVariant) }
        }
        .padding(.horizontal, Space.m)
        .padding(.vertical, Space.s)
        .frame(minHeight: 64)
        .contentShape(Rectangle())
    }
}

/// What is not everybody's concern, or not for everybody's eyes: shown when it is asked for. Hidden again on every new visit.
struct Reveal<Content: View>: View {
    private let title: String
    private let icon: Icon
    private let content: Content

    @Environment(\.words) private var words
    @State private var isOpen = false

    init(_ title: String, icon: Icon = .shield, @ViewBuilder content: () -> Content) {
        self.title = title
        self.icon = icon
        self.content = content()
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 0) {
            Button {
                isOpen.toggle()
            } label: {
                HStack(spacing: Space.m) {
                    icon.image.foregroundStyle(Colours.primary)
                    Text(verbatim: title).multilineTextAlignment(.leading).frame(maxWidth: .infinity, alignment: .leading)
                    (isOpen ? Icon.up : Icon.down).image
                }
                .type(.label)
                .padding(.horizontal, Space.m)
                .padding(.vertical, Space.s)
                .frame(minHeight: 64)
                .contentShape(Rectangle())
            }
            .accessibilityValue(words.of(isOpen ? .a11yHide : .a11yShow))
            if isOpen {
                VStack(alignment: .leading, spacing: Space.m) { content }
                    .padding(.horizontal, Space.m)
                    .padding(.bottom, Space.m)
            }
        }
        .foregroundStyle(Colours.onSurface)
        .background(Colours.surfaceBright, in: RoundedRectangle(cornerRadius: Corner.m))
    }
}

extension View {
    /// Read out when it appears, and again when it says something else.
    func readOut(_ text: String) -> some View {
        onAppear { AccessibilityNotification.Announcement(text).post() }
            .onChange(of: text) { _, text in AccessibilityNotification.Announcement(text).post() }
    }
}
