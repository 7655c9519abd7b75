// A real gateway with an open trial election on loopback: `kodanik playground`, one for all tests of this process.

import Foundation
import Synchronization

final class Playground: Sendable {
    /// Somebody new in the register, and soon on the roll.
    struct Enrolled: Decodable, Sendable {
        let offer: String
        let txCode: String
        let idCard: String
    }

    struct Asked: Decodable, Sendable {
        let id: String
        let link: String
    }

    private struct Ready: Decodable {
        let identified: String
        let dir: String
        let election: String
    }

    private struct Result: Decodable {
        let verdict: String
    }

    let identified: String
    let election: String
    private let commands: FileHandle
    private let people = Mutex(0)

    private static let running = Atomic<pid_t>(0)
    private static let shared = Task.detached { try Playground() }

    static func open() async throws -> Playground { try await shared.value }

    private init() throws {
        let output = Pipe()
        let gateway = Process()
        // The tests may run with a phone's small stacks; the gateway never does.
        gateway.executableURL = URL(filePath: "/bin/sh")
        gateway.arguments = ["-c", #"ulimit -S -s 8192; exec "$0" playground --json"#, Self.command.path]
        gateway.standardOutput = output
        // Nothing of the tests' own: who waits for the end of their output must not wait for the gateway's.
        gateway.standardError = FileHandle.nullDevice
        gateway.standardInput = FileHandle.nullDevice
        try gateway.run()
        Self.running.store(gateway.processIdentifier, ordering: .sequentiallyConsistent)
        // Processes of Foundation's inherit a thread's mask, in which SIGTERM is blocked.
        atexit { kill(Playground.running.load(ordering: .sequentiallyConsistent), SIGKILL) }
        let ready: Ready = try Self.decode(try output.fileHandleForReading.readLine())
        (identified, election) = (ready.identified, ready.election)
        commands = try Self.runner(ready.dir)
    }

    /// A process of its own that starts the gateway's commands, one a line: a file for the answer, and arguments. A process that
    /// forks shares for a moment what it has locked, a wallet's folder too: the one with the phones must not.
    private static func runner(_ dir: String) throws -> FileHandle {
        let input = Pipe()
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        let command = #""$0" gateway --dir "$1" --json $arguments > "$answer" && mv "$answer" "$answer.yes" || mv "$answer" "$answer.no""#
        shell.arguments = [
            "-c", "ulimit -S -s 8192; while read -r answer arguments; do { \(command); } & done", Self.command.path, dir,
        ]
        shell.standardInput = input
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        return input.fileHandleForWriting
    }

    func person() async throws -> Enrolled {
        let number = people.withLock { count in
            count += 1
            return count
        }
        let person = [
            "given_name": "Mari", "family_name": "Maasikas", "birthdate": "1990-05-17",
            "personal_administrative_number": "19900517-3\(String(100_000 + number))",
            "roll_number": "R-2\(String(10_000 + number))", "nationality": "EE",
        ]
        let file = FileManager.default.temporaryDirectory.appending(path: "person-\(number).json")
        try JSONEncoder().encode(person).write(to: file)
        return try await gateway("enrol", "--person", file.path)
    }

    /// The library asks for a claim.
    func ask(_ claim: String) async throws -> Asked {
        try await gateway("ask", "--claim", claim)
    }

    /// What the library made of the answer.
    func verdict(_ asked: Asked) async throws -> String {
        let result: Result = try await gateway("ask", "--result=\(asked.id)")
        return result.verdict
    }

    private func gateway<Answer: Decodable & Sendable>(_ arguments: String...) async throws -> Answer {
        let answer = FileManager.default.temporaryDirectory.appending(path: "answer-\(UUID())").path
        try commands.write(contentsOf: Data("\(answer) \(arguments.joined(separator: " "))\n".utf8))
        for _ in 0..<6000 {
            if let json = FileManager.default.contents(atPath: answer + ".yes") { return try Self.decode(json) }
            if let json = FileManager.default.contents(atPath: answer + ".no") {
                throw TestFailure(String(decoding: json, as: UTF8.self))
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestFailure("the gateway's command does not end")
    }

    private static let command = URL(filePath: ProcessInfo.processInfo.environment["KODANIK"] ?? "/kodanik/built/kodanik")

    private static func decode<Answer: Decodable>(_ json: Data) throws -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Answer.self, from: json)
    }
}

extension FileHandle {
    fileprivate func readLine() throws -> Data {
        var line = Data()
        while let byte = try read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
        return line
    }
}
