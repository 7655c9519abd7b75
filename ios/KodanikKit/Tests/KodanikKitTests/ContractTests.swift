import Foundation
import KodanikBindings
import KodanikKit
import PlatformContract
import Testing

/// The tests' doubles of a platform keep the contract, and the contract finds what does not.
struct ContractTests {
    @Test func keysKeepTheContract() async throws {
        let keys = TestKeys()
        try await holdsContract(keys: keys, reopened: keys, verify: verify)
    }

    @Test func secretsKeepTheContract() throws {
        let secrets = TestSecrets()
        try holdsContract(secrets: secrets, reopened: secrets)
    }

    @Test func aKeyStoreThatSignsAHashIsFound() async {
        await #expect(throws: ContractBreach.self) {
            let keys = LyingKeys()
            try await holdsContract(keys: keys, reopened: keys, verify: verify)
        }
    }

    @Test func secretsThatDoNotLastAreFound() {
        #expect(throws: ContractBreach.self) {
            try holdsContract(secrets: TestSecrets(), reopened: TestSecrets())
        }
    }

    private func verify(key: Data, message: Data, der: Data) -> Bool {
        SoftwareKey(publicKey: key)?.verifies(der, over: message) ?? false
    }
}

/// Signs something else than it was given.
private final class LyingKeys: SecureKeys {
    private let keys = TestKeys()

    func create(name: String) async throws -> Data { try await keys.create(name: name) }
    func info(name: String) async throws -> Data? { try await keys.info(name: name) }
    func sign(name: String, message: Data, reason: PromptReason) async throws -> Data {
        try await keys.sign(name: name, message: message + [0], reason: reason)
    }
    func delete(name: String) async throws { try await keys.delete(name: name) }
    func protection() throws -> KeyProtection { .software }
}
