package org.kodanik.platform

/**
 * A link that opened the app, as the core understands it. `https` App Links carry the same query as the schemes of OpenID4VCI and
 * OpenID4VP, and cannot be taken by another app: `https://HOST/offer?..` and `https://HOST/present?..`.
 *
 * Checking codes are no links: who has one can prove a vote. They are read by the camera alone.
 */
fun textOfLink(link: String, host: String): String {
    val query = { path: String -> link.removePrefix("https://$host/$path?").takeIf { it != link } }
    return query("offer")?.let { "openid-credential-offer://?$it" }
        ?: query("present")?.let { "openid4vp://?$it" }
        ?: link
}
