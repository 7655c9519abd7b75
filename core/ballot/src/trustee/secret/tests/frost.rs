//! Published vectors: RFC 9591 appendix E.4 for the sharing of a key, and for the key generation, which the RFC leaves
//! out, those that `frost-p256` 3.0.0 is tested with (`tests/helpers/vectors_dkg.json` of that crate), run through a
//! whole ceremony of ours.

use frost_p256::{Field, P256ScalarField};

use super::*;
use crate::election::lagrange;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn scalar(text: &str) -> Scalar {
    Scalar::from_slice(&hex(text)).unwrap()
}

fn point(text: &str) -> Point {
    Point::from_slice(&hex(text)).unwrap()
}

/// RFC 9591 appendix E.4: two of three, of which the first and the third sign "test".
mod rfc9591 {
    use super::*;

    const SECRET: &str = "8ba9bba2e0fd8c4767154d35a0b7562244a4aaf6f36c8fb8735fa48b301bd8de";
    const COEFFICIENT: &str = "80f25e6c0709353e46bfbe882a11bdbb1f8097e46340eb8673b7e14556e6c3a4";
    const PUBLIC: &str = "023a309ad94e9fe8a7ba45dfc58f38bf091959d3c99cfbd02b4dc00585ec45ab70";
    const SHARES: [&str; 3] = [
        "0c9c1a0fe806c184add50bbdcac913dda73e482daf95dcb9f35dbb0d8a9f7731",
        "8d8e787bef0ff6c2f494ca45f4dad198c6bee01212d6c84067159c52e1863ad5",
        "0e80d6e8f6192c003b5488ce1eec8f5429587d48cf001541e713b2d53c09d928",
    ];
    const SIGNERS: [u16; 2] = [1, 3];
    /// Per signer: hiding nonce, binding nonce, binding factor, share of the signature.
    const ROUNDS: [[&str; 4]; 2] = [
        [
            "9f0542a5ba879a58f255c09f06da7102ef6a2dec6279700c656d58394d8facd4",
            "6513dfe7429aa2fc972c69bb495b27118c45bbc6e654bb9dc9be55385b55c0d7",
            "7925f0d4693f204e6e59233e92227c7124664a99739d2c06b81cf64ddf90559e",
            "400308eaed7a2ddee02a265abe6a1cfe04d946ee8720768899619cfabe7a3aeb",
        ],
        [
            "f73444a8972bcda9e506bbca3d2b1c083c10facdf4bb5d47fef7c2dc1d9f2a0d",
            "44c6a29075d6e7e4f8b97796205f9e22062e7835141470afe9417fd317c1c303",
            "e10d24a8a403723bcb6f9bb4c537f316593683b472f7a89f166630dde11822c4",
            "561da3c179edbb0502d941bb3e3ace3c37d122aaa46fb54499f15f3a3331de44",
        ],
    ];
    const SIGNATURE_R: &str = "026d8d434874f87bdb7bc0dfd239b2c00639044f9dcb195e9a04426f70bfa4b70d";
    const SIGNATURE_Z: &str = "9620acac6767e8e3e3036815fca4eb3a3caa69992b902bcd3352fc34f1ac192f";

    fn share(index: u16) -> Scalar {
        scalar(SHARES[usize::from(index) - 1])
    }

    fn combine(indexes: &[u16]) -> Scalar {
        indexes.iter().map(|j| share(*j) * lagrange(indexes, *j, 0).unwrap()).sum()
    }

    #[test]
    fn any_two_shares_make_up_the_secret_and_one_does_not() {
        for indexes in [[1, 2], [2, 3], [1, 3], [3, 1]] {
            assert_eq!(combine(&indexes), scalar(SECRET), "{indexes:?}");
        }
        assert_eq!(combine(&[1, 2, 3]), scalar(SECRET));
        assert_ne!(combine(&[2]), scalar(SECRET));
        let wrong = [share(1) + Scalar::ONE, share(2)];
        let wrong: Scalar =
            wrong.iter().zip([1, 2]).map(|(s, j)| *s * lagrange(&[1, 2], j, 0).unwrap()).sum();
        assert_ne!(wrong, scalar(SECRET));
    }

    /// A package's commitments give every share in the exponent, and the key at 0.
    #[test]
    fn commitments_evaluate_to_the_shares() {
        let commitments = [SECRET, COEFFICIENT].map(|text| Point::generate(&scalar(text))).to_vec();
        let package = Package { commitments, proof_r: Point::GENERATOR, proof_z: Scalar::ZERO };
        assert_eq!(package.evaluate_vartime(0), point(PUBLIC));
        for index in 1..=3 {
            assert_eq!(package.evaluate_vartime(index), Point::generate(&share(index)));
            assert_ne!(package.evaluate_vartime(index + 1), Point::generate(&share(index)));
        }
    }

    /// z_i = d_i + e_i rho_i + lambda_i s_i c: the Lagrange coefficients are those of the RFC, one by one.
    #[test]
    fn signature_shares_come_from_our_lagrange_coefficients() {
        let preimage = [&hex(SIGNATURE_R)[..], &hex(PUBLIC), b"test"].concat();
        let challenge = kodanik_crypto::transcript::hash_to_scalar(&preimage, b"FROST-P256-SHA256-v1chal");
        let mut sum = Scalar::ZERO;
        for (index, round) in SIGNERS.into_iter().zip(ROUNDS) {
            let [hiding, binding, factor, expected] = round.map(scalar);
            let z = |indexes: &[u16]| {
                let lambda = lagrange(indexes, index, 0).unwrap();
                hiding + binding * factor + lambda * share(index) * challenge
            };
            assert_eq!(z(&SIGNERS), expected);
            assert_ne!(z(&[1, 2, 3]), expected);
            sum = sum + expected;
        }
        assert_eq!(sum, scalar(SIGNATURE_Z));
    }
}

/// What one participant of the vectors starts from and ends with.
struct Participant {
    secret: &'static str,
    coefficient: &'static str,
    commitments: [&'static str; 2],
    /// R || mu.
    proof: &'static str,
    /// f_j(i) from the others, by their indexes.
    received: [&'static str; 2],
    share: &'static str,
    public_share: &'static str,
}

const JOINT_KEY: &str = "03639d2ad039e39ae2d7f9a28955a55061d76f0e7b518476c5e5ffa33d1bb9fdb3";

const PARTICIPANTS: [Participant; 3] = [
    Participant {
        secret: "32feae119a184fda4be258289dbce37b1811500600d4e8e9497f0fbd136d052e",
        coefficient: "416eb3b9040da27d2ad3dd812982f9f6da30da9309ae2fcb859fda9f7dcde0e6",
        commitments: [
            "02a67c8f918d275e9d56108e5eeca8de70b21bdfe4d61d9785b0535d69c52d3f6c",
            "03e9140b2bcf116755a3397cfc2b3b7bd09a54e3b3544cd81f7e62eb3cc872143a",
        ],
        proof: "03f77e767e8245f49231442f16b3a7198a1140fac2777d38a6a453a9cc3bca82bb4ef8bc7a32d2d80c275862059fe13a\
                29461c4d2abb3f9c4ae5e718eba907372a",
        received: [
            "a3405e99a61c369a98df1107cd4bd26906e2c55997ad060ca7e7a7744585a03a",
            "aea6852c4fe45e87c03a5f2d7b29c7872026cd0e3ca919f324d131564eaf303f",
        ],
        share: "c654459194268778cfcfa5df0fb577625c64c25337c19a2fa81df864290c913c",
        public_share: "036b59b8128e00afa2a334b19d075695a5c79e59d28dfbaa7945b1520f45edfc52",
    },
    Participant {
        secret: "ace068a672458c645a313b57f0eb33b160281a9d458df65f6da9a83c078dfb7b",
        coefficient: "f65ff5f233d6aa373eadd5afdc609eb763a1a569f936ae322df7c9fb3a5aca10",
        commitments: [
            "037ef641c6fe1f49b9940d06a453bf7b3c230713e5ffe7a2e2a4bb373ddba074ef",
            "0384662ca5e0da725028206063e9226b28a535645ca4d7024284813b1dc9d91abb",
        ],
        proof: "02c1b8317d76016aeed7300b39c945fd6130f1cef4a3c72ca1fb93a60f54f683a93f6593b42facb608c001d760e84f3b\
                ef7066a082f3482386a7ee66d441723ada",
        received: [
            "b5dc1583a23394d4a18a132af0c2d768cc73052c1431488054bec4fc0f08c6fa",
            "7ef45ddf14f100f50e6e198b118743392078ab353cfea5d4698a38ff33d490d8",
        ],
        share: "ce70c7f0911776998785136dabf68bc2dda225c993e46589acb4d9e4c9f7777a",
        public_share: "02f928ad1fd3679fd5e73b39e6233068451411dfbb52d4f465c18a176f6be49ce1",
    },
    Participant {
        secret: "de58ac798ad7bc1a7206a4cfe4cc4bd51fd4eee73c538e11e01829ad6989cfa6",
        coefficient: "d04dd8b1c50ca26e4e33ba5d965d7bb1bd38d8d4a76d2a663872d26be18885ea",
        commitments: [
            "0363edc1382241228fc6925dc1789737beec5baae430acc6a113581507fac5cf0e",
            "03156aff5630761ef046d82a52a813b9043653551636774691590bfedab18efef7",
        ],
        proof: "024c4d52fe40b0b9cea36d842f91fb244a9c09a96954aedb1ffce08a55296d1b4e09225ae0807611f173821e7c15e2ed\
                7c7d0fa26e5fda5d283e2c96f832df906a",
        received: [
            "f74ac93ca6413751cc5df0ac1a45d15fa6a3dfbf1ddf784bda5e9f9b8cd6a7e0",
            "90004a800dc98b07163abc67860d0fd854581ad23beb25671c63a5e4c174e9b8",
        ],
        share: "d68d4a4f8e0865ba3f3a80fc4837a0235edf893ff00730e3b14bbb656ae25db8",
        public_share: "028e818f24bcadbb04f60c352a9cbe25568a737279cc6db3a91857ab7c992a1aad",
    },
];

fn of(index: u16) -> &'static Participant {
    &PARTICIPANTS[usize::from(index) - 1]
}

fn package(participant: &Participant) -> Package {
    let (proof_r, proof_z) = participant.proof.split_at(66);
    let commitments = participant.commitments.map(point).to_vec();
    Package { commitments, proof_r: point(proof_r), proof_z: scalar(proof_z) }
}

/// A trustee whose polynomial is the vector's instead of a fresh one.
fn committed(index: u16) -> Committed {
    let participant = of(index);
    let package = package(participant);
    let coefficients = [participant.secret, participant.coefficient];
    let coefficients =
        coefficients.map(|text| P256ScalarField::deserialize(&hex(text).try_into().unwrap()).unwrap());
    let commitment = to_frost(&package).unwrap().commitment().clone();
    let identifier = identifier(index).unwrap();
    let secret = dkg::round1::SecretPackage::new(identifier, coefficients.to_vec(), commitment, 2, 3);
    Committed { index, secret, package }
}

#[test]
fn the_key_generation_s_vectors_through_a_whole_ceremony() {
    let manifest = Manifest::new(draft(2, 3)).unwrap();
    let trustees: Vec<Committed> = (1..=3).map(committed).collect();
    let reveals: Vec<Reveal> = trustees.iter().map(|trustee| trustee.reveal(&manifest)).collect();
    for (trustee, reveal) in trustees.iter().zip(&reveals) {
        assert_eq!(reveal.check(&manifest, &trustee.commit(&manifest)), Ok(()));
    }
    let deal = |trustee: Committed| trustee.deal(&manifest, &reveals, &mut OsRng).unwrap();
    let (dealt, shares): (Vec<Dealt>, Vec<Shares>) = trustees.into_iter().map(deal).unzip();
    for (dealt, index) in dealt.iter().zip(1..) {
        let others = shares.iter().filter(|message| message.trustee != index);
        for (message, expected) in others.zip(of(index).received) {
            let received = dealt.open(&manifest, &reveals, message, &sealing_key(index)).unwrap();
            assert_eq!(*received, scalar(expected), "from {} to {index}", message.trustee);
        }
        let (key, election, _) = dealt.finish(&manifest, &reveals, &shares, &sealing_key(index)).unwrap();
        assert_eq!(*key.scalar().unwrap(), scalar(of(index).share));
        assert_eq!(election.key.joint, point(JOINT_KEY));
        assert_eq!(election.share(index), Some(&point(of(index).public_share)));
    }
}

/// Our own check of the proof of knowledge, which is not frost's code: it takes the vectors' proofs for their
/// participants, and nothing near them.
#[test]
fn proofs_of_knowledge_with_something_changed() {
    let manifest = Manifest::new(draft(2, 3)).unwrap();
    let check = |index: u16, package: Package| {
        let hash = manifest.hash();
        let digest = package_digest(&hash, index, &package);
        let commit = Commit { digest, manifest: hash, trustee: index };
        Reveal { manifest: hash, package, trustee: index }.check(&manifest, &commit)
    };
    let refused = Err(CeremonyError::Proof);
    for index in 1..=3 {
        let good = package(of(index));
        assert_eq!(check(index, good.clone()), Ok(()));
        assert_eq!(check(index % 3 + 1, good.clone()), refused, "another participant's index");
        assert_eq!(check(index, Package { proof_z: good.proof_z + Scalar::ONE, ..good.clone() }), refused);
        assert_eq!(check(index, Package { proof_r: -good.proof_r, ..good.clone() }), refused);
        let mut commitments = good.commitments.clone();
        commitments.swap(0, 1);
        assert_eq!(check(index, Package { commitments, ..good }), refused);
    }
}
