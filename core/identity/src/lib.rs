//! The e-ID: SD-JWT VC, OpenID4VCI, OpenID4VP, DCQL, status lists, trust, DPoP.
