import Foundation

/// What a link from outside says. A custom scheme is the text itself. A Universal Link carries it behind the `#`, which no web
/// server ever sees: `https://HOST/wallet#openid4vp://...`, percent-encoded.
func text(of link: URL) -> String {
    guard link.scheme == "https" else { return link.absoluteString }
    return link.fragment(percentEncoded: false) ?? link.absoluteString
}
