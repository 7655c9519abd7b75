import KodanikKit
import SwiftUI
import UIKit

/// The tokens' colours, by day and by night.
enum Colours {
    static let background = colour(Tokens.Light.background, Tokens.Dark.background)
    static let error = colour(Tokens.Light.error, Tokens.Dark.error)
    static let errorContainer = colour(Tokens.Light.errorContainer, Tokens.Dark.errorContainer)
    static let onBackground = colour(Tokens.Light.onBackground, Tokens.Dark.onBackground)
    static let onError = colour(Tokens.Light.onError, Tokens.Dark.onError)
    static let onErrorContainer = colour(Tokens.Light.onErrorContainer, Tokens.Dark.onErrorContainer)
    static let onPrimary = colour(Tokens.Light.onPrimary, Tokens.Dark.onPrimary)
    static let onPrimaryContainer = colour(Tokens.Light.onPrimaryContainer, Tokens.Dark.onPrimaryContainer)
    static let onSecondaryContainer = colour(Tokens.Light.onSecondaryContainer, Tokens.Dark.onSecondaryContainer)
    static let onSurface = colour(Tokens.Light.onSurface, Tokens.Dark.onSurface)
    static let onSurfaceVariant = colour(Tokens.Light.onSurfaceVariant, Tokens.Dark.onSurfaceVariant)
    static let onTertiaryContainer = colour(Tokens.Light.onTertiaryContainer, Tokens.Dark.onTertiaryContainer)
    static let outline = colour(Tokens.Light.outline, Tokens.Dark.outline)
    static let outlineVariant = colour(Tokens.Light.outlineVariant, Tokens.Dark.outlineVariant)
    static let primary = colour(Tokens.Light.primary, Tokens.Dark.primary)
    static let primaryContainer = colour(Tokens.Light.primaryContainer, Tokens.Dark.primaryContainer)
    static let secondaryContainer = colour(Tokens.Light.secondaryContainer, Tokens.Dark.secondaryContainer)
    static let surfaceBright = colour(Tokens.Light.surfaceBright, Tokens.Dark.surfaceBright)
    static let surfaceContainer = colour(Tokens.Light.surfaceContainer, Tokens.Dark.surfaceContainer)
    static let tertiary = colour(Tokens.Light.tertiary, Tokens.Dark.tertiary)
    static let tertiaryContainer = colour(Tokens.Light.tertiaryContainer, Tokens.Dark.tertiaryContainer)

    /// Of the e-ID card, which looks the same by day and by night.
    enum Card {
        static let top = colour(Tokens.Light.primaryFixed, Tokens.Light.primaryFixed)
        static let bottom = colour(Tokens.Light.primaryFixedDim, Tokens.Light.primaryFixedDim)
        static let text = colour(Tokens.Light.onPrimaryFixed, Tokens.Light.onPrimaryFixed)
        static let note = colour(Tokens.Light.onPrimaryFixedVariant, Tokens.Light.onPrimaryFixedVariant)
    }

    private static func colour(_ light: UInt32, _ dark: UInt32) -> Color {
        Color(uiColor: UIColor { $0.userInterfaceStyle == .dark ? rgb(dark) : rgb(light) })
    }

    private static func rgb(_ value: UInt32) -> UIColor {
        func part(_ shift: UInt32) -> CGFloat { CGFloat((value >> shift) & 0xFF) / 255 }
        return UIColor(red: part(16), green: part(8), blue: part(0), alpha: 1)
    }
}

/// The tokens' lengths, in points.
enum Space {
    static let xs = CGFloat(Tokens.Space.xs)
    static let s = CGFloat(Tokens.Space.s)
    static let m = CGFloat(Tokens.Space.m)
    static let l = CGFloat(Tokens.Space.l)
    static let xl = CGFloat(Tokens.Space.xl)
    static let xxl = CGFloat(Tokens.Space.xxl)

    /// The least side of what can be touched.
    static let touch = CGFloat(Tokens.touch)

    /// Wide screens get margins.
    static let maxWidth: CGFloat = 600
}

/// The tokens' corners.
enum Corner {
    static let s = CGFloat(Tokens.Corner.s)
    static let m = CGFloat(Tokens.Corner.m)
    static let l = CGFloat(Tokens.Corner.l)
}

/// What a text is.
enum TextRole {
    case body, code, display, heading, label, note, title

    fileprivate var token: TypeToken {
        switch self {
        case .body: Tokens.Kind.body
        case .code: Tokens.Kind.code
        case .display: Tokens.Kind.display
        case .heading: Tokens.Kind.heading
        case .label: Tokens.Kind.label
        case .note: Tokens.Kind.note
        case .title: Tokens.Kind.title
        }
    }

    /// How it grows with the citizen's text size.
    fileprivate var style: Font.TextStyle {
        switch self {
        case .body, .code: .body
        case .display: .title
        case .heading: .headline
        case .label: .callout
        case .note: .subheadline
        case .title: .title2
        }
    }
}

extension View {
    /// Size, weight and line height of the tokens, at the citizen's text size.
    func type(_ role: TextRole) -> some View {
        modifier(Typed(role))
    }
}

private struct Typed: ViewModifier {
    @ScaledMetric private var size: CGFloat
    private let role: TextRole

    init(_ role: TextRole) {
        self.role = role
        _size = ScaledMetric(wrappedValue: CGFloat(role.token.size), relativeTo: role.style)
    }

    func body(content: Content) -> some View {
        // The system's font brings a fifth of its size between lines.
        let line = size * CGFloat(role.token.line / role.token.size - 1.2)
        content
            .font(.system(size: size, weight: weight, design: role == .code ? .monospaced : .default))
            .lineSpacing(max(0, line))
    }

    private var weight: Font.Weight {
        if role.token.weight >= 700 { .bold } else if role.token.weight >= 500 { .medium } else { .regular }
    }
}
