// What ios/App uses of Security; see SwiftUI.swift. Core Foundation's types are Swift's own here, so that `as` finds nothing
// to do.

import Foundation

public typealias CFString = String
public typealias CFDictionary = [String: Any]
public typealias CFTypeRef = AnyObject
public typealias OSStatus = Int32
public typealias CFAllocator = AnyObject
public typealias CFError = Int

public final class SecAccessControl {}
public struct SecAccessControlCreateFlags: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let biometryCurrentSet = SecAccessControlCreateFlags(rawValue: 1)
    public static let devicePasscode = SecAccessControlCreateFlags(rawValue: 2)
    public static let or = SecAccessControlCreateFlags(rawValue: 4)
    public static let privateKeyUsage = SecAccessControlCreateFlags(rawValue: 8)
}
public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFTypeRef, _ flags: SecAccessControlCreateFlags, _ error: UnsafeMutablePointer<CFError?>?
) -> SecAccessControl? { nil }
public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFString, _ flags: SecAccessControlCreateFlags, _ error: UnsafeMutablePointer<CFError?>?
) -> SecAccessControl? { nil }

public let kSecAttrAccessible = "", kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly = ""
public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly = "", kSecAttrAccount = "", kSecAttrService = ""
public let kSecAttrSynchronizable = "", kSecClass = "", kSecClassGenericPassword = "", kSecMatchLimit = ""
public let kSecMatchLimitOne = "", kSecReturnData = "", kSecUseDataProtectionKeychain = "", kSecValueData = ""
public let errSecDuplicateItem: OSStatus = 1, errSecItemNotFound: OSStatus = 2, errSecSuccess: OSStatus = 0

public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { 0 }
public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { 0 }
public func SecItemDelete(_ query: CFDictionary) -> OSStatus { 0 }
public func SecItemUpdate(_ query: CFDictionary, _ attributes: CFDictionary) -> OSStatus { 0 }
