import Foundation

/// The wallet's folder: the app's own, in no backup, sealed by the system while the phone is locked.
enum DataFolder {
    /// Its path, and whether it was made just now: then this is a new installation.
    static func open() throws -> (path: String, isNew: Bool) {
        let files = FileManager.default
        let support = try files.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        var folder = support.appendingPathComponent("wallet", isDirectory: true)
        let isNew = !files.fileExists(atPath: folder.path)
        try files.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.protectionKey: FileProtectionType.complete])
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try folder.setResourceValues(values)
        return (folder.path, isNew)
    }
}
