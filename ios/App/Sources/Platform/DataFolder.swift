import Foundation

/// The wallet's folder: the app's own, in no backup, sealed by the system while the phone is locked.
enum DataFolder {
    /// Its path. Where it is not there yet this is a new installation, and `begin` comes before anything else: what fails is
    /// tried again at the next start.
    static func open(begin: () throws -> Void) throws -> String {
        let files = FileManager.default
        let support = try files.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        var folder = support.appendingPathComponent("wallet", isDirectory: true)
        if !files.fileExists(atPath: folder.path) { try begin() }
        try files.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.protectionKey: FileProtectionType.complete])
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try folder.setResourceValues(values)
        return folder.path
    }
}
