/// A link that opened the app, as the core understands it. Universal Links carry the same query as the schemes of OpenID4VCI and
/// OpenID4VP, and cannot be taken by another app: `https://HOST/offer?..` and `https://HOST/present?..`.
///
/// Checking codes are no links: who has one can prove a vote. They are read by the camera alone.
public func textOfLink(_ link: String, host: String) -> String {
    for (path, scheme) in [("offer", "openid-credential-offer"), ("present", "openid4vp")] {
        let start = "https://\(host)/\(path)?"
        if link.hasPrefix(start) { return "\(scheme)://?\(link.dropFirst(start.count))" }
    }
    return link
}
