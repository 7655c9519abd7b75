import KodanikKit
import SwiftUI
import UIKit

/// A line to type into, under its label. No keyboard learns from it: the app lets no other keyboards in, and corrections
/// are off.
struct Typing: View {
    private let label: String
    private let help: String?
    private let isWrong: Bool
    private let keyboard: UIKeyboardType
    private let capitals: TextInputAutocapitalization
    private let role: TextRole
    private let text: Binding<String>

    init(
        _ label: String,
        text: Binding<String>,
        help: String? = nil,
        isWrong: Bool = false,
        keyboard: UIKeyboardType = .default,
        capitals: TextInputAutocapitalization = .never,
        role: TextRole = .body
    ) {
        self.label = label
        self.text = text
        self.help = help
        self.isWrong = isWrong
        self.keyboard = keyboard
        self.capitals = capitals
        self.role = role
    }

    var body: some View {
        VStack(alignment: .leading, spacing: Space.xs) {
            Text(verbatim: label).type(.label).accessibilityHidden(true)
            TextField("", text: text, axis: .vertical)
                .type(role)
                .keyboardType(keyboard)
                .textInputAutocapitalization(capitals)
                .autocorrectionDisabled()
                .padding(Space.m)
                .frame(minHeight: Space.touch)
                .background(Colours.surfaceBright, in: shape)
                .overlay { shape.stroke(isWrong ? Colours.error : Colours.outline, lineWidth: isWrong ? 2 : 1) }
                .accessibilityLabel(label)
                .accessibilityHint(help ?? "")
            if let help {
                HStack(alignment: .firstTextBaseline, spacing: Space.xs) {
                    if isWrong { Icon.warning.image }
                    Text(verbatim: help)
                }
                .type(.note)
                .foregroundStyle(isWrong ? Colours.error : Colours.onSurfaceVariant)
            }
        }
    }

    private var shape: RoundedRectangle { RoundedRectangle(cornerRadius: Corner.s) }
}

/// For a secret that is copied from paper: seen while it is typed. It takes as many lines as it needs.
struct CodeField: View {
    private let label: String
    @Binding private var code: String

    init(_ label: String, code: Binding<String>) {
        self.label = label
        _code = code
    }

    var body: some View {
        Typing(label, text: $code, keyboard: .asciiCapable, capitals: .characters, role: .code)
            .onChange(of: code) { _, text in
                if text.contains("\n") { code = text.filter { $0 != "\n" } }
            }
    }
}
