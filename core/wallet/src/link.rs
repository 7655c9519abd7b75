//! What a text is that the citizen scanned or opened. Says where to take it, not that it is any good.

use kodanik_ballot::check::CheckCode;
use kodanik_ballot::promise::{Promise, TestCode};
use kodanik_identity::issuance::OfferLink;
use kodanik_identity::presentation::RequestLink;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The checking code of another phone's ballot: [`crate::Wallet::check`].
    CheckCode,
    /// An offer of a credential: [`crate::Wallet::inspect_offer`].
    Offer,
    /// Somebody asks for claims: [`crate::Wallet::inspect_presentation`].
    Presentation,
    /// Another phone promises a ballot, and will be tested: [`crate::Wallet::check_test`].
    Promise,
    /// The code of a ballot that was promised before.
    TestCode,
    /// Nothing that a wallet could do something about.
    Unknown,
}

impl Link {
    /// By scheme, or, for codes, by their whole form.
    pub fn identify(text: &str) -> Self {
        match text {
            _ if OfferLink::is_meant_by(text) => Self::Offer,
            _ if RequestLink::is_meant_by(text) => Self::Presentation,
            _ if CheckCode::parse(text).is_ok() => Self::CheckCode,
            _ if Promise::parse(text).is_ok() => Self::Promise,
            _ if TestCode::parse(text).is_ok() => Self::TestCode,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_by_their_scheme_and_codes_by_their_form() {
        let hash = "A".repeat(43);
        for (text, link) in [
            ("openid-credential-offer://?credential_offer_uri=x", Link::Offer),
            ("haip-vci://?x", Link::Offer),
            ("openid4vp://?client_id=x", Link::Presentation),
            ("haip-vp://?x", Link::Presentation),
            (&format!("kodanik:promise?election={hash}&tracker={hash}"), Link::Promise),
            ("kodanik:promise?election=", Link::Unknown),
            ("kodanik:check?x", Link::Unknown),
            ("https://example.org", Link::Unknown),
            ("", Link::Unknown),
        ] {
            assert_eq!(Link::identify(text), link, "{text}");
        }
    }
}
