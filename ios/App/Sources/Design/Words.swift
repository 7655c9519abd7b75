import Foundation
import KodanikKit
import SwiftUI

extension Words {
    /// Out of the app's String Catalog, in the phone's language.
    static let ofThisApp = Words { Bundle.main.localizedString(forKey: $0, value: nil, table: nil) }
}

private struct WordsKey: EnvironmentKey {
    static let defaultValue = Words.ofThisApp
}

extension EnvironmentValues {
    var words: Words {
        get { self[WordsKey.self] }
        set { self[WordsKey.self] = newValue }
    }
}
