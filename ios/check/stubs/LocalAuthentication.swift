// What ios/App uses of LocalAuthentication; see SwiftUI.swift.

import Foundation
import Security

public enum LAAccessControlOperation: Sendable { case useKeySign }
public struct LAError: Error {
    public enum Code: Sendable { case appCancel, authenticationFailed, systemCancel, userCancel, userFallback }
    public var code: Code
}
public class LAContext: NSObject {
    public func evaluateAccessControl(
        _ accessControl: SecAccessControl, operation: LAAccessControlOperation, localizedReason: String,
        reply: @escaping @Sendable (Bool, (any Error)?) -> Void
    ) {}
    public func invalidate() {}
}
