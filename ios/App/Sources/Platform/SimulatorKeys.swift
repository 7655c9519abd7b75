#if targetEnvironment(simulator) || KODANIK_CHECK
    import CryptoKit
    import Foundation
    import KodanikBindings
    import Security

    /// A simulator has no Secure Enclave of its own: keys lie in its Keychain, and the citizen is told so on the home screen.
    /// Asks nobody.
    final class SimulatorKeys: SecureKeys {
        private let items = Keychain(
            service: "org.kodanik.wallet.simulator", accessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly)

        func create(name: String) async throws -> Data {
            let key = P256.Signing.PrivateKey()
            try items.add(name, key.rawRepresentation)
            return key.publicKey.x963Representation
        }

        func info(name: String) async throws -> Data? {
            try key(name)?.publicKey.x963Representation
        }

        func sign(name: String, message: Data, reason: PromptReason) async throws -> Data {
            guard let key = try key(name) else { throw KeyFault.NotFound }
            guard let signature = try? key.signature(for: message) else { throw KeyFault.Unavailable }
            return signature.derRepresentation
        }

        func delete(name: String) async throws {
            try items.erase(name)
        }

        func protection() throws -> KeyProtection { .software }

        func eraseAll() throws {
            try items.eraseAll()
        }

        private func key(_ name: String) throws -> P256.Signing.PrivateKey? {
            guard let stored = try items.read(name) else { return nil }
            guard let key = try? P256.Signing.PrivateKey(rawRepresentation: stored) else { throw KeyFault.Damaged }
            return key
        }
    }
#endif
