//! RFC 9591 appendix E.4: FROST(P-256, SHA-256). H1, H2 and H3 are our `hash_to_scalar`; the signature is Schnorr's.
//! The sharing of the key is in `kodanik-ballot`, which uses FROST's key generation.

use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::hash_to_scalar;

use crate::{hex, point, scalar};

const PUBLIC_KEY: &str = "023a309ad94e9fe8a7ba45dfc58f38bf091959d3c99cfbd02b4dc00585ec45ab70";
const MESSAGE: &[u8] = b"test";
const SIGNATURE_R: &str = "026d8d434874f87bdb7bc0dfd239b2c00639044f9dcb195e9a04426f70bfa4b70d";
const SIGNATURE_Z: &str = "9620acac6767e8e3e3036815fca4eb3a3caa69992b902bcd3352fc34f1ac192f";
/// What the inputs of both signers' binding factors begin with: the key, H4(message), H5(all commitments).
const BINDING_PREFIX: &str = "023a309ad94e9fe8a7ba45dfc58f38bf091959d3c99cfbd02b4dc00585ec45ab70825371853e974bc30ac5b947\
                              b216d70461919666584c70c51f9f56f117736c5d178dd0b521ad9c1abe98048419cbdec81504c85e12eb40e3bc\
                              b6ec73d3fc4afd";

struct Signer {
    identifier: u64,
    share: &'static str,
    hiding: Nonce,
    binding: Nonce,
    binding_factor: &'static str,
}

struct Nonce {
    randomness: &'static str,
    nonce: &'static str,
    commitment: &'static str,
}

const SIGNERS: [Signer; 2] = [
    Signer {
        identifier: 1,
        share: "0c9c1a0fe806c184add50bbdcac913dda73e482daf95dcb9f35dbb0d8a9f7731",
        hiding: Nonce {
            randomness: "ec4c891c85fee802a9d757a67d1252e7f4e5efb8a538991ac18fbd0e06fb6fd3",
            nonce: "9f0542a5ba879a58f255c09f06da7102ef6a2dec6279700c656d58394d8facd4",
            commitment: "0213b3e6298bf8ad46fd5e9389519a8665d63d98f4ec6a1fcca434e809d2d8070e",
        },
        binding: Nonce {
            randomness: "9334e29d09061223f69a09421715a347e4e6deba77444c8f42b0c833f80f4ef9",
            nonce: "6513dfe7429aa2fc972c69bb495b27118c45bbc6e654bb9dc9be55385b55c0d7",
            commitment: "02188ff1390bf69374d7b272e454b1878ef10a6b6ea3ff36f114b300b4dbd5233b",
        },
        binding_factor: "7925f0d4693f204e6e59233e92227c7124664a99739d2c06b81cf64ddf90559e",
    },
    Signer {
        identifier: 3,
        share: "0e80d6e8f6192c003b5488ce1eec8f5429587d48cf001541e713b2d53c09d928",
        hiding: Nonce {
            randomness: "c0451c5a0a5480d6c1f860e5db7d655233dca2669fd90ff048454b8ce983367b",
            nonce: "f73444a8972bcda9e506bbca3d2b1c083c10facdf4bb5d47fef7c2dc1d9f2a0d",
            commitment: "033ac9a5fe4a8b57316ba1c34e8a6de453033b750e8984924a984eb67a11e73a3f",
        },
        binding: Nonce {
            randomness: "2ba5f7793ae700e40e78937a82f407dd35e847e33d1e607b5c7eb6ed2a8ed799",
            nonce: "44c6a29075d6e7e4f8b97796205f9e22062e7835141470afe9417fd317c1c303",
            commitment: "03a7a2480ee16199262e648aea3acab628a53e9b8c1945078f2ddfbdc98b7df369",
        },
        binding_factor: "e10d24a8a403723bcb6f9bb4c537f316593683b472f7a89f166630dde11822c4",
    },
];

/// H1, H2 and H3 with the DST of the suite.
fn hash(message: &[u8], purpose: &str) -> Scalar {
    hash_to_scalar(message, format!("FROST-P256-SHA256-v1{purpose}").as_bytes())
}

#[test]
fn nonces_are_h3_of_randomness_and_share() {
    for signer in &SIGNERS {
        for nonce in [&signer.hiding, &signer.binding] {
            let input = [hex(nonce.randomness), hex(signer.share)].concat();
            assert_eq!(hash(&input, "nonce"), scalar(nonce.nonce));
            assert_ne!(hash(&input, "nonces"), scalar(nonce.nonce));
            assert_ne!(hash(&input[1..], "nonce"), scalar(nonce.nonce));
            assert_eq!(Point::generate(&scalar(nonce.nonce)), point(nonce.commitment));
        }
    }
}

#[test]
fn binding_factors_are_h1() {
    for signer in &SIGNERS {
        let identifier = Scalar::from(signer.identifier).to_bytes();
        let input = [&hex(BINDING_PREFIX)[..], &identifier].concat();
        assert_eq!(hash(&input, "rho"), scalar(signer.binding_factor));
        assert_ne!(hash(&input, "chal"), scalar(signer.binding_factor));
    }
}

#[test]
fn the_group_commitment_and_the_signature() {
    let terms = SIGNERS.iter().flat_map(|signer| {
        let (hiding, binding) = (point(signer.hiding.commitment), point(signer.binding.commitment));
        [(Scalar::ONE, hiding), (scalar(signer.binding_factor), binding)]
    });
    let r = Point::sum_of_products_vartime(&terms.collect::<Vec<_>>());
    assert_eq!(r, point(SIGNATURE_R));

    let holds = |message: &[u8], z: Scalar| {
        let challenge = hash(&[&hex(SIGNATURE_R)[..], &hex(PUBLIC_KEY), message].concat(), "chal");
        Point::sum_of_products_vartime(&[(z, Point::GENERATOR), (-challenge, point(PUBLIC_KEY))]) == r
    };
    let z = scalar(SIGNATURE_Z);
    assert!(holds(MESSAGE, z));
    assert!(!holds(b"text", z));
    assert!(!holds(MESSAGE, z + Scalar::ONE));
}
