import KodanikBindings
import KodanikKit
import SwiftUI

/// The door: a PIN for a new wallet, typed twice, or the PIN of the one that is there.
struct PinScreen: View {
    let phase: Phase
    let newPin: NewPin
    let length: Int
    let fault: Fault?
    let busy: Bool
    let verbs: any PinVerbs

    @Environment(\.words) private var words

    var body: some View {
        Page(words.of(.appName)) {
            content
        } actions: {
            actions
        }
    }

    @ViewBuilder private var content: some View {
        if case .PinWiped = fault {
            Verdict(.problem, words.of(.pinWipedTitle), words.of(.pinWipedText))
        } else if case .PinWait(_, let until) = fault {
            Verdict(.problem, words.of(.pinWaitTitle), words.of(.pinWaitText, timeOfDay(until)), icon: .clock)
        } else {
            switch phase {
            case .noWallet: if busy { making } else { creating }
            case .locked: if busy { unlocking } else { locked }
            case .opening: if newPin == .used { making } else { unlocking }
            case .unlocked: unlocking
            }
        }
    }

    private var making: some View { Working(words.of(.pinOpeningCreate)) }

    private var unlocking: some View { Working(words.of(.pinOpeningUnlock)) }

    @ViewBuilder private var creating: some View {
        switch newPin {
        case .second:
            Verdict(.note, words.of(.pinConfirmTitle), words.of(.pinConfirmText), icon: .lock)
            digits
        case .differed, .first, .used:
            Verdict(.note, words.of(.pinCreateTitle), words.of(.pinCreateText), icon: .lock)
            digits
            if newPin == .differed { Notice(.problem, words.of(.pinDiffers)) }
        }
        FaultNotice(fault)
    }

    @ViewBuilder private var locked: some View {
        Verdict(.note, words.of(.pinUnlockTitle), words.of(.pinUnlockText), icon: .lock)
        digits
        FaultNotice(fault)
    }

    /// Who types again has read what was wrong before.
    private func dismiss() {
        if fault != nil { verbs.dismiss() }
    }

    /// As many dots as digits; the first six places are there from the beginning.
    private var digits: some View {
        // Twelve of them have to fit a small phone.
        HStack(spacing: length > 8 ? Space.s : Space.m) {
            ForEach(0..<max(length, TypedTwice.minDigits), id: \.self) { place in
                Circle()
                    .strokeBorder(place < length ? Colours.primary : Colours.outline, lineWidth: 2)
                    .background(place < length ? Colours.primary : Color.clear, in: Circle())
                    .frame(width: Space.m, height: Space.m)
            }
        }
        .padding(.vertical, Space.s)
        .accessibilityElement()
        .accessibilityLabel(words.of(.pinLength, length))
        .accessibilityAddTraits(.updatesFrequently)
    }

    /// The pad, where there is something to type; below a wait, the way back to it.
    @ViewBuilder private var actions: some View {
        if case .PinWiped = fault {
            MainAction(words.of(.pinWipedAction), enabled: !busy, action: verbs.removeWiped)
        } else if busy {
            EmptyView()
        } else if case .PinWait = fault {
            MainAction(words.of(.commonRetry), action: verbs.dismiss)
        } else {
            switch phase {
            case .noWallet: pad(confirm: verbs.confirm)
            case .locked: pad(confirm: verbs.unlock)
            case .opening, .unlocked:
                EmptyView()
            }
        }
    }

    private func pad(confirm: @escaping @MainActor () -> Void) -> some View {
        Pad(
            length: length,
            push: { digit in
                dismiss()
                verbs.push(digit: digit)
            },
            pop: verbs.pop,
            confirm: confirm
        )
    }
}

private struct Pad: View {
    let length: Int
    let push: @MainActor (UInt8) -> Void
    let pop: @MainActor () -> Void
    let confirm: @MainActor () -> Void

    @Environment(\.words) private var words

    var body: some View {
        VStack(spacing: Space.s) {
            ForEach([[1, 2, 3], [4, 5, 6], [7, 8, 9]] as [[UInt8]], id: \.self) { row in
                HStack(spacing: Space.s) {
                    ForEach(row, id: \.self) { digit($0) }
                }
            }
            HStack(spacing: Space.s) {
                PadKey(enabled: length > 0, ground: Colours.background, ink: Colours.onBackground, action: pop) {
                    Icon.backspace.image(words.of(.pinDelete))
                }
                digit(0)
                PadKey(enabled: isEnough, ground: ground, ink: ink, action: confirm) {
                    Icon.check.image(words.of(.pinDone))
                }
            }
        }
    }

    private var isEnough: Bool { length >= TypedTwice.minDigits }

    private var ground: Color { isEnough ? Colours.primary : Colours.surfaceContainer }

    private var ink: Color { isEnough ? Colours.onPrimary : Colours.onSurfaceVariant }

    private func digit(_ digit: UInt8) -> some View {
        PadKey(
            enabled: length < TypedTwice.maxDigits,
            ground: Colours.surfaceBright,
            ink: Colours.onSurface,
            action: { push(digit) }
        ) {
            Text(verbatim: String(digit))
        }
    }
}

private struct PadKey<Label: View>: View {
    private let enabled: Bool
    private let ground: Color
    private let ink: Color
    private let action: @MainActor () -> Void
    private let label: Label

    init(enabled: Bool, ground: Color, ink: Color, action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Label) {
        self.enabled = enabled
        self.ground = ground
        self.ink = ink
        self.action = action
        self.label = label()
    }

    var body: some View {
        Button(action: action) {
            label
                .type(.title)
                .padding(Space.s)
                .frame(maxWidth: .infinity, minHeight: 60)
                .foregroundStyle(ink)
                .background(ground, in: RoundedRectangle(cornerRadius: Corner.m))
                .contentShape(Rectangle())
        }
        .disabled(!enabled)
    }
}
