import KodanikKit
import SwiftUI

/// Something to choose: the whole row is the control, a radio button where there is one to choose, else a check box.
struct Choice: View {
    private let title: String
    private let text: String?
    private let isChosen: Bool
    private let isSingle: Bool
    private let enabled: Bool
    private let action: @MainActor () -> Void

    init(
        _ title: String,
        _ text: String? = nil,
        isChosen: Bool,
        isSingle: Bool,
        enabled: Bool = true,
        action: @escaping @MainActor () -> Void
    ) {
        self.title = title
        self.text = text
        self.isChosen = isChosen
        self.isSingle = isSingle
        self.enabled = enabled
        self.action = action
    }

    @Environment(\.words) private var words

    var body: some View {
        Button(action: action) {
            HStack(spacing: Space.m) {
                mark.image.type(.title).foregroundStyle(enabled ? Colours.primary : Colours.outline)
                VStack(alignment: .leading, spacing: 0) {
                    Text(verbatim: title).type(.label)
                    if let text { Text(verbatim: text).type(.note).foregroundStyle(quiet) }
                }
                .multilineTextAlignment(.leading)
                .frame(maxWidth: .infinity, alignment: .leading)
            }
            .padding(.horizontal, Space.m)
            .padding(.vertical, Space.s)
            .frame(minHeight: 60)
            .foregroundStyle(isChosen ? Colours.onPrimaryContainer : enabled ? Colours.onSurface : Colours.onSurfaceVariant)
            .background(isChosen ? Colours.primaryContainer : Colours.surfaceBright, in: shape)
            .overlay { shape.stroke(isChosen ? Colours.primary : Colours.outlineVariant, lineWidth: isChosen ? 2 : 1) }
            .contentShape(shape)
        }
        .disabled(!enabled)
        .accessibilityValue(words.of(isChosen ? .a11yChosen : .a11yNotChosen))
        .accessibilityAddTraits(isChosen ? .isSelected : [])
    }

    private var shape: RoundedRectangle { RoundedRectangle(cornerRadius: Corner.m) }

    private var quiet: Color { isChosen ? Colours.onPrimaryContainer : Colours.onSurfaceVariant }

    private var mark: Icon {
        if isSingle { isChosen ? .ring : .circle } else { isChosen ? .squareChecked : .square }
    }
}
