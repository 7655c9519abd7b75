import KodanikBindings
import KodanikKit
import SwiftUI

/// Backup codes: written down, one asked back, stored; those in force kept up to date or replaced. Codes are drawn and forgotten: none is in a saved state.
struct BackupScreen: View {
    let state: BackupStage
    let fault: Fault?
    let busy: Bool
    let verbs: any BackupVerbs
    let onNotices: @MainActor () -> Void

    @Environment(\.words) private var words
    // A fault leads from storing back to the codes: the question is still on the screen then.
    @State private var isAsking = false

    var body: some View {
        switch state {
        case .loading:
            Page(words.of(.backupTitle), onClose: verbs.close) { Working(words.of(.commonMoment)) }
        case .inForce(let codes):
            inForce(codes)
        case .codes(let set, let codes, let revocationCode, let asked, let created, let replacesEarlier):
            if isAsking {
                BackupAsking(asked: Int(asked), fault: fault, busy: busy, verbs: verbs) { isAsking = false }
            } else {
                BackupWriting(
                    set: words.of(.backupCodesSet, set, day(created)), codes: codes, revocationCode: revocationCode,
                    replacesEarlier: replacesEarlier, fault: fault, verbs: verbs
                ) { isAsking = true }
            }
        case .storing:
            Page(words.of(.backupTitle), onClose: verbs.close) {
                Working(words.of(.backupStoring), words.of(.backupStoringText))
            }
        case .refreshing:
            Page(words.of(.backupTitle), onClose: verbs.close) {
                Working(words.of(.backupRefreshing), words.of(.casePrompt))
            }
        case .stored(let newCodes, let size):
            Page(words.of(.backupTitle)) {
                Verdict(.good, words.of(.backupStored), words.of(newCodes ? .backupStoredText : .backupRefreshText))
                Heading(words.of(.backupSize))
                Panel { BackupSizeItems(size: size) }
            } actions: {
                MainAction(words.of(.commonDone), action: verbs.close)
            }
        case .stopped(let fault, let newCodes):
            Page(words.of(.backupTitle), onClose: verbs.close) {
                switch newCodes {
                case .maybeInForce: Verdict(.problem, words.of(.backupStoppedMaybe), words.of(.backupStoppedMaybeText))
                case .notMade: Verdict(.note, words.of(.backupStoppedAsBefore), words.of(.backupStoppedAsBeforeText))
                case .void: Verdict(.problem, words.of(.backupStopped), words.of(.backupStoppedText))
                }
                FaultPanel(fault)
            } actions: {
                switch newCodes {
                case .maybeInForce, .void:
                    MainAction(words.of(.backupAgain), enabled: !busy, action: again)
                    QuietAction(words.of(.commonClose), action: verbs.close)
                case .notMade:
                    FaultActions(fault, busy: busy, onAgain: again, onClose: verbs.close)
                }
            }
        }
    }

    private func inForce(_ codes: BackupCodes) -> some View {
        Page(words.of(.backupTitle), onBack: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Verdict(.good, words.of(.backupInForce), words.of(.backupInForceText), icon: .key)
            Note(words.of(.backupCodesSet, codes.set, day(codes.created)))
            VStack(spacing: 0) {
                ListRow(words.of(.backupRefresh), words.of(.backupRefreshText), .refresh) { if !busy { verbs.refresh() } }
                Divider().padding(.horizontal, Space.m)
                ListRow(words.of(.backupMake), words.of(.backupMakeText), .key) {
                    if !busy {
                        isAsking = false
                        verbs.makeCodes()
                    }
                }
                Divider().padding(.horizontal, Space.m)
                ListRow(words.of(.noticesTitle), nil, .eye, action: onNotices)
            }
            .foregroundStyle(Colours.onSurface)
            .background(Colours.surfaceBright, in: RoundedRectangle(cornerRadius: Corner.m))
        }
    }

    private func again() {
        isAsking = false
        verbs.load()
    }
}

/// One code at a time, or all of them; after the codes comes the one that revokes.
private struct BackupWriting: View {
    let set: String
    let codes: [String]
    let revocationCode: String
    let replacesEarlier: Bool
    let fault: Fault?
    let verbs: any BackupVerbs
    let onWritten: @MainActor () -> Void

    @Environment(\.words) private var words
    @State private var isList = false
    @State private var at = 0

    var body: some View {
        Page(words.of(.backupTitle), onClose: verbs.close, attention: fault) {
            FaultNotice(fault, onDismiss: verbs.dismiss)
            Headline(words.of(.backupCodesTitle))
            if isList || at == 0 {
                Note(words.of(.backupCodesText))
                if replacesEarlier { Notice(.note, words.of(.backupCodesReplaces)) }
            }
            if isList {
                Panel { ForEach(Numbered.list(codes)) { code($0.id, $0.value) } }
                revocation
            } else if isLast {
                revocation
            } else {
                Panel {
                    Note(words.of(.backupCodesOf, at + 1, codes.count))
                    code(at, codes[at])
                }
                .readOut(words.of(.backupCodesOf, at + 1, codes.count))
            }
            Note(set)
        } actions: {
            if isList || isLast {
                MainAction(words.of(.backupCodesWritten), action: onWritten)
            } else {
                MainAction(words.of(.backupCodesNext)) { at += 1 }
            }
            if !isList && at > 0 { OtherAction(words.of(.backupCodesPrevious)) { at -= 1 } }
            QuietAction(words.of(isList ? .backupCodesOne : .backupCodesAll)) { isList.toggle() }
        }
    }

    private var isLast: Bool { at >= codes.count }

    private func code(_ place: Int, _ code: String) -> some View {
        Fact(words.of(.backupCodesNumber, place + 1), inRows(code), .code).notWhileCaptured()
    }

    private var revocation: some View {
        Panel {
            Fact(words.of(.backupRevocation), inRows(revocationCode), .code).notWhileCaptured()
            Note(words.of(.backupRevocationText))
        }
    }
}

private struct BackupAsking: View {
    let asked: Int
    let fault: Fault?
    let busy: Bool
    let verbs: any BackupVerbs
    let onShow: @MainActor () -> Void

    @Environment(\.words) private var words
    @State private var code = ""

    var body: some View {
        Page(words.of(.backupTitle), onBack: onShow, onClose: verbs.close) {
            Headline(words.of(.backupAskTitle, asked))
            Note(words.of(.backupAskText))
            CodeField(words.of(.backupAskField, asked), code: $code)
            FaultNotice(fault, onDismiss: verbs.dismiss)
        } actions: {
            MainAction(words.of(.backupAskAction), enabled: !code.allSatisfy(\.isWhitespace) && !busy) {
                verbs.store(askedBack: code)
            }
            QuietAction(words.of(.backupAskShow), action: onShow)
        }
    }
}

/// How much a backup holds.
struct BackupSizeItems: View {
    let size: BackupSize

    @Environment(\.words) private var words

    var body: some View {
        Item(words.of(.backupSizeCredentials, size.credentials))
        Item(words.of(.backupSizeCases, size.cases))
        Item(words.of(.backupSizeEvidence, size.evidence))
        Item(words.of(.backupSizeHistory, size.history))
        if size.leftOut > 0 { Item(words.of(.backupSizeLeftOut, size.leftOut), .info, Colours.onSurfaceVariant) }
    }
}
