import Foundation
import KodanikBindings
import Security

/// Small secrets in the Keychain: on this phone only, while it is unlocked, in no backup and on no other device.
final class KeychainSecrets: SecretStore {
    /// The Keychain takes no secret of no bytes: each has one before it.
    private static let version: UInt8 = 1

    private let items = Keychain(service: "org.kodanik.wallet.secrets", accessible: kSecAttrAccessibleWhenUnlockedThisDeviceOnly)

    func read(name: String) throws -> Data? {
        guard let stored = try items.read(name) else { return nil }
        guard stored.first == Self.version else { throw KeyFault.Damaged }
        return Data(stored.dropFirst())
    }

    func write(name: String, secret: Data) throws {
        try items.write(name, Data([Self.version]) + secret)
    }

    func erase(name: String) throws {
        try items.erase(name)
    }

    /// Forgets every secret, as at the first start of a new installation.
    func eraseAll() throws {
        try items.eraseAll()
    }
}

/// Items of one kind, by name. Each call is one transaction of the Keychain.
struct Keychain: Sendable {
    private let service: String
    private let accessible: String

    init(service: String, accessible: CFString) {
        self.service = service
        self.accessible = accessible as String
    }

    func read(_ name: String) throws -> Data? {
        var query = item(name)
        query[kSecReturnData as String] = true
        query[kSecMatchLimit as String] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess, let data = found as? Data else { throw KeyFault.Unavailable }
        return data
    }

    /// `KeyFault.AlreadyExists` where the name is taken.
    func add(_ name: String, _ data: Data) throws {
        var new = item(name)
        new[kSecValueData as String] = data
        new[kSecAttrAccessible as String] = accessible
        let status = SecItemAdd(new as CFDictionary, nil)
        if status == errSecDuplicateItem { throw KeyFault.AlreadyExists }
        guard status == errSecSuccess else { throw KeyFault.Unavailable }
    }

    /// Adds, or takes the old one's place.
    func write(_ name: String, _ data: Data) throws {
        let change = [kSecValueData as String: data] as CFDictionary
        let status = SecItemUpdate(item(name) as CFDictionary, change)
        if status == errSecItemNotFound { return try add(name, data) }
        guard status == errSecSuccess else { throw KeyFault.Unavailable }
    }

    func erase(_ name: String) throws {
        try delete(item(name))
    }

    func eraseAll() throws {
        try delete(item(nil))
    }

    private func delete(_ query: [String: Any]) throws {
        let status = SecItemDelete(query as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else { throw KeyFault.Unavailable }
    }

    private func item(_ name: String?) -> [String: Any] {
        var query: [String: Any] = [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: service,
            kSecAttrSynchronizable as String: false,
            kSecUseDataProtectionKeychain as String: true,
        ]
        if let name { query[kSecAttrAccount as String] = name }
        return query
    }
}
