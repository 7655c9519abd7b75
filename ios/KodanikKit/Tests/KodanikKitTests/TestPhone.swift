// Test doubles: a phone's key store (libcrypto in memory), its secrets, and a plastic ID card.

import CTestSupport
import Foundation
import KodanikBindings
import KodanikKit
import Synchronization

/// A P-256 key of libcrypto. Immutable once made, and libcrypto signs from several threads.
final class SoftwareKey: @unchecked Sendable {
    private let key: OpaquePointer

    init() {
        key = test_key_make()
    }

    init?(publicKey: Data) {
        guard let key = publicKey.withBytes(test_key_from_public) else { return nil }
        self.key = key
    }

    init?(scalar: Data) {
        guard scalar.count == 32, let key = scalar.withBytes({ bytes, _ in test_key_from_scalar(bytes) }) else { return nil }
        self.key = key
    }

    deinit { test_key_free(key) }

    /// SEC 1, uncompressed.
    var publicKey: Data {
        var out = [UInt8](repeating: 0, count: Int(TEST_KEY_PUBLIC))
        precondition(test_key_public(key, &out) == 1)
        return Data(out)
    }

    func sign(_ message: Data) -> Data {
        var out = [UInt8](repeating: 0, count: Int(TEST_KEY_SIGNATURE))
        let length = message.withBytes { test_key_sign(key, $0, $1, &out) }
        precondition(length > 0)
        return Data(out.prefix(length))
    }

    func verifies(_ der: Data, over message: Data) -> Bool {
        message.withBytes { bytes, length in der.withBytes { test_key_verify(key, bytes, length, $0, $1) } } == 1
    }
}

extension Data {
    fileprivate func withBytes<Answer>(_ body: (UnsafePointer<UInt8>?, Int) -> Answer) -> Answer {
        [UInt8](self).withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
}

/// Keys in memory, and a citizen at the prompt.
final class TestKeys: SecureKeys {
    private struct State {
        var keys: [String: SoftwareKey] = [:]
        var reasons: [PromptReason] = []
        var prompt: KeyFault?
        var delay = Duration.zero
        var wasOnMain = false

        mutating func look() {
            wasOnMain = wasOnMain || isOnMainThread()
        }
    }

    private let state = Mutex(State())

    /// What the citizen was asked to unlock the key for.
    var reasons: [PromptReason] { state.withLock { $0.reasons } }

    /// Whether any call came on the main thread.
    var wasOnMain: Bool { state.withLock { $0.wasOnMain } }

    /// From now on the prompt ends in this.
    func promptFails(_ fault: KeyFault?) { state.withLock { $0.prompt = fault } }

    /// From now on the citizen takes this long.
    func promptTakes(_ delay: Duration) { state.withLock { $0.delay = delay } }

    func create(name: String) async throws -> Data {
        try state.withLock {
            $0.look()
            guard $0.keys[name] == nil else { throw KeyFault.AlreadyExists }
            let key = SoftwareKey()
            $0.keys[name] = key
            return key.publicKey
        }
    }

    func info(name: String) async throws -> Data? {
        state.withLock {
            $0.look()
            return $0.keys[name]?.publicKey
        }
    }

    func sign(name: String, message: Data, reason: PromptReason) async throws -> Data {
        let (key, delay) = try state.withLock {
            $0.look()
            $0.reasons.append(reason)
            if let fault = $0.prompt { throw fault }
            guard let key = $0.keys[name] else { throw KeyFault.NotFound }
            return (key, $0.delay)
        }
        if delay > .zero { try? await Task.sleep(for: delay) }
        return key.sign(message)
    }

    func delete(name: String) async throws {
        state.withLock { _ = $0.keys.removeValue(forKey: name) }
    }

    func protection() throws -> KeyProtection { .software }
}

private func isOnMainThread() -> Bool { Thread.isMainThread }

/// Secrets in memory.
final class TestSecrets: SecretStore {
    private let secrets = Mutex<[String: Data]>([:])
    private let fault = Mutex<KeyFault?>(nil)

    /// From now on nothing is read or written.
    func fail(_ fault: KeyFault?) { self.fault.withLock { $0 = fault } }

    func read(name: String) throws -> Data? {
        try check()
        return secrets.withLock { $0[name] }
    }

    func write(name: String, secret: Data) throws {
        try check()
        secrets.withLock { $0[name] = secret }
    }

    func erase(name: String) throws {
        try check()
        secrets.withLock { _ = $0.removeValue(forKey: name) }
    }

    /// As it is after nine wrong PINs and the waiting in between; the core alone knows what it keeps here.
    func nineWrongPins() {
        secrets.withLock { secrets in
            for (name, secret) in secrets {
                let text = String(decoding: secret, as: UTF8.self)
                secrets[name] = Data(text.replacing(#"tries":0"#, with: #"tries":9"#).utf8)
            }
        }
    }

    private func check() throws {
        if let fault = fault.withLock({ $0 }) { throw fault }
    }
}

/// A plastic ID card, out of the file that `kodanik gateway enrol` writes.
final class TestIdCard: IdCard {
    private let key: SoftwareKey

    init(file: String) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let base64 = text.replacing("-", with: "+").replacing("_", with: "/") + "="
        guard let scalar = Data(base64Encoded: base64), let key = SoftwareKey(scalar: scalar) else {
            throw TestFailure("no ID card")
        }
        self.key = key
    }

    func sign(message: Data) async throws -> Data { key.sign(message) }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A phone with a wallet in a temporary folder.
@MainActor
final class TestPhone {
    static let pin: [UInt8] = [2, 8, 4, 9, 1, 7]

    let keys = TestKeys()
    let secrets = TestSecrets()
    let kodanik: Kodanik
    let wallet: WalletPresenter
    private let home: URL

    /// A phone that was just unpacked.
    init(gateway: String, card: (any IdCard)? = nil) throws {
        home = FileManager.default.temporaryDirectory.appending(path: "phone-\(UUID())")
        let platform = Platform(keys: keys, secrets: secrets, dataDir: home.path, locale: "et")
        let config = Config(gateway: gateway, trust: nil, allowLoopbackHttp: true)
        kodanik = try Kodanik.open(platform: platform, config: config)
        wallet = WalletPresenter(kodanik, card: card)
    }

    deinit { try? FileManager.default.removeItem(at: home) }

    /// One with a wallet on it, unlocked.
    static func start(_ playground: Playground, card: (any IdCard)? = nil) async throws -> TestPhone {
        let phone = try TestPhone(gateway: playground.identified, card: card)
        phone.choosePin()
        await phone.wallet.settled()
        return phone
    }

    /// One with an e-ID of somebody new, who is on the roll.
    static func enrolled(_ playground: Playground) async throws -> TestPhone {
        let phone = try await start(playground)
        try await phone.enrol(playground.person())
        return phone
    }

    func type(_ digits: [UInt8] = pin) {
        for digit in digits { wallet.push(digit: digit) }
    }

    /// Types a new PIN twice.
    func choosePin(_ digits: [UInt8] = pin) {
        for _ in 0..<2 {
            type(digits)
            wallet.confirm()
        }
    }

    func enrol(_ person: Playground.Enrolled) async throws {
        wallet.openLink(person.offer)
        guard case .enrol(let presenter) = wallet.screen else { throw TestFailure("no enrolment") }
        await presenter.settled()
        presenter.accept(code: person.txCode)
        await presenter.settled()
        guard case .done = presenter.state else { throw TestFailure("not enrolled") }
        presenter.close()
        await wallet.settled()
    }
}
