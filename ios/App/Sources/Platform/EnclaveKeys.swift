import CryptoKit
import Foundation
import KodanikBindings
import KodanikKit
import LocalAuthentication
import Security

/// P-256 keys made in the Secure Enclave, which never leave it. What the Keychain keeps is the Enclave's own sealed handle to
/// the key: of no use on another phone, in no backup.
///
/// Signing asks the citizen: face or finger as they are enrolled today (`biometryCurrentSet`), or the phone's passcode. Not
/// biometry alone: whoever enrols a new finger, or breaks the sensor, would lose key and e-ID with it. Not any biometry: a
/// face that somebody added later opens nothing. The passcode of the phone is not enough either: the wallet has its own PIN.
///
/// One act of the citizen takes up to five signatures, most of them proofs of the connection: what was allowed for a reason is
/// not asked for again for the next seconds.
final class EnclaveKeys: SecureKeys {
    private let items = Keychain(service: "org.kodanik.wallet.keys", accessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly)
    private let prompts: Prompts

    init(words: Words) {
        prompts = Prompts(words: words)
    }

    func create(name: String) async throws -> Data {
        guard try items.read(name) == nil else { throw KeyFault.AlreadyExists }
        do {
            let key = try SecureEnclave.P256.Signing.PrivateKey(accessControl: try Self.access())
            // Of two who make the same key, the Keychain lets one in.
            try items.add(name, key.dataRepresentation)
            return key.publicKey.x963Representation
        } catch let fault as KeyFault {
            throw fault
        } catch {
            throw KeyFault.Unavailable
        }
    }

    func info(name: String) async throws -> Data? {
        try items.read(name).map { try Self.key($0, LAContext()).publicKey.x963Representation }
    }

    func sign(name: String, message: Data, reason: PromptReason) async throws -> Data {
        guard let handle = try items.read(name) else { throw KeyFault.NotFound }
        let permission = try await prompts.allowed(reason, Self.access())
        let key = try Self.key(handle, permission.context)
        do {
            return try key.signature(for: message).derRepresentation
        } catch {
            await prompts.forget()
            throw keyFault(error)
        }
    }

    func delete(name: String) async throws {
        try items.erase(name)
    }

    func protection() throws -> KeyProtection {
        guard SecureEnclave.isAvailable else { throw KeyFault.Unavailable }
        return .secureElement
    }

    /// Forgets every key: they outlive the app in the Keychain, and a phone that was given on must not keep them.
    func eraseAll() throws {
        try items.eraseAll()
    }

    private static func key(_ handle: Data, _ context: LAContext) throws -> SecureEnclave.P256.Signing.PrivateKey {
        do {
            return try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: handle, authenticationContext: context)
        } catch {
            throw KeyFault.Damaged
        }
    }

    /// From the first unlock after a restart on: the wallet itself is locked whenever the app is not on the screen.
    private static func access() throws -> SecAccessControl {
        let access = SecAccessControlCreateWithFlags(
            nil,
            kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            [.privateKeyUsage, .biometryCurrentSet, .or, .devicePasscode],
            nil
        )
        // A phone without a passcode has nobody to ask.
        guard let access else { throw KeyFault.Unavailable }
        return access
    }
}

/// What a key is used with once the citizen said yes. A context may be used from any thread: its answers come from the
/// system's own.
private struct Permission: @unchecked Sendable {
    let context = LAContext()
}

private struct Question: @unchecked Sendable {
    let permission: Permission
    let access: SecAccessControl
    let words: String

    func ask() async throws -> Permission {
        try await withCheckedThrowingContinuation { answer in
            permission.context.evaluateAccessControl(access, operation: .useKeySign, localizedReason: words) { isAllowed, error in
                answer.resume(with: isAllowed ? .success(permission) : .failure(keyFault(error)))
            }
        }
    }
}

/// Asks the citizen, in words for the reason.
private actor Prompts {
    /// One act takes a second or two.
    private static let goodFor = Duration.seconds(10)

    private let words: Words
    /// One prompt at a time.
    private var asking: Task<Permission, any Error>?
    private var last: (reason: PromptReason, permission: Permission, at: ContinuousClock.Instant)?

    init(words: Words) {
        self.words = words
    }

    func allowed(_ reason: PromptReason, _ access: SecAccessControl) async throws -> Permission {
        while let asking { _ = try? await asking.value }
        if let last, last.reason == reason, ContinuousClock.now - last.at < Self.goodFor { return last.permission }
        forget()
        let permission = Permission()
        let question = Question(permission: permission, access: access, words: words.of(word(reason)))
        let asking = Task { try await question.ask() }
        self.asking = asking
        defer { self.asking = nil }
        // Where the flow is over, the system's sheet goes away too.
        try await withTaskCancellationHandler {
            _ = try await asking.value
        } onCancel: {
            permission.context.invalidate()
        }
        last = (reason, permission, .now)
        return permission
    }

    func forget() {
        last?.permission.context.invalidate()
        last = nil
    }

    private func word(_ reason: PromptReason) -> Word {
        switch reason {
        case .backup: .promptBackup
        case .enrol: .promptEnrol
        case .present: .promptPresent
        case .request: .promptRequest
        case .vote: .promptVote
        }
    }
}

private func keyFault(_ error: (any Error)?) -> KeyFault {
    let said: [LAError.Code] = [.userCancel, .appCancel, .systemCancel, .userFallback, .authenticationFailed]
    if let error = error as? LAError, said.contains(error.code) { return .Cancelled }
    return .Unavailable
}
