//! P-256: NIST's validation program (signatures, public keys, key pairs, Diffie-Hellman), multiples of G, and the
//! worked example of the NSA's "Mathematical routines for the NIST prime elliptic curves" (2010), section 4.3.

use kodanik_crypto::group::{Affine, FixedBase, Point, Products, Scalar};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::{Signature, SignatureError, SigningKey, VerifyingKey};

use crate::{Record, compress, flipped, hex, hex32, multiples, records, scalar, uncompressed};

const CAVP: &str = include_str!("vectors/nist_cavp_p256.rsp");
const MULTIPLES: &str = include_str!("vectors/multiples_p256.rsp");

fn coordinates(record: &Record, x: &str, y: &str) -> ([u8; 32], [u8; 32]) {
    (hex32(&record[x]).unwrap(), hex32(&record[y]).unwrap())
}

fn signing_key(text: &str) -> SigningKey {
    SigningKey::from_bytes(&Secret::from_slice(&hex(text)).unwrap()).unwrap()
}

/// r || s of a record, and the key.
fn signature_of(record: &Record) -> ([u8; 64], VerifyingKey) {
    let (r, s) = coordinates(record, "R", "S");
    let (x, y) = coordinates(record, "Qx", "Qy");
    let signature = [r, s].concat().try_into().unwrap();
    (signature, VerifyingKey::from_coordinates(&x, &y).unwrap())
}

fn verifies(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_bytes(signature).and_then(|signature| key.verify(message, &signature)).is_ok()
}

#[test]
fn cavp_signature_verification() {
    let records = records(CAVP, "[SigVer]");
    let valid = |record: &&Record| record["Result"].starts_with('P');
    assert_eq!((records.len(), records.iter().filter(valid).count()), (15, 3));
    for record in &records {
        let (bytes, key) = signature_of(record);
        let message = hex(&record["Msg"]);
        let signature = Signature::from_bytes(&bytes).unwrap();
        let expected = if valid(&record) { Ok(()) } else { Err(SignatureError::Mismatch) };
        assert_eq!(key.verify(&message, &signature), expected, "{}", &record["Result"]);
        // A phone's key store gives the same pair as DER; we bring it to the low form, which changes no verdict.
        let low = Signature::from_der(&signature.to_der()).unwrap();
        assert_eq!(key.verify_low_s(&message, &low), expected, "{}", &record["Result"]);
        if low != signature {
            assert_eq!(key.verify_low_s(&message, &signature), Err(SignatureError::HighS));
        }
    }
}

#[test]
fn cavp_valid_signatures_with_a_bit_changed() {
    let records = records(CAVP, "[SigVer]");
    for record in records.iter().filter(|record| record["Result"].starts_with('P')) {
        let (bytes, key) = signature_of(record);
        let message = hex(&record["Msg"]);
        assert!(verifies(&key, &message, &bytes));
        assert!(!verifies(&key, &message, &flipped(bytes)));
        let mut r_changed = bytes;
        r_changed[31] ^= 1;
        assert!(!verifies(&key, &message, &r_changed));
        assert!(!verifies(&key, &message[1..], &bytes));
    }
}

#[test]
fn cavp_public_keys() {
    let (mut accepted, mut out_of_range, mut off_curve) = (0, 0, 0);
    for record in records(CAVP, "[PKV]") {
        let (x, y) = (hex32(&record["Qx"]), hex32(&record["Qy"]));
        let (Some(x), Some(y)) = (x, y) else {
            // 33 bytes: no constructor takes them, and the parser of the wire refuses them by their length.
            assert!(record["Result"].contains("out of range"));
            let bytes = [&[4], &hex(&record["Qx"])[..], &hex(&record["Qy"])].concat();
            assert_eq!(VerifyingKey::from_uncompressed_sec1(&bytes), Err(SignatureError::Key));
            out_of_range += 1;
            continue;
        };
        let key = VerifyingKey::from_coordinates(&x, &y);
        assert_eq!(VerifyingKey::from_uncompressed_sec1(&uncompressed(&x, &y)), key);
        if record["Result"].starts_with('P') {
            assert_eq!(key.unwrap().coordinates(), (x, y));
            assert_eq!(VerifyingKey::from_sec1(&compress(&x, &y)), key);
            assert_eq!(VerifyingKey::from_coordinates(&x, &flipped(y)), Err(SignatureError::Key));
            accepted += 1;
        } else {
            assert_eq!(key, Err(SignatureError::Key), "{}", &record["Result"]);
            off_curve += 1;
        }
    }
    assert_eq!((accepted, out_of_range, off_curve), (4, 4, 4));
}

#[test]
fn cavp_key_pairs() {
    let records = records(CAVP, "[KeyPair]");
    assert_eq!(records.len(), 10);
    for record in &records {
        let (x, y) = coordinates(record, "Qx", "Qy");
        assert_eq!(signing_key(&record["d"]).verifying_key().coordinates(), (x, y));
        assert_eq!(Point::generate(&scalar(&record["d"])).to_bytes(), Some(compress(&x, &y)));
        assert_ne!(Point::generate(&(scalar(&record["d"]) + Scalar::ONE)).to_bytes(), Some(compress(&x, &y)));
    }
}

#[test]
fn cavp_diffie_hellman() {
    let records = records(CAVP, "[ECC CDH]");
    assert_eq!(records.len(), 25);
    for (i, record) in records.iter().enumerate() {
        let (x, y) = coordinates(record, "QCAVSx", "QCAVSy");
        let (peer, own) = (VerifyingKey::from_coordinates(&x, &y).unwrap(), signing_key(&record["dIUT"]));
        assert_eq!(own.verifying_key().coordinates(), coordinates(record, "QIUTx", "QIUTy"));
        assert_eq!(own.agree(&peer).expose(), &hex32(&record["ZIUT"]).unwrap());
        let products = multiples(&scalar(&record["dIUT"]), Affine::from_slice(&compress(&x, &y)).unwrap());
        assert_eq!(products.len(), 5, "the batch does not decline a random scalar");
        for product in products {
            assert_eq!(product.to_bytes().unwrap()[1..], hex(&record["ZIUT"]));
        }

        let other = signing_key(&records[(i + 1) % records.len()]["dIUT"]);
        assert_ne!(other.agree(&peer).expose(), &hex32(&record["ZIUT"]).unwrap());
        assert_eq!(VerifyingKey::from_coordinates(&x, &flipped(y)), Err(SignatureError::Key));
    }
}

#[test]
fn multiples_of_the_generator() {
    let records = records(MULTIPLES, "");
    assert_eq!(records.len(), 52);
    let mut previous: Option<(Scalar, Point)> = None;
    let mut steps = 0;
    for record in &records {
        let k = scalar(&record["k"]);
        let (x, y) = coordinates(record, "x", "y");
        let expected = Point::from_slice(&compress(&x, &y)).unwrap();
        // The parser computed y from x: the file says which one it is.
        assert_eq!(VerifyingKey::from_sec1(&compress(&x, &y)).unwrap().coordinates(), (x, y));
        assert_eq!(Point::generate(&k), expected);
        assert_eq!(FixedBase::generator().multiply(&k), expected);
        assert!(multiples(&k, Affine::GENERATOR).iter().all(|multiple| *multiple == expected));
        assert_eq!(Point::generate(&-k), -expected);
        assert_ne!(Point::generate(&(k + Scalar::ONE)), expected);
        if let Some((_, point)) = previous.filter(|(before, _)| *before + Scalar::ONE == k) {
            assert_eq!(point + Point::GENERATOR, expected);
            assert_eq!(expected - Point::GENERATOR, point);
            steps += 1;
        }
        previous = Some((k, expected));
    }
    assert_eq!(steps, 38, "1 to 20 and n - 20 to n - 1");
}

#[test]
fn the_worked_example_of_the_nsa() {
    let on_curve = |x: &str, y: &str| {
        let (x, y) = (hex32(x).unwrap(), hex32(y).unwrap());
        assert_eq!(VerifyingKey::from_coordinates(&x, &y).unwrap().coordinates(), (x, y));
        Point::from_slice(&compress(&x, &y)).unwrap()
    };
    let s = on_curve(
        "de2444bebc8d36e682edd27e0f271508617519b3221a8fa0b77cab3989da97c9",
        "c093ae7ff36e5380fc01a5aad1e66659702de80f53cec576b6350b243042a256",
    );
    let t = on_curve(
        "55a8b00f8da1d44e62f6b3b25316212e39540dc861c89575bb8cf92e35e0986b",
        "5421c3209c2d6c704835d82ac4c3dd90f61a8a52598b9e7ab656e9d8c8b24316",
    );
    let sum = on_curve(
        "72b13dd4354b6b81745195e98cc5ba6970349191ac476bd4553cf35a545a067e",
        "8d585cbb2e1327d75241a8a122d7620dc33b13315aa5c9d46d013011744ac264",
    );
    let difference = on_curve(
        "c09ce680b251bb1d2aad1dbf6129deab837419f8f1c73ea13e7dc64ad6be6021",
        "1a815bf700bd88336b2f9bad4edab1723414a022fdf6c3f4ce30675fb1975ef3",
    );
    let double = on_curve(
        "7669e6901606ee3ba1a8eef1e0024c33df6c22f3b17481b82a860ffcdb6127b0",
        "fa878162187a54f6c39f6ee0072f33de389ef3eecd03023de10ca2c1db61d0c7",
    );
    let d = scalar("c51e4753afdec1e6b6c6a5b992f43f8dd0c7a8933072708b6522468b2ffb06fd");
    let product = on_curve(
        "51d08d5f2d4278882946d88d83c97d11e62becc3cfc18bedacc89ba34eeca03f",
        "75ee68eb8bf626aa5b673ab51f6e744e06f8fcf8a6c0cf3035beca956a7b41d5",
    );
    let e = scalar("d37f628ece72a462f0145cbefe3f0b355ee8332d37acdd83a358016aea029db7");
    let joint = on_curve(
        "d867b4679221009234939221b8046245efcf58413daacbeff857b8588341f6b8",
        "f2504055c03cede12d22720dad69c745106b6607ec7e50dd35d54bd80f615275",
    );
    assert_eq!(s + t, sum);
    assert_eq!(s - t, difference);
    assert_eq!(s + s, double);
    assert_eq!(s * &Scalar::from(2), double);
    assert!(multiples(&d, s.to_affine().unwrap()).iter().all(|multiple| *multiple == product));
    assert_eq!(s * &d + t * &e, joint);
    assert_eq!(Point::sum_of_products_vartime(&[(d, s), (e, t)]), joint);
    assert_ne!(Point::sum_of_products_vartime(&[(e, s), (d, t)]), joint);
    let mut products = Products::new();
    products.push(d, s.to_affine().unwrap());
    products.push(e, t.to_affine().unwrap());
    assert_eq!(products.sum_vartime(), joint);
    let pair = |a: Point, b: Point| [(a.to_affine().unwrap(), b.to_affine().unwrap())];
    assert_eq!(Affine::add_all(&pair(s, t)).unwrap(), [sum.to_affine().unwrap()]);
    assert_eq!(Affine::add_all(&pair(s, -t)).unwrap(), [difference.to_affine().unwrap()]);
    assert_eq!(Affine::add_all(&pair(s, s)), None);
    assert_eq!(
        Point::batch_to_bytes(&[sum, joint]).unwrap(),
        [sum, joint].map(|point| point.to_bytes().unwrap())
    );
}
