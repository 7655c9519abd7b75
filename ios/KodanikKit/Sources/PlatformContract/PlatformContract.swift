// What the core takes for granted of a platform, as steps that anything can run: tests on Linux over their doubles, the
// app's tests on a phone over Secure Enclave and Keychain. The same as core/wallet's contract and as Android's.

import Foundation
import KodanikBindings

/// A platform does not do what the core takes for granted.
public struct ContractBreach: Error, CustomStringConvertible {
    public let description: String
}

private func must(_ holds: Bool, _ what: String) throws {
    if !holds { throw ContractBreach(description: what) }
}

private func must<Answer>(
    throw expected: KeyFault,
    _ what: String,
    _ call: () async throws -> Answer
) async throws {
    do {
        _ = try await call()
    } catch let fault as KeyFault where fault == expected {
        return
    }
    throw ContractBreach(description: what)
}

/// The contract of `SecureKeys`. Makes and deletes keys whose names begin with `contract-`; `reopened` is the same store as
/// after a restart of the app, and `verify` says whether a DER signature over a message is good under a SEC 1 key.
public func holdsContract(
    keys: any SecureKeys,
    reopened: any SecureKeys,
    verify: (_ key: Data, _ message: Data, _ der: Data) -> Bool
) async throws {
    // As the core names them: 1 to 64 of a-z, 0-9, dot and dash.
    let name = "contract-1." + String(repeating: "a", count: 53), other = "contract-2"
    for each in [name, other] { try await keys.delete(name: each) }

    try must(try await keys.info(name: name) == nil, "there is no key before it is made")
    try await must(throw: .NotFound, "nothing signs without a key") {
        try await keys.sign(name: name, message: Data([1]), reason: .enrol)
    }

    let made = try await keys.create(name: name)
    try must(made.count == 65 && made.first == 4 || made.count == 33, "a public key is SEC 1")
    try must(try await keys.info(name: name) == made, "a key's public half stays the same")
    try must(try await reopened.info(name: name) == made, "also after a restart")
    try await must(throw: .AlreadyExists, "no key takes another's place") { try await keys.create(name: name) }
    try must(try await keys.info(name: name) == made, "a refused key changes nothing")

    let second = try await keys.create(name: other)
    try must(second != made, "keys of two names are two keys")

    for message in [Data(), Data([0]), Data(repeating: 7, count: 5000)] {
        for reason in [PromptReason.backup, .enrol, .present, .request, .vote] {
            let der = try await keys.sign(name: name, message: message, reason: reason)
            try must(verify(made, message, der), "a signature is ES256 over the message itself, as DER")
            try must(!verify(second, message, der), "and under the key of that name")
            try must(!verify(made, message + [1], der), "and over that message only")
        }
    }
    let later = try await reopened.sign(name: name, message: Data([1]), reason: .present)
    try must(verify(made, Data([1]), later), "a key signs after a restart")

    try await keys.delete(name: name)
    try await keys.delete(name: name)
    try must(try await keys.info(name: name) == nil, "a deleted key is gone")
    try must(try await keys.info(name: other) == second, "and only that one")

    let again = try await ofManyWhoMakeIt(name, keys)
    try must(again.count == 1, "of many who make the same key one does, and the others are told that it exists")
    try must(again.first != made, "a new key of an old name is another key")
    for each in [name, other] { try await keys.delete(name: each) }
    try must(try keys.protection() == reopened.protection(), "protection stays what it is")
}

private func ofManyWhoMakeIt(_ name: String, _ keys: any SecureKeys) async throws -> [Data] {
    try await withThrowingTaskGroup(of: Data?.self) { group in
        for _ in 0..<4 {
            group.addTask {
                do {
                    return try await keys.create(name: name)
                } catch let fault as KeyFault where fault == .AlreadyExists {
                    return nil
                }
            }
        }
        var made: [Data] = []
        for try await key in group { made += [key].compactMap(\.self) }
        return made
    }
}

/// The contract of `SecretStore`. Writes and erases secrets whose names begin with `contract-`; `reopened` is the same store
/// as after a restart of the app.
public func holdsContract(secrets: any SecretStore, reopened: any SecretStore) throws {
    let name = "contract-1." + String(repeating: "a", count: 53), other = "contract-2"
    for each in [name, other] { try secrets.erase(name: each) }

    try must(try secrets.read(name: name) == nil, "there is no secret before it is written")
    for secret in [Data([1, 2, 3]), Data(), Data((0..<600).map { UInt8($0 % 256) }), Data([0])] {
        try secrets.write(name: name, secret: secret)
        try must(try secrets.read(name: name) == secret, "what was written last is read")
        try must(try reopened.read(name: name) == secret, "and survives a restart")
    }
    try secrets.write(name: other, secret: Data([9]))
    try must(try secrets.read(name: name) == Data([0]), "a name has its own secret")
    try secrets.erase(name: name)
    try secrets.erase(name: name)
    try must(try secrets.read(name: name) == nil, "an erased secret is gone")
    try must(try reopened.read(name: name) == nil, "and stays gone")
    try must(try secrets.read(name: other) == Data([9]), "and only that one")
    try secrets.erase(name: other)
}
