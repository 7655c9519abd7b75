import KodanikBindings

// What holds codes, choices or claims is drawn, never printed. The core gives its states a `debugDescription` without them;
// `dump` and test reports look at members instead, and find none here.

protocol Unprinted: CustomReflectable {}

extension Unprinted {
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension BackupStage: Unprinted {}
extension BallotStage: Unprinted {}
extension CaseStage: Unprinted {}
extension Chosen: Unprinted {}
extension Claim: Unprinted {}
extension ContestChoice: Unprinted {}
extension ServiceStage: Unprinted {}
extension VerifyStage: Unprinted {}

extension Listing: Unprinted, CustomStringConvertible {
    public var description: String { "Listing(\(items.count))" }
}

extension Looker: Unprinted, CustomStringConvertible {
    public var description: String { "Looker(\(lines.count))" }
}
