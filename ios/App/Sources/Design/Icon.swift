import KodanikKit
import SwiftUI

/// The system's symbols, by what they mean here. They grow with the text beside them.
enum Icon: String {
    case back = "chevron.left"
    case backspace = "delete.left"
    case ballot = "checkmark.square"
    case building = "building.columns"
    case card = "person.text.rectangle"
    case check = "checkmark"
    case checkCircle = "checkmark.circle"
    case circle = "circle"
    case clock
    case close = "xmark"
    case document = "doc.text"
    case down = "chevron.down"
    case eye
    case info = "info.circle"
    case key
    case lock
    case next = "chevron.right"
    case person
    case phone = "iphone"
    case refresh = "arrow.clockwise"
    case ring = "largecircle.fill.circle"
    case scan = "qrcode.viewfinder"
    case shield = "checkmark.shield"
    case square
    case squareChecked = "checkmark.square.fill"
    case up = "chevron.up"
    case warning = "exclamationmark.triangle"

    /// For what the text beside it says already.
    @MainActor var image: some View {
        Image(systemName: rawValue).accessibilityHidden(true)
    }

    /// For what nothing else says.
    @MainActor func image(_ label: String) -> some View {
        Image(systemName: rawValue).accessibilityLabel(label)
    }
}

/// How something is meant. Never told by colour alone: each has an icon, and a name for screen readers.
enum Tone {
    case good, note, problem

    var icon: Icon {
        switch self {
        case .good: .checkCircle
        case .note: .info
        case .problem: .warning
        }
    }

    var label: Word {
        switch self {
        case .good: .a11yGood
        case .note: .a11yNote
        case .problem: .a11yProblem
        }
    }
}
