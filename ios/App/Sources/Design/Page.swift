import KodanikBindings
import KodanikKit
import SwiftUI

/// Every screen: what it is called, its content, which scrolls, and its actions at the bottom, under the thumb, the main one
/// first. With large text the actions follow the content. When `attention` becomes something, the top comes into view.
struct Page<Content: View, Actions: View, Trailing: View>: View {
    private let title: String
    private let onBack: (@MainActor () -> Void)?
    private let onClose: (@MainActor () -> Void)?
    private let attention: Fault?
    private let trailing: Trailing
    private let actions: Actions
    private let content: Content

    @Environment(\.dynamicTypeSize) private var textSize
    @Environment(\.words) private var words

    init(
        _ title: String,
        onBack: (@MainActor () -> Void)? = nil,
        onClose: (@MainActor () -> Void)? = nil,
        attention: Fault? = nil,
        @ViewBuilder content: () -> Content,
        @ViewBuilder actions: () -> Actions = { EmptyView() },
        @ViewBuilder trailing: () -> Trailing = { EmptyView() }
    ) {
        self.title = title
        self.onBack = onBack
        self.onClose = onClose
        self.attention = attention
        self.content = content()
        self.actions = actions()
        self.trailing = trailing()
    }

    var body: some View {
        VStack(spacing: 0) {
            bar
            ScrollViewReader { scroll in
                ScrollView { scrolled }
                    .scrollDismissesKeyboard(.interactively)
                    .onChange(of: attention) { _, attention in
                        if attention != nil { scroll.scrollTo(PagePlace.top, anchor: .top) }
                    }
            }
            if isPinned {
                VStack(spacing: Space.s) { actions }
                    .frame(maxWidth: Space.maxWidth)
                    .padding(.horizontal, Space.m)
                    .padding(.vertical, Space.s)
            }
        }
        .background(Colours.background.ignoresSafeArea())
        .foregroundStyle(Colours.onBackground)
        .tint(Colours.primary)
        .buttonStyle(.plain)
        // A screen reader begins every page at its top, and two fingers' scrub leaves it.
        .onAppear { AccessibilityNotification.ScreenChanged().post() }
        .accessibilityAction(.escape) { (onBack ?? onClose)?() }
    }

    private var scrolled: some View {
        VStack(alignment: .leading, spacing: Space.m) {
            content
            if !isPinned { VStack(spacing: Space.s) { actions }.padding(.top, Space.s) }
        }
        .frame(maxWidth: Space.maxWidth, alignment: .leading)
        .frame(maxWidth: .infinity)
        .padding(.horizontal, Space.m)
        .padding(.top, Space.s)
        .padding(.bottom, Space.l)
        .id(PagePlace.top)
    }

    /// Pinned to the bottom they would leave no room for the rest.
    private var isPinned: Bool { !textSize.isAccessibilitySize }

    private var bar: some View {
        HStack(spacing: Space.xs) {
            if let onBack { IconAction(.back, words.of(.commonBack), action: onBack) }
            Text(verbatim: title)
                .type(.title)
                .accessibilityAddTraits(.isHeader)
                .frame(maxWidth: .infinity, alignment: .leading)
                .padding(.leading, onBack == nil ? Space.m - Space.xs : 0)
            trailing
            if let onClose { IconAction(.close, words.of(.commonClose), action: onClose) }
        }
        .padding(.horizontal, Space.xs)
        .padding(.vertical, Space.s)
    }
}

private enum PagePlace {
    case top
}

/// An icon that can be tapped; its label is read out.
struct IconAction: View {
    private let icon: Icon
    private let label: String
    private let action: @MainActor () -> Void

    init(_ icon: Icon, _ label: String, action: @escaping @MainActor () -> Void) {
        self.icon = icon
        self.label = label
        self.action = action
    }

    var body: some View {
        Button(action: action) {
            icon.image(label)
                .type(.heading)
                .frame(minWidth: Space.touch, minHeight: Space.touch)
                .contentShape(Rectangle())
        }
    }
}

/// What most people want to do here.
struct MainAction: View {
    private let text: String
    private let icon: Icon?
    private let enabled: Bool
    private let action: @MainActor () -> Void

    init(_ text: String, icon: Icon? = nil, enabled: Bool = true, action: @escaping @MainActor () -> Void) {
        self.text = text
        self.icon = icon
        self.enabled = enabled
        self.action = action
    }

    var body: some View {
        Button(action: action) {
            ActionLabel(text: text, icon: icon)
                .foregroundStyle(enabled ? Colours.onPrimary : Colours.onSurfaceVariant)
                .background(enabled ? Colours.primary : Colours.surfaceContainer, in: RoundedRectangle(cornerRadius: Corner.m))
        }
        .disabled(!enabled)
    }
}

/// What else can be done.
struct OtherAction: View {
    private let text: String
    private let icon: Icon?
    private let enabled: Bool
    private let action: @MainActor () -> Void

    init(_ text: String, icon: Icon? = nil, enabled: Bool = true, action: @escaping @MainActor () -> Void) {
        self.text = text
        self.icon = icon
        self.enabled = enabled
        self.action = action
    }

    var body: some View {
        Button(action: action) {
            ActionLabel(text: text, icon: icon)
                .foregroundStyle(enabled ? Colours.primary : Colours.onSurfaceVariant)
                .overlay { RoundedRectangle(cornerRadius: Corner.m).stroke(Colours.outline, lineWidth: 1) }
        }
        .disabled(!enabled)
    }
}

/// What cannot be undone.
struct GraveAction: View {
    private let text: String
    private let enabled: Bool
    private let action: @MainActor () -> Void

    init(_ text: String, enabled: Bool = true, action: @escaping @MainActor () -> Void) {
        self.text = text
        self.enabled = enabled
        self.action = action
    }

    var body: some View {
        Button(action: action) {
            ActionLabel(text: text, icon: nil)
                .foregroundStyle(enabled ? Colours.onError : Colours.onSurfaceVariant)
                .background(enabled ? Colours.error : Colours.surfaceContainer, in: RoundedRectangle(cornerRadius: Corner.m))
        }
        .disabled(!enabled)
    }
}

/// What is done seldom.
struct QuietAction: View {
    private let text: String
    private let action: @MainActor () -> Void

    init(_ text: String, action: @escaping @MainActor () -> Void) {
        self.text = text
        self.action = action
    }

    var body: some View {
        Button(action: action) {
            Text(verbatim: text)
                .type(.label)
                .frame(maxWidth: .infinity, minHeight: Space.touch)
                .contentShape(Rectangle())
        }
        .foregroundStyle(Colours.primary)
    }
}

/// What can be done right here, in line with the text above it, and in its colours.
struct InlineAction: View {
    private let text: String
    private let action: @MainActor () -> Void

    init(_ text: String, action: @escaping @MainActor () -> Void) {
        self.text = text
        self.action = action
    }

    var body: some View {
        Button(action: action) {
            Text(verbatim: text)
                .underline()
                .type(.label)
                .frame(minWidth: Space.touch, minHeight: Space.touch, alignment: .leading)
                .contentShape(Rectangle())
        }
    }
}

private struct ActionLabel: View {
    let text: String
    let icon: Icon?

    var body: some View {
        HStack(spacing: Space.s) {
            if let icon { icon.image }
            Text(verbatim: text).multilineTextAlignment(.center)
        }
        .type(.label)
        .padding(.horizontal, Space.m)
        .padding(.vertical, Space.s)
        .frame(maxWidth: .infinity, minHeight: 56)
        .contentShape(RoundedRectangle(cornerRadius: Corner.m))
    }
}
