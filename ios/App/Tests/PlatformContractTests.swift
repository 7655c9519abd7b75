import CryptoKit
import Foundation
import KodanikKit
import PlatformContract
import XCTest

@testable import Kodanik

/// The platform of this phone keeps the contract. On a phone, somebody answers the prompts: one every few seconds.
final class PlatformContractTests: XCTestCase {
    func testKeys() async throws {
        let words = Words.ofThisApp
        #if targetEnvironment(simulator)
            try await holdsContract(keys: SimulatorKeys(), reopened: SimulatorKeys(), verify: verify)
        #else
            try await holdsContract(keys: EnclaveKeys(words: words), reopened: EnclaveKeys(words: words), verify: verify)
        #endif
    }

    func testSecrets() throws {
        try holdsContract(secrets: KeychainSecrets(), reopened: KeychainSecrets())
    }

    private func verify(key: Data, message: Data, der: Data) -> Bool {
        guard let key = try? P256.Signing.PublicKey(x963Representation: key),
            let signature = try? P256.Signing.ECDSASignature(derRepresentation: der)
        else { return false }
        return key.isValidSignature(signature, for: message)
    }
}
