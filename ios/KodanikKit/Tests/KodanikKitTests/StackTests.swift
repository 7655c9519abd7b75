import CTestSupport
import Foundation
import Testing

/// A phone gives each thread but the first 512 KiB of stack, and verbs run on such threads. ../../../check/run sets the same
/// limit here, so that whatever these tests do has been done on stacks that small.
struct StackTests {
    private static let limit = ProcessInfo.processInfo.environment["KODANIK_STACK"].flatMap(Int.init)

    @Test(.enabled(if: limit != nil)) func stacksAreAsSmallAsAPhones() async throws {
        let limit = try #require(Self.limit)
        let size = await Task.detached { test_stack_size() }.value
        #expect((1...limit).contains(size), "KiB")
    }
}
